//! The thread that owns a library, and drives the sessions of all its connections.
//!
//! It takes what has come, as much as is there at once, and commits all that it brought; then it asks the sessions that this is
//! something to for what there is to say. Syncing the disk is another thread's: when that is done, those who sent it are told that it
//! is stored. So what comes is passed on at once, and nothing is said to be stored before it is.
//!
//! ```text
//! connections ──asks──► take in ──► commit ──► next frames ──► connections
//!                                     │                            ▲
//!                                     └──► the disk ──► "stored" ──┘
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use syncline::sync::key_of;
use syncline_store::{BlobId, Entry, Error as StoreError, Store};
use tokio::sync::{mpsc, watch};

use crate::ask::{Ask, Id, Stored, Then, Write};
use crate::blobs::Claims;
use crate::confirmations::Confirmations;
use crate::error::Error;
use crate::frame::Frame;
use crate::kept::Kept;
use crate::library::Library;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::rights::Rights;
use crate::shown::Shown;
use crate::syncing::Syncing;
use crate::view::Views;

/// Asks that are taken before what they brought is committed.
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
    /// Connections that have something to say, whatever was written.
    ready: BTreeSet<Id>,
    /// Documents that were written to since the last commit, and who waits for that.
    written: Vec<(String, Stored)>,
    pub(crate) confirmations: Confirmations,
    /// Asks that wait until what came before them has been taken in.
    then: Vec<Then>,
    syncing: Syncing,
    /// Changes of the library that were passed on.
    moment: u64,
    pub(crate) shown: Shown,
    /// Which connection fetches which blob.
    claims: Claims,
    /// Goes up whenever a document changed, or what people show.
    changed: watch::Sender<u64>,
}

