//! Taking in what is asked for, and what came.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, watch};

use super::reclaiming::Reclaiming;
use crate::ask::{Ask, Id, Stored, Then, Write};
use crate::blobs::Claims;
use crate::confirmations::Confirmations;
use crate::error::Error;
use crate::frame::Frame;
use crate::kept::Kept;
use crate::library::Library;
use crate::limits::Limits;
use crate::logging::Logging;
use crate::metrics::Metrics;
use crate::senders::Senders;
use crate::shown::Shown;
use crate::syncing::Syncing;
use crate::view::Views;

/// Asks that are taken before what they brought is committed.
const BATCH: usize = 512;

/// See the module.
pub(crate) struct Keeper {
    pub(super) library: Library,
    pub(super) views: Views,
    pub(super) limits: Limits,
    pub(super) kept: BTreeMap<Id, Kept>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) senders: Senders,
    /// Connections that have something to say, whatever was written.
    pub(super) ready: BTreeSet<Id>,
    /// Documents that were written to since the last commit, and who waits for that.
    pub(super) written: Vec<(String, Stored)>,
    pub(crate) confirmations: Confirmations,
    /// Asks that wait until what came before them has been taken in.
    pub(super) then: Vec<Then>,
    pub(super) logging: Logging,
    pub(super) syncing: Syncing,
    /// Changes of the library that were passed on.
    pub(super) moment: u64,
    pub(crate) shown: Shown,
    /// Which connection fetches which blob; times are counted from when it began.
    pub(super) claims: Claims,
    pub(super) reclaiming: Option<Reclaiming>,
    begun: Instant,
    /// Goes up whenever a document changed, or what people show.
    pub(super) changed: watch::Sender<u64>,
}

impl Keeper {
    pub(crate) fn new(
        library: Library,
        (logging, syncing): (Logging, Syncing),
        limits: Limits,
        metrics: Arc<Metrics>,
        changed: watch::Sender<u64>,
    ) -> Keeper {
        Keeper {
            confirmations: Confirmations::of(&library),
            library,
            views: Views::default(),
            claims: Claims::new(&limits),
            reclaiming: None,
            begun: Instant::now(),
            limits,
            kept: BTreeMap::new(),
            metrics,
            senders: Senders::default(),
            ready: BTreeSet::new(),
            written: Vec::new(),
            then: Vec::new(),
            logging,
            syncing,
            moment: 0,
            shown: Shown::new(getrandom::u64().unwrap_or_default()),
            changed,
        }
    }

    /// Goes on until it is told to close, or nobody can ask any more.
    pub(crate) fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let mut closing = None;
        self.count_unfinished();
        while closing.is_none() {
            let mut next = match self.is_reclaiming() {
                false => asks.blocking_recv(),
                true => match asks.try_recv() {
                    Err(TryRecvError::Empty) => {
                        self.reclaim();
                        continue;
                    }
                    next => next.ok(),
                },
            };
            if next.is_none() {
                break;
            }
            self.claims.note_time(self.begun.elapsed());
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
        self.keep();
        self.reclaiming = None;
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
                    self.views.enter(&kept.rights);
                    self.kept.insert(id, kept);
                    self.ready.insert(id);
                    self.metrics.set_connections(self.kept.len());
                }
            }
            Ask::Frame(id, frame, _room) => {
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
                    self.release(&kept, id);
                    kept.leave(&mut self.shown);
                    self.views.leave(&kept.rights);
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
            Ask::Keep => self.keep(),
            Ask::Synced(commit, failed) => {
                let synced = self.syncing.done(commit, failed);
                self.note_synced(synced);
            }
            Ask::News | Ask::Close(_) => {}
        }
    }

    /// Keeps in the store what is known beside documents.
    fn keep(&mut self) {
        self.confirmations.keep(&mut self.library);
        self.library.keep_bindings(self.limits.documents_in_memory);
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
                self.senders.note(&kept.name);
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

    /// Commits what came, and says what there is to say.
    fn settle(&mut self) {
        self.commit();
        self.take_news();
        for then in std::mem::take(&mut self.then) {
            then(self);
        }
        self.read_blobs();
        loop {
            let ended = self.claims.ended();
            self.say();
            // A blob that came, or will not come, may be something to others.
            if self.ready.is_empty() && self.claims.ended() == ended {
                break;
            }
        }
        self.reclaim();
        let (library, kept) = (&mut self.library, &self.kept);
        library.put_away(self.limits.documents_in_memory, |key| {
            kept.values().any(|kept| kept.link.is_busy_with(key))
        });
        self.metrics
            .set_documents(library.len(), library.in_memory());
        self.metrics.set_foreign(library.bindings.foreign);
    }
}
