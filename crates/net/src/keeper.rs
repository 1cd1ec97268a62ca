//! The thread that owns a library, and drives the sessions of all its connections.
//!
//! It takes what has come, as much as is there at once; stores all that it brought with one sync of the disk; says so to those who
//! sent it; and then asks every session for what there is to say. So nothing is said to be stored, or passed on, before it is.
//!
//! ```text
//! connections ──asks──► take in ──► commit ──► "stored" ──► next frames ──► connections
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use syncline::VersionVector;
use syncline::sync::Event;
use syncline_store::{Entry, Store};
use tokio::sync::mpsc;

use crate::error::Error;
use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;
use crate::link::Link;
use crate::metrics::Metrics;
use crate::view::Views;

/// Asks that are taken before what they brought is stored.
const BATCH: usize = 512;

/// Something to be done when all before it is stored.
pub(crate) type Then = Box<dyn FnOnce(&mut Keeper) + Send>;

/// How many of those from whom a commit came are named, and in how many bytes.
const NAMED: usize = 3;
const ORIGIN_MAX: usize = 500;

/// Which connection.
pub(crate) type Id = u64;

/// What the keeper is asked for.
pub(crate) enum Ask {
    /// A connection is there, and its greeting is over.
    Connect(Connect),
    /// A frame came on it.
    Frame(Id, Frame),
    /// All that was to be sent on one of them has been.
    Ready,
    /// It is gone.
    Gone(Id),
    /// Something is to be done to the documents; what comes of it is stored, and sent on.
    Act(Box<dyn FnOnce(&mut Library) + Send>),
    /// Something is to be done once all before it is stored.
    Then(Then),
    /// All connections end, and the store is given back.
    Close(tokio::sync::oneshot::Sender<Store>),
}

/// A connection to be kept.
pub(crate) struct Connect {
    pub(crate) id: Id,
    /// What is to be sent on it; it ends when this is dropped.
    pub(crate) out: mpsc::Sender<Frame>,
    /// By what name the other side is known, in what is said of commits.
    pub(crate) name: String,
    /// It sees the documents whose names begin so.
    pub(crate) prefix: String,
    /// What tells how far it is, where this side asks.
    pub(crate) asking: Option<Asking>,
}

/// The side that asks: with which nonce, and who is to hear of it.
pub(crate) struct Asking {
    pub(crate) nonce: u64,
    pub(crate) hear: Box<dyn FnMut(Notice) + Send>,
}

/// What the side that asked is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Notice {
    Progress {
        document: String,
        received: u32,
        to_receive: u32,
        sent: u32,
        to_send: u32,
    },
    /// Both have what the other had.
    Settled,
    /// All that was sent so far is stored on the other side, or not.
    Confirmed(bool),
    /// A document of the other side's was not taken in, or this one's was not.
    Refused { document: String, why: String },
}

/// A connection that is kept.
struct Kept {
    link: Link,
    out: mpsc::Sender<Frame>,
    name: String,
    prefix: String,
    hear: Option<Box<dyn FnMut(Notice) + Send>>,
    is_asking: bool,
    was_confirmed: bool,
}

/// What remotes have of documents on their disks, as far as they said so.
type Confirmed = BTreeMap<(String, u64), VersionVector>;

/// See the module.
pub(crate) struct Keeper {
    library: Library,
    views: Views,
    limits: Limits,
    kept: BTreeMap<Id, Kept>,
    metrics: Arc<Metrics>,
    /// From whom something came since the last commit.
    senders: BTreeSet<String>,
    confirmed: Confirmed,
    /// Of those what is not kept in the store yet.
    unkept: BTreeSet<(String, u64)>,
    /// Asks that wait until what came before them is stored.
    then: Vec<Then>,
    /// Who is to be told when something is confirmed.
    waiting: Vec<(u64, VersionVector, tokio::sync::oneshot::Sender<()>)>,
    /// What the last commit failed by.
    failed: Option<String>,
}

impl Keeper {
    pub(crate) fn new(library: Library, limits: Limits, metrics: Arc<Metrics>) -> Keeper {
        Keeper {
            library,
            views: Views::default(),
            limits,
            kept: BTreeMap::new(),
            metrics,
            senders: BTreeSet::new(),
            confirmed: BTreeMap::new(),
            unkept: BTreeSet::new(),
            then: Vec::new(),
            waiting: Vec::new(),
            failed: None,
        }
    }

