//! Opening a store that is kept in step, editing and reading its documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use syncline::sync::key_of;
use syncline::{Doc, Transaction, VersionVector};
use syncline_store::{Error as StoreError, Store};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::ask::{Ask, Id, Write};
use crate::disk::Disk;
use crate::error::Error;
use crate::frame::Frame;
use crate::keeper::Keeper;
use crate::library::Library;
use crate::limits::Limits;
use crate::log::{Journal, Log};
use crate::logging::Logging;
use crate::metrics::Metrics;
use crate::syncing::Syncing;

/// Asks that wait to be taken, at most; whoever asks more waits.
const ASKS: usize = 1024;

/// KiB of frames among them: of a thousand connections each may bring a large one at once.
const FRAMES_KIB: usize = 64 << 10;

/// A store whose documents are edited, read, and kept in step with others. Cheap to clone; all clones are of the one store, which
/// a thread of its own keeps.
#[derive(Clone)]
pub struct Replica {
    asks: mpsc::Sender<Ask>,
    limits: Limits,
    metrics: Arc<Metrics>,
    ids: Arc<AtomicU64>,
    /// KiB of frames that may wait to be taken in.
    room: Arc<Semaphore>,
    changed: watch::Receiver<u64>,
}

/// An edit that is stored here: what a remote has to have for it to be confirmed.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    pub(super) document: u64,
    pub(super) version: VersionVector,
}

impl Replica {
    /// Takes over a store. Reads each of its documents once, to know what to tell others of it; those that cannot be read are left
    /// out ([`damaged`](Replica::damaged)).
    ///
    /// # Errors
    ///
    /// [`Error::Store`] where the store cannot be read at all; [`Error::Closed`] where no thread can be had.
    pub fn open(store: Store, limits: Limits) -> Result<Replica, Error> {
        let journal = Journal::of(&store)?;
        Replica::open_with(store, Box::new(journal), limits)
    }

    /// As [`open`](Replica::open), with another log behind the store: what is committed is appended to it and counts as stored when it
    /// says so, and what others append to it comes into the documents. First all of it is read, and what it lacks of what the store
    /// has is appended.
    ///
    /// # Errors
    ///
    /// As [`open`](Replica::open), and [`Error::Log`].
    pub fn open_with(store: Store, log: Box<dyn Log>, limits: Limits) -> Result<Replica, Error> {
        let mut library = Library::open(store)?;
        // Whatever message may come has room when it is alone.
        let room = FRAMES_KIB.max(limits.message_bytes as usize / 1024 + 1);
        let (asks, asked) = mpsc::channel(ASKS);
        let most = limits.documents_in_memory;
        let logging = Logging::open(log, &mut library, most, asks.downgrade())?;
        let metrics = Arc::new(Metrics::default());
        metrics.set_documents(library.len(), library.in_memory());
        let (tell, changed) = watch::channel(0);
        let disk = logging.acknowledge();
        let disk = disk.map(|acknowledge| Disk::start(acknowledge, asks.downgrade()));
        let disk = disk.transpose().map_err(|_| Error::Closed)?;
        let kept = (logging, Syncing::new(disk));
        let keeper = Keeper::new(library, kept, limits.clone(), Arc::clone(&metrics), tell);
        let thread = thread::Builder::new().name("syncline-keeper".to_owned());
        thread
            .spawn(move || keeper.run(asked))
            .map_err(|_| Error::Closed)?;
        Ok(Replica {
            asks,
            limits,
            metrics,
            ids: Arc::default(),
            room: Arc::new(Semaphore::new(room)),
            changed,
        })
    }

    /// Edits a document, which is made if there is none. When this returns, the edit is on this disk, and on its way to whoever is
    /// connected.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]: the document's own error, or the store's, and nothing was done; so is [`Error::LeftOut`].
    /// [`Error::NotStored`]; [`Error::Closed`].
    pub async fn edit<F>(&self, document: &str, edit: F) -> Result<Written, Error>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<(), syncline::Error> + Send + 'static,
    {
        let edited = self.with(document, |doc| doc.transact(edit));
        edited.await.map(|(_, written)| written)
    }

