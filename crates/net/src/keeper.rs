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

use syncline_store::Entry;
use tokio::sync::mpsc;

use crate::ask::{Ask, Id, Then};
use crate::confirmations::Confirmations;
use crate::error::Error;
use crate::frame::Frame;
use crate::kept::Kept;
use crate::library::Library;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::view::Views;

/// Asks that are taken before what they brought is stored.
const BATCH: usize = 512;

/// How many of those from whom a commit came are named, and in how many bytes.
const NAMED: usize = 3;
const ORIGIN_MAX: usize = 500;

/// See the module.
pub(crate) struct Keeper {
    library: Library,
    views: Views,
    limits: Limits,
    kept: BTreeMap<Id, Kept>,
    metrics: Arc<Metrics>,
    /// From whom something came since the last commit.
    senders: BTreeSet<String>,
    pub(crate) confirmations: Confirmations,
    /// Asks that wait until what came before them is stored.
    then: Vec<Then>,
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
            confirmations: Confirmations::default(),
            then: Vec::new(),
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
        self.confirmations.keep(&mut self.library);
        if let Some(to) = closing {
            let _ = to.send(self.library.into_store());
        }
    }

    fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Connect(connect) => {
                let id = connect.id;
                if let Some(kept) = Kept::begin(connect, &mut self.library, &self.limits) {
                    self.kept.insert(id, kept);
                    self.metrics.set_connections(self.kept.len());
                }
            }
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
                self.confirmations.keep(&mut self.library);
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

    fn frame(&mut self, id: Id, frame: Frame) -> Result<(), Error> {
        let Some(kept) = self.kept.get_mut(&id) else {
            return Ok(());
        };
        match frame {
            Frame::Session(message) => {
                self.metrics.note_received(message.len());
                kept.receive(&message, &mut self.library, &mut self.views)?;
                if !self.senders.contains(&kept.name) {
                    self.senders.insert(kept.name.clone());
                }
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
                Ok(()) if kept.is_over() => over.push((*id, None)),
                Ok(()) => {}
                Err(error) => over.push((*id, Some(error.to_string()))),
            }
            let versions = kept.link.confirmed().into_iter();
            confirmed.extend(versions.map(|(key, version)| (kept.name.clone(), key, version)));
            kept.tell_confirmed();
        }
        for (remote, key, version) in confirmed {
            self.confirmations.add(remote, key, &version);
        }
        for (id, why) in over {
            self.end(id, why.as_deref().unwrap_or("the session is over"));
        }
    }

    /// Ends a connection, and tells the other side why.
    fn end(&mut self, id: Id, why: &str) {
        if let Some(kept) = self.kept.remove(&id) {
            kept.end(why);
            self.metrics.set_connections(self.kept.len());
        }
    }

    /// What the last commit failed by, if it did.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }
}

/// The time of now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
