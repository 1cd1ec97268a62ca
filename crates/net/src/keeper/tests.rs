//! A keeper whose disk takes its time, or fails.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Gate, Sender as Opener, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use syncline::sync::{Options, Session, Workspace, key_of};
use syncline_store::{Blob, BlobId, BlobIncoming, Chunk, Options as StoreOptions, Part, Store};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::Keeper;
use crate::ask::{Ask, Connect, Id, Out};
use crate::blobs::{Offer, Piece, Says};
use crate::error::Error;
use crate::features::Features;
use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;
use crate::link::Agreed;
use crate::log::{Acknowledge, Log, LogError, Record};
use crate::replica::Replica;
use crate::rights::Rights;

/// The log of a store whose disk is synced when it is told how that ends.
struct Gated(Acknowledge);

impl Log for Gated {
    fn append(&mut self, _: &mut dyn Iterator<Item = Record>) -> Result<(), LogError> {
        Ok(())
    }

    fn acknowledge(&self) -> Option<Acknowledge> {
        Some(Arc::clone(&self.0))
    }
}

/// A replica of a store with that log.
fn gated() -> (TempDir, Replica, Opener<Result<(), String>>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path().join("store"), &StoreOptions::new()).unwrap();
    let (open, gate): (_, Gate<Result<(), String>>) = channel();
    let gate = Mutex::new(gate);
    let next = move || gate.lock().unwrap().recv().unwrap_or(Ok(()));
    // What is in the log is made safe when it is opened.
    open.send(Ok(())).unwrap();
    let log = Gated(Arc::new(move || Ok(next()?)));
    let replica = Replica::open_with(store, Box::new(log), Limits::default()).unwrap();
    (folder, replica, open)
}

/// A session with it, without a socket.
struct Peer {
    id: Id,
    session: Session,
    notes: Workspace,
    frames: mpsc::Receiver<Frame>,
    wants_room: Arc<AtomicBool>,
    sent: u64,
    stored: u64,
    end: Option<String>,
}

/// A connection: which, what it is sent, and whether it is asked for room.
async fn connect(
    replica: &Replica,
    features: Features,
) -> (Id, mpsc::Receiver<Frame>, Arc<AtomicBool>) {
    let (out, frames) = mpsc::channel(4);
    let wants_room: Arc<AtomicBool> = Arc::default();
    let id = replica.next_id();
    let connect = Connect {
        id,
        out: Out {
            frames: out,
            wants_room: Arc::clone(&wants_room),
            waiting: Arc::default(),
            waiting_max: usize::MAX,
        },
        name: format!("peer {id}"),
        rights: Arc::new(Rights::all()),
        agreed: Agreed {
            features,
            takes: 4 << 20,
        },
        binding: None,
        asking: None,
    };
    replica.ask(Ask::Connect(connect)).await.unwrap();
    (id, frames, wants_room)
}

/// Does something when all before it has been taken in.
async fn act(replica: &Replica, act: impl FnOnce(&mut Keeper) + Send + 'static) {
    let (tell, told) = tokio::sync::oneshot::channel();
    let then = move |keeper: &mut Keeper| {
        act(keeper);
        tell.send(()).unwrap();
    };
    replica.ask(Ask::Then(Box::new(then))).await.unwrap();
    told.await.unwrap();
}

/// Does something, and waits until what there is to say then was said.
async fn then(replica: &Replica, what: impl FnOnce(&mut Keeper) + Send + 'static) {
    act(replica, what).await;
    act(replica, |_| {}).await;
}

impl Peer {
    async fn connect(replica: &Replica) -> Peer {
        let (id, frames, wants_room) = connect(replica, Features::none()).await;
        let mut notes = Workspace::new();
        Peer {
            id,
            session: Session::ask(&mut notes, id + 1, Options::default()).unwrap(),
            notes,
            frames,
            wants_room,
            sent: 0,
            stored: 0,
            end: None,
        }
    }

    /// Says what there is to say.
    async fn say(&mut self, replica: &Replica) {
        while let Some(message) = self.session.next_message(&mut self.notes).unwrap() {
            self.sent += 1;
            let bytes = message.len();
            let passed = replica.pass_on(self.id, Frame::Session(message), bytes);
            passed.await.unwrap();
        }
    }

