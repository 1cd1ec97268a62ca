//! Programs of different ages: what an older one does not know is not said to it, and they sync with each other.
//!
//! Version 1 without any feature is the format before this one. `vectors/version-1.txt` is a session of it, as it went over the wire
//! (`>` the program, `<` the relay): later relays have to understand that program, and later programs that relay.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use syncline::sync::{Event, Options, Session, Workspace};
use syncline::{Doc, Peer};
use syncline_net::{Limits, Replica};
use syncline_store::{Entry, Store};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{accept_async, connect_async};

use crate::speaker::Speaker;
use crate::support::{Site, in_step, soon, url};

/// What a document says.
fn body(notes: &Workspace, document: &str) -> String {
    let doc = notes.get(document);
    doc.map(|doc| doc.text("body").to_string())
        .unwrap_or_default()
}

/// A program that greets as those before any feature did, and may only read a document that it has written to.
#[tokio::test]
async fn an_older_program_is_told_nothing_that_it_does_not_know() {
    let middle = Site::new();
    middle.push("rules", "be kind").await;
    middle.put("album", b"a picture").await;
    let tokens =
        "0123456789abcdef Ann read: rules\n0123456789abcdef Ann album\nfedcba9876543210 Ben";
    let relay = middle.serve(Some(tokens)).await;
    let mut notes = Workspace::new();
    let mine = notes
        .open("rules")
        .transact(|tx| tx.text("body").push("mine"));
    mine.unwrap();
    let token = Some("0123456789abcdef");
    let mut older = Speaker::greet(relay.address(), token, 0, notes).await;
    let is_told = |older: &Speaker| {
        let mut events = older.events.iter();
        events.any(|event| matches!(event, Event::Unwanted { document } if document == "rules"))
    };
    older
        .until(|older| is_told(older) && !body(&older.notes, "album").is_empty())
        .await;
    let kinds: BTreeSet<u8> = older.heard.iter().map(|frame| frame[0]).collect();
    assert!(kinds.iter().all(|kind| *kind <= 2), "{kinds:?}");
    let of_session = older.heard.iter().filter(|frame| frame[0] == 1);
    let messages: BTreeSet<u8> = of_session.map(|frame| frame[1]).collect();
    assert!(
        !messages.contains(&66) && messages.contains(&10),
        "{messages:?}"
    );
    // A newer one beside it has all.
    let ben = Site::new();
    in_step(&super::follow(&ben, &relay, "fedcba9876543210")).await;
    assert_eq!(ben.body("rules").await.unwrap(), "be kind");
}

/// A relay that greets as those before any feature did, and knows their frames alone. Gives what it has.
async fn older_relay(notes: Workspace) -> (SocketAddr, Arc<Mutex<Workspace>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let notes = Arc::new(Mutex::new(notes));
    let there = Arc::clone(&notes);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        let mut session = Session::answer(Options::default());
        let mut taken = 0u64;
        let greeting = Message::Binary(Bytes::from_static(&[0, 1, 0, 0, 0, 0]));
        socket.send(greeting).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            let Message::Binary(bytes) = message else {
                continue;
            };
            let mut frames = Vec::new();
            match bytes[0] {
                0 | 2 => {}
                1 => {
                    let mut notes = there.lock().unwrap();
                    session.receive(&mut *notes, &bytes[1..]).unwrap();
                    while let Some(message) = session.next_message(&mut *notes).unwrap() {
                        frames.push([&[1], &message[..]].concat());
                    }
                    taken += 1;
                    frames.push([&[2][..], &taken.to_le_bytes()].concat());
                }
                kind => panic!("a frame of kind {kind}, which it does not know"),
            }
            for frame in frames {
                socket.send(Message::Binary(frame.into())).await.unwrap();
            }
        }
    });
    (address, notes)
}

#[tokio::test]
async fn an_older_relay_and_a_newer_program_sync() {
    let (relay, there) = older_relay(notes_of(3, "theirs", "from an older relay")).await;
    let one = Site::new();
    one.push("ours", "from a newer program").await;
    one.put("ours", b"which it cannot take").await;
    let worker = one.follow(relay);
    let status = in_step(&worker).await;
    assert_eq!((status.failures, &status.blobs), (0, &Default::default()));
    assert!(status.leaves_blobs);
    assert_eq!(one.body("theirs").await.unwrap(), "from an older relay");
    // What is typed then goes too, and is confirmed.
    let written = one.push("ours", ", later").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    let ours = body(&there.lock().unwrap(), "ours");
    assert!(ours.starts_with("from a newer program[") && ours.ends_with(", later"));
    assert!(worker.status().borrow().failures == 0);
}