    /// Goes on until it is told to close, or nobody can ask any more.
    pub(crate) fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let mut closing = None;
        while closing.is_none() {
            let mut next = asks.blocking_recv();
            if next.is_none() {
                break;
            }
            let mut taken = 0;
            while let Some(ask) = next.take() {
                match ask {
                    Ask::Close(to) => closing = Some(to),
                    ask => self.take(ask),
                }
                taken += 1;
                if taken < BATCH {
                    next = asks.try_recv().ok();
                }
            }
            self.settle();
        }
        for id in self.kept.keys().copied().collect::<Vec<_>>() {
            self.end(id, "it closes");
        }
        self.keep_remotes();
        if let Some(to) = closing {
            let _ = to.send(self.library.into_store());
        }
    }

    fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Connect(connect) => self.connect(connect),
            Ask::Frame(id, frame) => {
                if let Err(error) = self.frame(id, frame) {
                    self.end(id, &error.to_string());
                }
            }
            // Whoever has room is asked what there is to say, as all are.
            Ask::Ready => {}
            Ask::Gone(id) => {
                self.kept.remove(&id);
                self.metrics.set_connections(self.kept.len());
                self.keep_remotes();
            }
            Ask::Act(act) => {
                // What panics has changed nothing, and is told by nobody's answering.
                let library = &mut self.library;
                let _ = catch_unwind(AssertUnwindSafe(|| act(library)));
            }
            Ask::Then(then) => self.then.push(then),
            Ask::Close(_) => {}
        }
    }

    fn connect(&mut self, connect: Connect) {
        let Connect {
            id,
            out,
            name,
            prefix,
            asking,
        } = connect;
        let is_asking = asking.is_some();
        let (link, hear) = match asking {
            None => (Ok(Link::answer(&self.limits)), None),
            Some(Asking { nonce, hear }) => (
                Link::ask(&mut self.library, nonce, &self.limits),
                Some(hear),
            ),
        };
        match link {
            Ok(link) => {
                let kept = Kept {
                    link,
                    out,
                    name,
                    prefix,
                    hear,
                    is_asking,
                    was_confirmed: false,
                };
                self.kept.insert(id, kept);
                self.metrics.set_connections(self.kept.len());
            }
            Err(error) => drop(out.try_send(Frame::End(error.to_string()))),
        }
    }

    fn frame(&mut self, id: Id, frame: Frame) -> Result<(), Error> {
        let Some(kept) = self.kept.get_mut(&id) else {
            return Ok(());
        };
        match frame {
            Frame::Session(message) => {
                self.metrics.note_received(message.len());
                let mut view = self.views.of(&mut self.library, &kept.prefix);
                kept.link.receive(&mut view, &message)?;
                if !self.senders.contains(&kept.name) {
                    self.senders.insert(kept.name.clone());
                }
                kept.tell_events();
                Ok(())
            }
            Frame::Stored(count) => {
                let noted = kept.link.note_stored(count);
                noted.map_err(|what| Error::Malformed { what })
            }
            Frame::End(why) => Err(Error::Ended { why }),
            Frame::Greeting { .. } => Err(Error::Malformed {
                what: "a greeting is the first frame, and only that",
            }),
        }
    }

    fn confirm(&mut self, remote: String, key: u64, version: VersionVector) {
        let place = (remote, key);
        let known = self.confirmed.entry(place.clone()).or_default();
        known.join(&version);
        let known = known.clone();
        self.unkept.insert(place);
        let waiting = std::mem::take(&mut self.waiting);
        for (of, version, told) in waiting {
            match of == key && known.includes(&version) {
                true => drop(told.send(())),
                // Whoever does not wait any more is forgotten.
                false if told.is_closed() => {}
                false => self.waiting.push((of, version, told)),
            }
        }
    }

    /// From whom what is to be committed came, if it is not from here alone.
    fn origin(&self) -> Option<String> {
        let mut names = self.senders.iter().take(NAMED).cloned();
        let mut origin = names.next()?;
        for name in names {
            origin.push_str(", ");
            origin.push_str(&name);
        }
        if self.senders.len() > NAMED {
            origin.push_str(" and others");
        }
        // The store takes no more.
        let end = (0..=ORIGIN_MAX)
            .rev()
            .find(|end| origin.is_char_boundary(*end));
        origin.truncate(end.unwrap_or(0));
        Some(origin)
    }

    /// Stores what came, says so, and sends what there is to say.
    fn settle(&mut self) {
        let mut entry = Entry::new().time_ms(now_ms());
        entry.origin = self.origin();
        self.senders.clear();
        match self.library.commit(&entry) {
            Ok(documents) => {
                self.failed = None;
                self.metrics.note_commit(documents.len());
                self.metrics.set_documents(self.library.len());
            }
            Err(error) => {
                // What is in memory is committed with the next; until then nobody is told that it is stored.
                let why = format!("the store: {error}");
                for id in self.kept.keys().copied().collect::<Vec<_>>() {
                    self.end(id, &why);
                }
                self.failed = Some(why);
            }
        }
        for then in std::mem::take(&mut self.then) {
            then(self);
        }
        let (mut over, mut confirmed) = (Vec::new(), Vec::new());
        for (id, kept) in &mut self.kept {
            match kept.say(&mut self.library, &mut self.views, &self.metrics) {
                // A task that was ended says nothing any more.
                Ok(()) if kept.link.is_over() || kept.out.is_closed() => over.push((*id, None)),
                Ok(()) => {}
                Err(error) => over.push((*id, Some(error.to_string()))),
            }
            let versions = kept.link.confirmed().into_iter();
            confirmed.extend(versions.map(|(key, version)| (kept.name.clone(), key, version)));
            kept.tell_confirmed();
        }
        for (remote, key, version) in confirmed {
            self.confirm(remote, key, version);
        }
        for (id, why) in over {
            self.end(id, why.as_deref().unwrap_or("the session is over"));
        }
    }

    /// Ends a connection, and tells the other side why.
    fn end(&mut self, id: Id, why: &str) {
        if let Some(kept) = self.kept.remove(&id) {
            let _ = kept.out.try_send(Frame::End(why.to_owned()));
            self.metrics.set_connections(self.kept.len());
        }
    }

    /// Keeps in the store what remotes have confirmed. What cannot be kept is found out anew with the next connection.
    fn keep_remotes(&mut self) {
        let mut known: BTreeMap<String, Vec<(u64, &VersionVector)>> = BTreeMap::new();
        for place in std::mem::take(&mut self.unkept) {
            if let Some(version) = self.confirmed.get(&place) {
                known.entry(place.0).or_default().push((place.1, version));
            }
        }
        for (remote, known) in known {
            let _ = self.library.keep_remote(&remote, &known);
        }
    }

    /// What the last commit failed by, if it did.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Whether some remote has said that it stored a version of a document.
    pub(crate) fn is_confirmed(&self, key: u64, version: &VersionVector) -> bool {
        let mut known = self.confirmed.iter().filter(|((_, of), _)| *of == key);
        known.any(|(_, known)| known.includes(version))
    }

    /// Tells when one has.
    pub(crate) fn wait_for(
        &mut self,
        key: u64,
        version: VersionVector,
        told: tokio::sync::oneshot::Sender<()>,
    ) {
        match self.is_confirmed(key, &version) {
            true => drop(told.send(())),
            false => self.waiting.push((key, version, told)),
        }
    }
}

