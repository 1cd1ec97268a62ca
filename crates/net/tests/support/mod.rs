//! What the tests of the network share: real sockets on loopback, real stores on disk.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use syncline_net::{
    Limits, MemoryLog, Options, Pace, Phase, Relay, Replica, Status, Tokens, Worker, Written,
};
use syncline_store::{BlobId, Durability, Options as StoreOptions, Store};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

/// After this a test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test waits for, with its patience.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it takes too long")
}

thread_local! {
    /// Whether sites have another log than their store's own.
    static HAS_LOGS: Cell<bool> = const { Cell::new(false) };
}

/// Does a test, which is of this thread alone, with another log behind each store.
pub(crate) fn over_logs(test: fn()) {
    HAS_LOGS.set(true);
    test();
}

/// A replica of a store, with the log that is meant.
pub(crate) fn open(store: Store, limits: Limits) -> Replica {
    let replica = match HAS_LOGS.get() {
        true => Replica::open_with(store, Box::new(MemoryLog::new()), limits),
        false => Replica::open(store, limits),
    };
    replica.expect("a replica")
}

/// A store in a folder of its own, and a replica of it.
pub(crate) struct Site {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) replica: Replica,
}

impl Site {
    pub(crate) fn new() -> Site {
        Site::limited(Limits::default())
    }

    pub(crate) fn limited(limits: Limits) -> Site {
        Site::with(StoreOptions::new().durability(Durability::Fast), limits)
    }

    pub(crate) fn with(options: StoreOptions, limits: Limits) -> Site {
        Site::opened(options, |store| open(store, limits))
    }

    /// A store that is opened so.
    pub(crate) fn of(open: impl FnOnce(Store) -> Replica) -> Site {
        Site::opened(StoreOptions::new().durability(Durability::Fast), open)
    }

    fn opened(options: StoreOptions, open: impl FnOnce(Store) -> Replica) -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes.store");
        let store = Store::create(&path, &options).expect("a store");
        Site {
            _folder: folder,
            path,
            replica: open(store),
        }
    }

    /// Serves it, on a port that is free.
    pub(crate) async fn serve(&self, tokens: Option<&str>) -> Relay {
        let tokens = tokens.map(|tokens| Tokens::read(tokens).expect("tokens"));
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let relay = Relay::start(self.replica.clone(), any, tokens).await;
        relay.expect("it listens")
    }

    /// Keeps it in step with a relay.
    pub(crate) fn follow(&self, relay: SocketAddr) -> Worker {
        let options = Options::new().pace(brisk());
        Worker::start(self.replica.clone(), &url(relay), options).expect("a worker")
    }

    pub(crate) async fn push(&self, document: &str, text: &str) -> Written {
        let text = text.to_owned();
        let edited = self
            .replica
            .edit(document, move |tx| tx.text("body").push(&text));
        soon(edited).await.expect("an edit")
    }

    /// Puts a blob, and writes its name into a document.
    pub(crate) async fn put(&self, document: &str, bytes: &[u8]) -> BlobId {
        let blob = soon(self.replica.put_blob(bytes.to_vec())).await;
        let blob = blob.expect("a blob");
        self.push(document, &format!("[{blob}]")).await;
        blob
    }

    /// The bytes of a blob, when it is here.
    pub(crate) async fn has(&self, blob: BlobId) -> Option<Vec<u8>> {
        let found = soon(self.replica.blob(blob)).await.expect("it is read");
        let read = self.replica.read_blob(blob, 0..found?.bytes);
        Some(soon(read).await.expect("it is whole"))
    }

    /// What the text "body" says.
    pub(crate) async fn body(&self, document: &str) -> Option<String> {
        let read = self
            .replica
            .read(document, |doc| doc.text("body").to_string());
        soon(read).await.expect("it is read")
    }

    /// What stands on disk, read by somebody else.
    pub(crate) fn on_disk(&self, document: &str) -> Option<String> {
        let store = Store::open(&self.path, &StoreOptions::new().read_only()).expect("a store");
        let document = store.document(document).ok()?;
        Some(document.doc().text("body").to_string())
    }
}

/// A relay at a site of its own, and another site that follows it.
pub(crate) async fn pair(limits: &Limits) -> (Site, Relay, Site, Worker) {
    let [middle, one] = [(); 2].map(|()| Site::limited(limits.clone()));
    let relay = middle.serve(None).await;
    let worker = one.follow(relay.address());
    (middle, relay, one, worker)
}

pub(crate) fn url(relay: SocketAddr) -> String {
    format!("ws://{relay}/")
}

/// Tests do not wait long.
pub(crate) fn brisk() -> Pace {
    let mut pace = Pace::default();
    pace.first = Duration::from_millis(10);
    pace.longest = Duration::from_millis(40);
    pace.pause = Duration::from_millis(40);
    pace
}

/// Waits until a status is as it should be; gives it.
pub(crate) async fn until(worker: &Worker, is_so: impl FnMut(&Status) -> bool) -> Status {
    let mut status: watch::Receiver<Status> = worker.status();
    let found = soon(status.wait_for(is_so)).await;
    found.expect("the worker goes on").clone()
}

/// Waits until both have what the other had, and the relay has stored it.
pub(crate) async fn in_step(worker: &Worker) -> Status {
    until(worker, |status| {
        status.phase == Phase::Live && status.is_confirmed
    })
    .await
}

/// Waits until a document says that.
pub(crate) async fn until_reads(site: &Site, document: &str, body: &str) {
    let mut changed = site.replica.changed();
    while site.body(document).await.as_deref() != Some(body) {
        soon(changed.changed()).await.unwrap();
    }
}

/// Letters that do not repeat.
pub(crate) fn letters(seed: u64, count: usize) -> String {
    let mut state = seed;
    let letter = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 59) as u8 % 26)
    };
    (0..count).map(letter).collect()
}

/// Bytes that do not repeat, and cannot be packed.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[4]
    };
    (0..count).map(byte).collect()
}

/// Says something that is not HTTP, or not all of it; gives the answer.
pub(crate) async fn raw(relay: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(relay).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = soon(socket.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// What it answers to a request for a page.
pub(crate) async fn get(relay: SocketAddr, page: &str) -> String {
    let request = format!("GET {page} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    raw(relay, &request).await
}
