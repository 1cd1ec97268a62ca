//! The handle on a store that is kept in step.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use syncline::sync::key_of;
use syncline::{Doc, Peer, Transaction, VersionVector};
use syncline_store::{Blob, BlobId, Error as StoreError, Store};
use tokio::sync::{mpsc, oneshot, watch};

use crate::ask::{Ask, Id, Write};
use crate::deliveries::{Deliveries, Which, deliveries, redeliver, retry, set_aside};
use crate::disk::{Disk, Sync};
use crate::error::Error;
use crate::keeper::Keeper;
use crate::library::Library;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::syncing::Syncing;

/// Asks that wait to be taken, at most; whoever asks more waits.
const ASKS: usize = 1024;

/// A store whose documents are edited, read, and kept in step with others. Cheap to clone; all clones are of the one store, which
/// a thread of its own keeps.
#[derive(Clone)]
pub struct Replica {
    asks: mpsc::Sender<Ask>,
    limits: Limits,
    metrics: Arc<Metrics>,
    ids: Arc<AtomicU64>,
    changed: watch::Receiver<u64>,
}

/// An edit that is stored here: what a remote has to have for it to be confirmed.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    document: u64,
    version: VersionVector,
}

impl Replica {
    /// Takes over a store. Reads each of its documents once, to know what to tell others of it; those that cannot be read are left
    /// out ([`damaged`](Replica::damaged)).
    ///
    /// # Errors
    ///
    /// [`Error::Store`] where the store cannot be read at all; [`Error::Closed`] where no thread can be had.
    pub fn open(store: Store, limits: Limits) -> Result<Replica, Error> {
        let library = Library::open(store)?;
        let sync = disk(&library)?;
        Replica::start(library, sync, limits)
    }

    /// Begins with a library, whose commits are brought to disk so.
    pub(crate) fn start(
        library: Library,
        sync: Option<Sync>,
        limits: Limits,
    ) -> Result<Replica, Error> {
        let metrics = Arc::new(Metrics::default());
        metrics.set_documents(library.len(), 0);
        let (asks, asked) = mpsc::channel(ASKS);
        let (tell, changed) = watch::channel(0);
        let disk = sync.map(|sync| Disk::start(sync, asks.downgrade()));
        let disk = disk.transpose().map_err(|_| Error::Closed)?;
        let syncing = Syncing::new(disk);
        let keeper = Keeper::new(library, syncing, limits.clone(), Arc::clone(&metrics), tell);
        let thread = thread::Builder::new().name("syncline-keeper".to_owned());
        thread
            .spawn(move || keeper.run(asked))
            .map_err(|_| Error::Closed)?;
        Ok(Replica {
            asks,
            limits,
            metrics,
            ids: Arc::default(),
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

    /// Shows something of whoever is here in a document, at once and to all who see that: a cursor, a name; at most 2 KiB, more is
    /// cut off. It is never stored, and gone when the connection is. Nothing: it is shown no more.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn show(&self, document: &str, state: &[u8]) -> Result<(), Error> {
        let (document, state) = (document.to_owned(), state.to_vec());
        let then = move |keeper: &mut Keeper| keeper.shown.show(&document, &state);
        self.ask(Ask::Then(Box::new(then))).await
    }

    /// What others show of themselves in a document, each by a number that stays theirs while they are there.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn shown(&self, document: &str) -> Result<Vec<(Peer, Vec<u8>)>, Error> {
        let (told, answer) = oneshot::channel();
        let document = document.to_owned();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.shown.of(&document));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Whether some remote has said that an edit is on its disk.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn is_confirmed(&self, written: &Written) -> Result<bool, Error> {
        let Written { document, version } = written.clone();
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.confirmations.include(document, &version));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Returns when some remote has said that an edit is on its disk.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn confirmed(&self, written: &Written) -> Result<(), Error> {
        let Written { document, version } = written.clone();
        let (told, answer) = oneshot::channel();
        let then =
            move |keeper: &mut Keeper| keeper.confirmations.wait_for(document, version, told);
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// The documents of which no remote has said that all is on its disk, and how many operations are missing there: those of the
    /// remote that has most.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub async fn unconfirmed(&self) -> Result<Vec<(String, u64)>, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.unconfirmed());
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// What no relay is known to have, and what relays did not take: see [`deliveries`](crate::deliveries).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn deliveries(&self) -> Result<Deliveries, Error> {
        self.with_deliveries(|store| deliveries(store)).await
    }

    /// Tries deliveries again that failed or were set aside, from the next connection on: see [`retry`](crate::retry).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn retry(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| retry(store, &which))
            .await
    }

    /// Sets deliveries aside that relays did not take: see [`set_aside`](crate::set_aside).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn set_aside(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| set_aside(store, &which))
            .await
    }

    /// Forgets what relays have confirmed: see [`redeliver`](crate::redeliver).
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn redeliver(&self, which: Which) -> Result<u64, Error> {
        self.with_deliveries(move |store| redeliver(store, &which))
            .await
    }

    async fn with_deliveries<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.with_deliveries(act));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// Puts a blob beside the documents: it travels with those that refer to it, by its name. On this disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<BlobId, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.put_blob(&bytes));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// Some bytes of a blob, each chunk held against its hash.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], where it is not here, or has not so many; [`Error::Closed`].
    pub async fn read_blob(&self, blob: BlobId, range: Range<u64>) -> Result<Vec<u8>, Error> {
        let (told, answer) = oneshot::channel();
        let act = move |library: &mut Library| {
            let _ = told.send(read_blob(library.store_mut(), &blob, &range));
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// What is known of a blob that is here; `None` where it is not.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn blob(&self, blob: BlobId) -> Result<Option<Blob>, Error> {
        let (told, answer) = oneshot::channel();
        let act = move |library: &mut Library| {
            let _ = told.send(match library.store_mut().blob(&blob) {
                Err(StoreError::NoBlob { .. }) => Ok(None),
                found => found.map(Some),
            });
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
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

fn read_blob(store: &Store, blob: &BlobId, range: &Range<u64>) -> Result<Vec<u8>, StoreError> {
    let mut reader = store.open_blob(blob)?;
    let asked = range.end.saturating_sub(range.start);
    // No more is taken for it than the blob has.
    let bytes = usize::try_from(asked.min(reader.len())).unwrap_or(usize::MAX);
    let mut buffer = vec![0; bytes];
    reader.fill(range.start, &mut buffer)?;
    Ok(buffer)
}

/// What syncs the disk, where commits wait for that.
fn disk(library: &Library) -> Result<Option<Sync>, Error> {
    let syncer = library.syncer()?;
    let sync = syncer.map(|syncer| -> Sync {
        Arc::new(move || syncer.sync().map_err(|error| error.to_string()))
    });
    Ok(sync)
}