    /// Goes on until it is as it should be.
    async fn until(&mut self, replica: &Replica, is_so: impl Fn(&Peer) -> bool) {
        self.say(replica).await;
        while !is_so(self) {
            let next = timeout(Duration::from_secs(60), self.frames.recv()).await;
            if self.frames.is_empty() && self.wants_room.swap(false, Ordering::SeqCst) {
                replica.ask(Ask::Ready(self.id)).await.unwrap();
            }
            match next.unwrap() {
                Some(Frame::Session(message)) => {
                    self.session.receive(&mut self.notes, &message).unwrap();
                }
                Some(Frame::Stored(count)) => self.stored = count,
                Some(Frame::End(why)) => self.end = Some(why),
                other => panic!("{other:?}"),
            }
            self.say(replica).await;
        }
    }

    fn push(&mut self, text: &str) {
        let doc = self.notes.open("notes");
        doc.transact(|tx| tx.text("body").push(text)).unwrap();
    }

    fn body(&self) -> String {
        self.body_of("notes")
    }

    fn body_of(&self, name: &str) -> String {
        let doc = self.notes.get(name);
        doc.map(|doc| doc.text("body").to_string())
            .unwrap_or_default()
    }
}

#[tokio::test]
async fn what_comes_is_passed_on_before_the_disk_and_said_to_be_stored_after() {
    let (_folder, replica, open) = gated();
    let (mut one, mut two) = (Peer::connect(&replica).await, Peer::connect(&replica).await);
    one.until(&replica, |one| one.session.is_settled()).await;
    two.until(&replica, |two| two.session.is_settled()).await;
    for text in ["a", "b", "c"] {
        one.push(text);
        one.say(&replica).await;
    }
    two.until(&replica, |two| two.body() == "abc").await;
    // All of that is taken in, and the disk has not been heard of.
    act(&replica, |_| {}).await;
    while let Ok(frame) = one.frames.try_recv() {
        assert!(!matches!(frame, Frame::Stored(count) if count == one.sent));
    }
    for _ in 0..3 {
        open.send(Ok(())).unwrap();
    }
    drop(open);
    one.until(&replica, |one| one.stored == one.sent).await;
}

#[tokio::test]
async fn a_disk_that_failed_is_not_asked_again() {
    let (folder, replica, open) = gated();
    let mut one = Peer::connect(&replica).await;
    one.until(&replica, |one| one.session.is_settled()).await;
    one.push("a");
    open.send(Err("as planned".to_owned())).unwrap();
    one.until(&replica, |one| one.end.is_some()).await;
    assert!(one.stored < one.sent);
    assert_eq!(one.end.as_deref(), Some("the disk: as planned"));
    // From here on it would take everything; but what comes builds on what it lost.
    drop(open);
    let edited = replica.edit("others", |tx| tx.text("body").push("b")).await;
    assert!(matches!(edited, Err(Error::NotStored { .. })), "{edited:?}");
    let mut two = Peer::connect(&replica).await;
    two.push("c");
    two.until(&replica, |two| two.end.is_some()).await;
    assert_eq!(two.stored, 0);
    let read_only = StoreOptions::new().read_only();
    let store = Store::open(folder.path().join("store"), &read_only).unwrap();
    // It was begun, and nothing of it committed.
    assert_eq!(store.document("others").unwrap().seq(), 0);
}

#[tokio::test]
async fn who_had_no_room_is_sent_the_rest_when_there_is() {
    let (_folder, replica, open) = gated();
    drop(open);
    let names: Vec<String> = (0..20).map(|number| format!("notes {number}")).collect();
    let mut one = Peer::connect(&replica).await;
    for text in ["a", "b"] {
        for name in &names {
            let edited = replica.edit(name, move |tx| tx.text("body").push(text));
            edited.await.unwrap();
        }
        // Nothing that it says wakes the keeper the second time.
        let expected = if text == "a" { "a" } else { "ab" };
        let has = |one: &Peer| names.iter().all(|name| one.body_of(name) == expected);
        one.until(&replica, has).await;
        one.until(&replica, |one| one.session.is_settled()).await;
    }
}

/// A connection on which a blob is offered, and the others are awaited.
struct Bringer {
    id: Id,
    frames: mpsc::Receiver<Frame>,
}

impl Bringer {
    async fn offer(replica: &Replica, blob: BlobId) -> Bringer {
        let (id, frames, _) = connect(replica, Features::all()).await;
        let offers = vec![Offer {
            blob,
            bytes: 1000,
            document: key_of("album"),
        }];
        let is_all = true;
        let mut bringer = Bringer { id, frames };
        bringer.say(replica, Says::Offer { is_all, offers }).await;
        bringer
    }