impl Kept {
    /// Says what the session has to say, and that what came is stored, as long as there is room for it.
    fn say(
        &mut self,
        library: &mut Library,
        views: &mut Views,
        metrics: &Metrics,
    ) -> Result<(), Error> {
        while self.out.capacity() > 0 {
            let next = self.link.next_frame(&mut views.of(library, &self.prefix))?;
            // What was not taken is said before what was taken is said to be stored.
            let Some(frame) = next.or_else(|| self.link.stored()) else {
                self.link.note_sent(library)?;
                break;
            };
            if let Frame::Session(message) = &frame {
                metrics.note_sent(message.len());
            }
            if self.out.try_send(frame).is_err() {
                break;
            }
        }
        self.tell_events();
        Ok(())
    }

    /// Tells whether all that was sent is stored, where that is news.
    fn tell_confirmed(&mut self) {
        let is_confirmed = self.link.is_settled() && self.link.is_confirmed();
        if self.is_asking && is_confirmed != self.was_confirmed {
            self.was_confirmed = is_confirmed;
            self.tell(Notice::Confirmed(is_confirmed));
        }
    }

    fn tell(&mut self, notice: Notice) {
        if let Some(hear) = &mut self.hear {
            hear(notice);
        }
    }

    fn tell_events(&mut self) {
        while let Some(event) = self.link.next_event() {
            let notice = match event {
                Event::Progress {
                    document,
                    received,
                    to_receive,
                    sent,
                    to_send,
                } => Notice::Progress {
                    document,
                    received,
                    to_receive,
                    sent,
                    to_send,
                },
                Event::Settled => Notice::Settled,
                Event::Refused { document, error } => Notice::Refused {
                    document,
                    why: error.to_string(),
                },
                Event::Unwanted { document } => Notice::Refused {
                    document,
                    why: "the other side does not take it".to_owned(),
                },
                Event::Behind { document, .. } => Notice::Refused {
                    document,
                    why: "the other side has no history of it".to_owned(),
                },
                _ => continue,
            };
            self.tell(notice);
        }
    }
}

/// The time of now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