/// A document by a peer that is always the same.
fn doc_of(peer: u64, text: &str) -> Doc {
    let mut doc = Doc::with_peer(Peer::new(peer).unwrap());
    doc.transact(|tx| tx.text("body").push(text)).unwrap();
    doc
}

fn notes_of(peer: u64, document: &str, text: &str) -> Workspace {
    let mut notes = Workspace::new();
    notes.insert(document, doc_of(peer, text));
    notes
}

/// What the program of the recorded session had, and what its relay did.
fn of_program() -> Workspace {
    notes_of(5, "of the program", "written by the program")
}

fn of_relay() -> Workspace {
    notes_of(6, "of the relay", "kept by the relay")
}

/// A relay's site with what it had.
async fn recorded_relay() -> Site {
    Site::of(|mut store: Store| {
        let mut document = store.create_document("of the relay").unwrap();
        let doc = doc_of(6, "kept by the relay");
        document.doc_mut().merge(&doc.save()).unwrap();
        store.commit(&mut document, &Entry::new()).unwrap();
        Replica::open(store, Limits::default()).unwrap()
    })
}

const RECORDED: &str = include_str!("vectors/version-1.txt");

/// Whether the program said it, and the frame.
fn recorded() -> Vec<(bool, Vec<u8>)> {
    let frames = RECORDED.lines().filter_map(|line| {
        let (side, hex) = line.split_once(' ')?;
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes = (0..hex.len()).step_by(2).map(byte).collect();
        Some((side == ">", bytes))
    });
    frames.collect()
}

/// Writes the session that went over the wire: `cargo test -p syncline-net --test relay -- --ignored`.
#[tokio::test]
#[ignore = "it writes the vector, which is to stay as it is"]
async fn record() {
    let relay = recorded_relay().await.serve(None).await;
    let mut older = Speaker::greet(relay.address(), None, 0, of_program()).await;
    older.until(Speaker::is_through).await;
    let mut lines = String::new();
    for (is_said, frame) in &older.all {
        let side = if *is_said { ">" } else { "<" };
        let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(lines, "{side} {hex}").unwrap();
    }
    let path = "tests/relay/vectors/version-1.txt";
    std::fs::write(path, lines).unwrap();
}

#[tokio::test]
async fn a_recorded_program_is_understood() {
    let middle = recorded_relay().await;
    let relay = middle.serve(None).await;
    let (mut socket, _) = connect_async(url(relay.address())).await.unwrap();
    let mut was_heard = false;
    let mut said = 0u64;
    for (is_said, frame) in recorded() {
        if !is_said {
            was_heard |= frame[0] == 1;
            continue;
        }
        // It spoke when it had heard something of the session.
        while std::mem::take(&mut was_heard) {
            let message = soon(socket.next()).await.unwrap().unwrap();
            was_heard = message.into_data()[0] != 1;
        }
        said += u64::from(frame[0] == 1);
        socket.send(Message::Binary(frame.into())).await.unwrap();
    }
    let stored = [&[2][..], &said.to_le_bytes()].concat();
    while soon(socket.next()).await.unwrap().unwrap().into_data() != stored {}
    let has = middle.body("of the program").await;
    assert_eq!(has.as_deref(), Some("written by the program"));
    assert_eq!(middle.on_disk("of the program"), has);
}

#[test]
fn a_recorded_relay_is_understood() {
    let mut notes = of_program();
    // The greeting says that it knows no other.
    let mut options = Options::default();
    options.knows_summary_2 = false;
    let mut session = Session::ask(&mut notes, 7, options).unwrap();
    for (is_said, frame) in recorded() {
        while session.next_message(&mut notes).unwrap().is_some() {}
        if !is_said && frame[0] == 1 {
            session.receive(&mut notes, &frame[1..]).unwrap();
        }
    }
    assert_eq!(body(&notes, "of the relay"), "kept by the relay");
    // What it had said is what this program says: the relay would have it.
    let said: Vec<_> = recorded()
        .into_iter()
        .filter(|(is_said, _)| *is_said)
        .collect();
    assert_eq!(said[0].1, [0, 1, 0, 0, 0, 0]);
    let mut there = of_relay();
    let mut answer = Session::answer(Options::default());
    for (_, frame) in &said[1..] {
        answer.receive(&mut there, &frame[1..]).unwrap();
        while answer.next_message(&mut there).unwrap().is_some() {}
    }
    assert_eq!(body(&there, "of the program"), "written by the program");
}