    /// Does something with a document as a whole, which is made if there is none: merges what an editor's own copy has, undoes, resolves
    /// anchors. When this returns, what it came to is on this disk, and on its way to whoever is connected.
    ///
    /// # Errors
    ///
    /// As [`edit`](Replica::edit). What was done before an error stays.
    pub async fn with<T, F>(&self, document: &str, act: F) -> Result<(T, Written), Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Doc) -> Result<T, syncline::Error> + Send + 'static,
    {
        let (told, edited) = oneshot::channel();
        let (tell, stored) = oneshot::channel();
        let name = document.to_owned();
        let write = move |library: &mut Library| {
            let written = write(library, &name, act);
            let is_done = written.is_ok();
            let _ = told.send(written);
            is_done
        };
        let ask = Write {
            document: document.to_owned(),
            write: Box::new(write),
            stored: tell,
        };
        self.ask(Ask::Write(ask)).await?;
        let written = edited.await.map_err(|_| Error::Closed)??;
        stored.await.map_err(|_| Error::Closed)??;
        Ok(written)
    }

    /// Reads a document; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] where it cannot be read; [`Error::Closed`].
    pub async fn read<T, F>(&self, document: &str, read: F) -> Result<Option<T>, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Doc) -> T + Send + 'static,
    {
        let (told, answer) = oneshot::channel();
        let name = document.to_owned();
        let act = move |library: &mut Library| {
            let opened = library.opened(&name);
            let answer = opened.map(|found| found.map(|document| read(document.doc())));
            let _ = told.send(answer);
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// A number that goes up whenever a document changed, or what people show in one: to be awaited, and then read again what is of
    /// interest. It ends with the replica.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// What of the store cannot be read, and takes no part.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn damaged(&self) -> Result<Vec<String>, Error> {
        let (told, answer) = oneshot::channel();
        let act = move |library: &mut Library| {
            let damaged = library.damaged().iter().map(StoreError::to_string);
            let _ = told.send(damaged.collect());
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Ends all connections, and gives the store back.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] where another did it before.
    pub async fn close(self) -> Result<Store, Error> {
        let (told, store) = oneshot::channel();
        self.ask(Ask::Close(told)).await?;
        store.await.map_err(|_| Error::Closed)
    }

    /// Hands on a frame that came, of so many bytes, once there is room for it beside those that were not taken in yet.
    pub(crate) async fn pass_on(&self, id: Id, frame: Frame, bytes: usize) -> Result<(), Error> {
        let room = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(room);
        let room = room.await.map_err(|_| Error::Closed)?;
        self.ask(Ask::Frame(id, frame, room)).await
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Result<(), Error> {
        self.asks.send(ask).await.map_err(|_| Error::Closed)
    }

    /// Tells that a connection is gone. Where the keeper has more to do than it takes, it finds that out when it has something to say.
    pub(crate) fn note_gone(&self, id: Id) {
        let _ = self.asks.try_send(Ask::Gone(id));
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.asks.is_closed()
    }

    pub(crate) fn next_id(&self) -> Id {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

fn write<T>(
    library: &mut Library,
    name: &str,
    act: impl FnOnce(&mut Doc) -> Result<T, syncline::Error>,
) -> Result<(T, Written), StoreError> {
    let no_document = || StoreError::NoDocument {
        name: name.to_owned(),
    };
    let document = library.made(name)?.ok_or_else(no_document)?;
    let done = act(document.doc_mut());
    let done = done.map_err(|error| StoreError::Document {
        name: name.to_owned(),
        error,
    })?;
    let written = Written {
        document: key_of(name),
        version: document.doc().version_vector(),
    };
    Ok((done, written))
}