    async fn say(&mut self, replica: &Replica, says: Says) {
        let passed = replica.pass_on(self.id, Frame::Blob(says), 100);
        passed.await.unwrap();
        then(replica, |_| {}).await;
    }

    /// Whether it was asked for the list since this was asked last.
    fn is_asked(&mut self) -> bool {
        let mut is_asked = false;
        while let Ok(frame) = self.frames.try_recv() {
            let piece = Piece::List { number: 0 };
            is_asked |= matches!(frame, Frame::Blob(Says::Want { piece: it, .. }) if it == piece);
        }
        is_asked
    }
}

/// So much time passes.
async fn pass(replica: &Replica, seconds: u64) {
    let pass = move |keeper: &mut Keeper| keeper.claims.note_time(Duration::from_secs(seconds));
    then(replica, pass).await;
}

#[tokio::test]
async fn a_blob_that_does_not_come_is_asked_of_who_let_least_wait() {
    let (_folder, replica, open) = gated();
    drop(open);
    let blob = BlobId::of(b"never brought");
    let name = blob.to_string();
    let edited = replica.edit("album", move |tx| tx.text("body").push(&name));
    edited.await.unwrap();
    let mut one = Bringer::offer(&replica, blob).await;
    let mut two = Bringer::offer(&replica, blob).await;
    let mut three = Bringer::offer(&replica, blob).await;
    let asked = |all: [&mut Bringer; 3]| all.map(Bringer::is_asked);
    assert_eq!(
        asked([&mut one, &mut two, &mut three]),
        [true, false, false]
    );
    pass(&replica, 1000).await;
    assert_eq!(
        asked([&mut one, &mut two, &mut three]),
        [false, true, false]
    );
    // The first is there again, and stands before the third; but it had its turn.
    let chunks = vec![Chunk::of(&[7; 1000])];
    one.say(&replica, Says::List { number: 0, chunks }).await;
    pass(&replica, 2000).await;
    assert_eq!(
        asked([&mut one, &mut two, &mut three]),
        [false, false, true]
    );
    // Who leaves lets the next go on at once, when that is found out and without anything else.
    let Bringer { id, frames } = three;
    drop(frames);
    replica.ask(Ask::Ready(id)).await.unwrap();
    let next = timeout(Duration::from_secs(60), one.frames.recv()).await;
    assert!(matches!(next, Ok(Some(Frame::Blob(Says::Want { .. })))));
}

#[tokio::test]
async fn so_many_bytes_wait_to_be_taken_in() {
    let (_folder, replica, open) = gated();
    drop(open);
    let (go_on, wait) = channel();
    let busy = move |_: &mut Library| {
        let _ = wait.recv();
    };
    replica.ask(Ask::Act(Box::new(busy))).await.unwrap();
    let frame = || Frame::Session(Vec::new());
    // Of nobody: it is passed over. Of so many there would be room for, if not for their bytes.
    let large = 4_000_000;
    let mut taken = 0;
    while replica.pass_on(99, frame(), large).now_or_never().is_some() {
        taken += 1;
    }
    assert_eq!(taken, 16);
    assert!(replica.pass_on(99, frame(), 10).now_or_never().is_some());
    go_on.send(()).unwrap();
    let passed = timeout(Duration::from_secs(60), replica.pass_on(99, frame(), large));
    passed.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_room_of_what_was_let_go_of_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::create(folder.path().join("store"), &StoreOptions::new()).unwrap();
    let bytes = vec![7; 200_000];
    let whole = store.put_blob(&b"whole"[..]).unwrap();
    let blob = Blob::new(BlobId::of(b"another"), 300_000);
    let mut incoming = BlobIncoming::new(&mut store, &blob).unwrap();
    let part = Part::new(0, vec![Chunk::of(&bytes), Chunk::of(b"rest")]);
    incoming.part(&mut store, &part).unwrap();
    incoming.chunk(&mut store, &bytes).unwrap();
    assert!(store.let_go_unfinished(&blob).unwrap() && store.has_let_go().unwrap());
    // Opened, and nothing else is asked for.
    let replica = Replica::open(store, Limits::default()).unwrap();
    let is_there = || async {
        let (tell, told) = oneshot::channel();
        let act = move |library: &mut Library| {
            let _ = tell.send(library.store_mut().has_let_go().unwrap());
        };
        replica.ask(Ask::Act(Box::new(act))).await.unwrap();
        told.await.unwrap()
    };
    let gone = async { while is_there().await {} };
    timeout(Duration::from_secs(10), gone).await.unwrap();
    let store = replica.close().await.unwrap();
    assert!(store.blob(&whole).is_ok());
}