impl Keeper {
    pub(crate) fn new(
        library: Library,
        syncing: Syncing,
        limits: Limits,
        metrics: Arc<Metrics>,
        changed: watch::Sender<u64>,
    ) -> Keeper {
        Keeper {
            confirmations: Confirmations::of(&library),
            library,
            views: Views::default(),
            limits,
            kept: BTreeMap::new(),
            metrics,
            senders: BTreeSet::new(),
            ready: BTreeSet::new(),
            written: Vec::new(),
            then: Vec::new(),
            syncing,
            moment: 0,
            shown: Shown::new(getrandom::u64().unwrap_or_default()),
            claims: Claims::new(),
            changed,
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
        // Whoever hears that it ends finds it closed.
        asks.close();
        let synced = self.syncing.finish();
        self.note_synced(synced);
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
                let (library, limits) = (&mut self.library, &self.limits);
                if let Some(kept) = Kept::begin(connect, library, &self.confirmations, limits) {
                    self.kept.insert(id, kept);
                    self.ready.insert(id);
                    self.metrics.set_connections(self.kept.len());
                }
            }
            Ask::Frame(id, frame) => {
                self.ready.insert(id);
                if let Err(error) = self.frame(id, frame) {
                    self.end(id, &error.to_string());
                }
            }
            Ask::Ready(id) => {
                self.ready.insert(id);
            }
            Ask::Gone(id) => {
                if let Some(mut kept) = self.kept.remove(&id) {
                    kept.note_in(&mut self.confirmations);
                    self.release(&kept);
                    kept.leave(&mut self.shown);
                    self.forget(&kept.rights);
                }
                self.metrics.set_connections(self.kept.len());
                self.confirmations.keep(&mut self.library);
            }
            Ask::Write(write) => self.write(write),
            Ask::Act(act) => {
                // What panics is told by nobody's answering.
                let library = &mut self.library;
                let _ = catch_unwind(AssertUnwindSafe(|| act(library)));
            }
            Ask::Then(then) => self.then.push(then),
            Ask::Keep => self.confirmations.keep(&mut self.library),
            Ask::Synced(commit, failed) => {
                let synced = self.syncing.done(commit, failed);
                self.note_synced(synced);
            }
            Ask::Close(_) => {}
        }
    }

    fn write(&mut self, ask: Write) {
        let library = &mut self.library;
        // What panics has changed nothing, and is told by nobody's answering.
        let done = catch_unwind(AssertUnwindSafe(|| (ask.write)(library)));
        if done.unwrap_or(false) {
            self.written.push((ask.document, ask.stored));
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
                kept.take_heard(&mut self.shown);
                if !self.senders.contains(&kept.name) {
                    self.senders.insert(kept.name.clone());
                }
                Ok(())
            }
            Frame::Blob(says) => kept.receive_of_blobs(says, &mut self.library, &mut self.claims),
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

    /// Commits what came, and says what there is to say.
    fn settle(&mut self) {
        self.commit();
        for then in std::mem::take(&mut self.then) {
            then(self);
        }
        self.read_blobs();
        self.say();
        // A blob that came may be something to others.
        while !self.ready.is_empty() {
            self.say();
        }
        let (library, kept) = (&mut self.library, &self.kept);
        library.put_away(self.limits.documents_in_memory, |key| {
            kept.values().any(|kept| kept.link.is_busy_with(key))
        });
        self.metrics
            .set_documents(library.len(), library.in_memory());
    }

    fn commit(&mut self) {
        let mut entry = Entry::new().time_ms(now_ms());
        entry.origin = self.origin();
        self.senders.clear();
        let committed = match self.syncing.failed() {
            // What the disk did not take before is lost to it, and so would be what builds on that.
            Some(why) => Err(why.to_owned()),
            None => {
                let committed = self.library.commit(&entry);
                committed.map_err(|error| format!("the store: {error}"))
            }
        };
        let committed = match committed {
            Ok(committed) => committed,
            Err(why) => return self.fail(&why),
        };
        self.metrics.note_commit(committed.documents.len());
        for (name, error) in &committed.left_out {
            let why = error.to_string();
            tracing::warn!(document = name.as_str(), why, "left out");
            for (id, kept) in &mut self.kept {
                kept.leave_out(key_of(name), &why, &mut self.library, &mut self.views);
                self.ready.insert(*id);
            }
        }
        let mut waiting = Vec::new();
        for (document, stored) in self.written.drain(..) {
            match committed
                .left_out
                .iter()
                .find(|(name, _)| *name == document)
            {
                Some((_, error)) => {
                    let why = error.to_string();
                    let _ = stored.send(Err(Error::LeftOut { document, why }));
                }
                None => waiting.push(stored),
            }
        }
        let kept = &mut self.kept;
        let received = |id: &Id| Some((*id, kept.get_mut(id)?.take_received()?));
        let received = self.ready.iter().filter_map(received).collect();
        let is_something = !committed.documents.is_empty();
        let synced = self.syncing.begin(is_something, received, waiting);
        self.note_synced(synced);
    }

    /// What came is in memory and not on disk: nobody is told that it is.
    fn fail(&mut self, why: &str) {
        tracing::error!(why, "not stored");
        for (_, stored) in self.written.drain(..) {
            let why = why.to_owned();
            let _ = stored.send(Err(Error::NotStored { why }));
        }
        for id in self.kept.keys().copied().collect::<Vec<_>>() {
            self.end(id, why);
        }
    }

    /// So many frames of these connections are on disk; or, where the disk failed, nobody's are any more.
    fn note_synced(&mut self, synced: Result<Vec<(Id, u64)>, String>) {
        match synced {
            Ok(synced) => {
                for (id, frames) in synced {
                    if let Some(kept) = self.kept.get_mut(&id) {
                        kept.link.note_durable(frames);
                        self.ready.insert(id);
                    }
                }
            }
            Err(why) => self.fail(&why),
        }
    }

    /// Asks those connections for what there is to say that what happened is something to.
    fn say(&mut self) {
        let ready = std::mem::take(&mut self.ready);
        let changed = self.library.changed_since(self.moment);
        self.moment = self.library.moment();
        let is_unknown = changed.is_none();
        let news = self.shown.take_news();
        let changed: Vec<(u64, String)> = changed
            .into_iter()
            .flatten()
            .filter_map(|(key, _)| Some((key, self.library.name_of(key)?.to_owned())))
            .collect();
        let (mut over, mut finished) = (Vec::new(), Vec::new());
        for (id, kept) in &mut self.kept {
            let is_concerned = ready.contains(id)
                || is_unknown
                || changed.iter().any(|(key, name)| kept.concerns(*key, name))
                || news.iter().any(|document| kept.sees(document));
            if !is_concerned {
                continue;
            }
            kept.share(&self.shown, &news);
            let (views, claims) = (&mut self.views, &mut self.claims);
            match kept.say(&mut self.library, views, claims, &self.metrics) {
                Ok(()) if kept.is_over() => over.push((*id, None)),
                Ok(()) => {}
                Err(error) => over.push((*id, Some(error.to_string()))),
            }
            kept.note_in(&mut self.confirmations);
            finished.extend(kept.take_finished());
            kept.tell_confirmed(&self.library);
        }
        for blob in finished {
            let documents = self.library.referring_to(&blob);
            self.offer_of(&documents);
        }
        let now = self.moment + self.shown.count();
        self.changed
            .send_if_modified(|then| std::mem::replace(then, now) != now);
        for (id, why) in over {
            self.end(id, why.as_deref().unwrap_or("the session is over"));
        }
    }

    /// Ends a connection, and tells the other side why.
    fn end(&mut self, id: Id, why: &str) {
        if let Some(mut kept) = self.kept.remove(&id) {
            kept.note_in(&mut self.confirmations);
            self.release(&kept);
            kept.leave(&mut self.shown);
            self.forget(&kept.rights);
            kept.end(why);
            self.metrics.set_connections(self.kept.len());
        }
    }

    /// What documents refer to, or what of that is here, is other than before: whoever may see it is offered it.
    fn offer_of(&mut self, documents: &[u64]) {
        if documents.is_empty() {
            return;
        }
        for (id, kept) in &mut self.kept {
            kept.offer_of(documents);
            self.ready.insert(*id);
        }
    }

    /// Reads what changed for the blobs to which it refers, as far as there is time.
    fn read_blobs(&mut self) {
        let (read, renewed) = self.library.read_blobs();
        self.offer_of(&renewed);
        if read > 0 {
            let waiting = self
                .kept
                .iter()
                .filter(|(_, kept)| kept.waits_for_reading());
            self.ready.extend(waiting.map(|(id, _)| *id));
        }
    }

    /// Another connection may fetch the blob that this one did.
    fn release(&mut self, kept: &Kept) {
        let before = self.claims.len();
        kept.abandon(&mut self.claims);
        if self.claims.len() < before {
            self.ready.extend(self.kept.keys());
        }
    }

    /// Forgets what was told to those who have these rights, if nobody has them any more.
    fn forget(&mut self, rights: &Arc<Rights>) {
        let mut others = self.kept.values();
        if !rights.show_all() && !others.any(|kept| kept.rights == *rights) {
            self.views.forget(rights);
        }
    }

    /// Does something to what the store keeps of deliveries, which counts from the next connections on.
    pub(crate) fn with_deliveries<T>(&mut self, act: impl FnOnce(&mut Store) -> T) -> T {
        self.confirmations.keep(&mut self.library);
        let done = act(self.library.store_mut());
        self.confirmations.load(&self.library);
        done
    }

    /// Puts a blob beside the documents.
    pub(crate) fn put_blob(&mut self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        let blob = self.library.store_mut().put_blob(bytes)?;
        let documents = self.library.referring_to(&blob);
        self.offer_of(&documents);
        Ok(blob)
    }

    /// The documents of which no remote has said that it has all of them, and how many operations of each are missing there.
    pub(crate) fn unconfirmed(&mut self) -> Vec<(String, u64)> {
        // What was written is counted first.
        self.library.moment();
        let mut unconfirmed = Vec::new();
        for key in self.library.keys() {
            let (Some(name), Some(version)) =
                (self.library.name_of(key), self.library.version_of(key))
            else {
                continue;
            };
            let missing = self.confirmations.missing(key, version);
            if missing > 0 {
                unconfirmed.push((name.to_owned(), missing));
            }
        }
        unconfirmed
    }
}

/// The time of now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests;
