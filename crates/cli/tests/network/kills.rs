//! Processes that are killed in the middle of it.
//!
//! - A relay that is killed and comes back under clients loses nothing that it confirmed, and all come to hold the same.
//! - A client that is killed in mid-transfer goes on where it was, until all is there.
//!
//! A few clients and kills; with `SYNCLINE_LONG=1` 50 clients and 20 kills.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use syncline_net::{Limits, Options, Pace, Replica, Worker};
use syncline_store::{Durability, Entry, Options as StoreOptions, Store};
use tokio::runtime::Builder;

use super::support::{Folder, syncline};
use super::{Relay, store};

/// How many clients there are, and how often something is killed.
fn size() -> (usize, usize) {
    match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => (50, 20),
        None => (4, 3),
    }
}

fn brisk() -> Options {
    let mut pace = Pace::default();
    pace.first = Duration::from_millis(10);
    pace.longest = Duration::from_millis(40);
    pace.pause = Duration::from_millis(40);
    Options::new().pace(pace)
}

#[test]
fn a_relay_that_is_killed_under_clients_loses_nothing() {
    let (clients, kills) = size();
    let folder = Folder::new("network_killed_relay");
    let middle = store(&folder, "relay.store", "");
    let mut relay = Relay::serve(&middle, &[]);
    let url = relay.url.clone();
    let at = url["ws://".len()..url.len() - 1].to_owned();
    let going = async {
        let mut replicas = Vec::new();
        for client in 0..clients {
            let options = StoreOptions::new().durability(Durability::Fast);
            let store = Store::create(folder.path(&format!("{client}.store")), &options).unwrap();
            let replica = Replica::open(store, Limits::default()).unwrap();
            let worker = Worker::start(replica.clone(), &url, brisk()).unwrap();
            replicas.push((replica, worker));
        }
        for kill in 0..kills {
            let mut written = Vec::new();
            for (client, (replica, _)) in replicas.iter().enumerate() {
                // All of them write to one document, and each to one of its own.
                let shared = replica.edit("shared", |tx| tx.text("body").push("x"));
                written.push((replica, shared.await.unwrap()));
                let own = format!("of {client}");
                let own = replica.edit(&own, move |tx| tx.text("body").push(&format!("{kill} ")));
                written.push((replica, own.await.unwrap()));
            }
            // Of one it is known that it is there; the others are on their way.
            let (replica, first) = &written[0];
            replica.confirmed(first).await.unwrap();
            relay.child.kill().unwrap();
            relay.child.wait().unwrap();
            relay = Relay::listen(&middle, &at, &[]);
            for (replica, written) in &written {
                replica.confirmed(written).await.unwrap();
            }
        }
        let expected = "x".repeat(clients * kills);
        for (replica, _) in &replicas {
            let mut changed = replica.changed();
            let read = || replica.read("shared", |doc| doc.text("body").to_string());
            while read().await.unwrap().as_ref() != Some(&expected) {
                changed.changed().await.unwrap();
            }
        }
    };
    let patience = Duration::from_secs(600);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let gone = runtime.block_on(async { tokio::time::timeout(patience, going).await });
    gone.expect("it takes too long");
    drop(relay);
    // What was confirmed is on the relay's disk, whatever became of its process.
    let expected = "x".repeat(clients * kills);
    syncline(&["show", &middle, "shared"]).assert_tells(&[&format!("\"{expected}\"")]);
    let own: String = (0..kills).map(|kill| format!("{kill} ")).collect();
    for client in 0..clients {
        let shown = syncline(&["show", &middle, &format!("of {client}")]);
        shown.assert_tells(&[&format!("\"{own}\"")]);
    }
    syncline(&["verify", &middle]).assert_tells(&["nothing is damaged"]);
}

/// Passes on what comes between clients and a relay; tells when so many bytes of a client's went by.
fn counting(relay: SocketAddr, most: &Arc<AtomicUsize>, told: &Sender<()>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (most, told) = (Arc::clone(most), told.clone());
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let server = TcpStream::connect(relay).unwrap();
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || pass_on(back.0, back.1, |_| {}));
            let (most, told) = (Arc::clone(&most), told.clone());
            thread::spawn(move || {
                pass_on(client, server, |passed| {
                    if passed > most.load(Ordering::SeqCst) {
                        most.store(usize::MAX, Ordering::SeqCst);
                        let _ = told.send(());
                    }
                });
                // It is over, one way or another.
                let _ = told.send(());
            });
        }
    });
    address
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(usize)) {
    let (mut buffer, mut passed) = ([0; 8192], 0);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        passed += count;
        note(passed);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

#[test]
fn a_client_that_is_killed_in_mid_transfer_goes_on() {
    let (_, kills) = size();
    let folder = Folder::new("network_killed_client");
    let middle = store(&folder, "relay.store", "");
    let one = store(&folder, "one.store", "");
    let mut state = 1u64;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[4]
    };
    let bytes: Vec<u8> = (0..2_000_000).map(byte).collect();
    let mut writing = Store::open(&one, &StoreOptions::new()).unwrap();
    let blob = writing.put_blob(&bytes[..]).unwrap();
    for number in 0..20 {
        let mut document = writing.create_document(&format!("{number}")).unwrap();
        let part = bytes[number * 30_000..][..30_000].to_vec();
        let written = document.doc_mut().transact(|tx| {
            tx.map("parts").set("bytes", part)?;
            tx.text("body").push(&format!("{blob}"))
        });
        written.unwrap();
        writing.commit(&mut document, &Entry::new()).unwrap();
    }
    drop(writing);
    let relay = Relay::serve(&middle, &[]);
    let at: SocketAddr = relay.url["ws://".len()..relay.url.len() - 1]
        .parse()
        .unwrap();
    let most: Arc<AtomicUsize> = Arc::default();
    let (told, reached) = channel();
    let proxy = format!("ws://{}/", counting(at, &most, &told));
    for kill in 0..kills {
        // In the middle of documents, then of the blob.
        most.store(200_000 + kill * 317_000 % 700_000, Ordering::SeqCst);
        let mut child = super::command(&["sync", &one, &proxy]).spawn().unwrap();
        reached.recv().unwrap();
        let _ = child.kill();
        child.wait().unwrap();
        // That its connection is over may be told later: then the next one is killed early.
        while reached.try_recv().is_ok() {}
    }
    most.store(usize::MAX, Ordering::SeqCst);
    syncline(&["sync", &one, &proxy]).assert_tells(&["stored there"]);
    syncline(&["sync", &one, &proxy, "--dry-run"]).assert_tells(&["0 documents: 0 operations"]);
    drop(relay);
    let there = Store::open(&middle, &StoreOptions::new()).unwrap();
    assert_eq!(there.documents().unwrap().names.len(), 20);
    let mut copy = vec![0; bytes.len()];
    there.open_blob(&blob).unwrap().fill(0, &mut copy).unwrap();
    assert!(copy == bytes, "the blob is another");
    syncline(&["verify", &middle]).assert_tells(&["nothing is damaged"]);
    syncline(&["verify", &one]).assert_tells(&["nothing is damaged"]);
}
