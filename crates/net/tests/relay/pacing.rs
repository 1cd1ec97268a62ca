//! What a relay takes in a second, and at once.
//!
//! - A program sends no faster than it was told, and nothing is lost by that.
//! - Who paces nothing is slowed, and not let go.
//! - What is large comes in frames that the other side takes, or in one where the program is from before that; what it does not take at all is left out by name, and others go on.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use syncline::Doc;
use syncline::sync::{Carries, Options as SessionOptions, Session, Workspace};
use syncline_net::{Limits, Rate};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::speaker::Speaker;
use crate::support::{Site, in_step, noise, soon, until};

/// A relay that says how much it takes, and takes whatever comes: gives when each change came, once a document says that.
async fn note_changes(listener: TcpListener, terms: [u32; 10], expected: String) -> Vec<Instant> {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = accept_async(stream).await.unwrap();
    let mut greeting = vec![0, 1, 0, 0, 0, 0];
    greeting.extend(terms.into_iter().flat_map(u32::to_le_bytes));
    let mut session = Session::answer(SessionOptions::default());
    let mut notes = Workspace::new();
    let mut came = Vec::new();
    let mut frame = greeting;
    loop {
        socket
            .send(Message::Binary(Bytes::from(frame)))
            .await
            .unwrap();
        frame = loop {
            if let Some(message) = session.next_message(&mut notes).unwrap() {
                break [&[1], &*message].concat();
            }
            let body = notes.get("notes").map(|doc| doc.text("body").to_string());
            if body.as_ref() == Some(&expected) {
                return came;
            }
            let message = soon(socket.next()).await.unwrap().unwrap();
            let bytes = message.into_data();
            if let [1, message @ ..] = &*bytes {
                came.extend((Carries::of(message) == Carries::Change).then(Instant::now));
                session.receive(&mut notes, message).unwrap();
            }
        };
    }
}

#[tokio::test]
async fn a_program_sends_no_faster_than_it_was_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    // Of changes 20 a second, and 10 at once; the rest as it comes.
    let terms = [1 << 20, 4 << 20, 0, 0, 20, 10, 0, 0, 0, 0];
    let expected = "x".repeat(200);
    let noted = tokio::spawn(note_changes(listener, terms, expected));
    let one = Site::new();
    let worker = one.follow(address);
    for _ in 0..200 {
        one.push("notes", "x").await;
    }
    let came = soon(noted).await.unwrap();
    // So many at any time: what may come at once, and what the time since makes. They may have waited for each other on the way.
    let first = came[0];
    for (count, time) in came.iter().enumerate() {
        let most = 10.0 + time.duration_since(first).as_secs_f64() * 20.0 + 4.0;
        assert!(count as f64 <= most, "{count} of {}", came.len());
    }
    drop(worker);
}

#[tokio::test]
async fn who_paces_nothing_is_slowed_and_not_let_go() {
    let mut limits = Limits::default();
    limits.rates.changes = Rate::per_second(200).burst(50);
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    let mut notes = Workspace::new();
    let mut doc = Doc::new();
    doc.transact(|tx| tx.text("body").push("x")).unwrap();
    notes.insert("notes", doc);
    // A program from before any of this, and each letter as a change of its own.
    let mut speaker = Speaker::greet(relay.address(), None, 0, notes).await;
    speaker.until(Speaker::is_through).await;
    let begun = Instant::now();
    for _ in 0..250 {
        let doc = speaker.notes.get_mut("notes").unwrap();
        doc.transact(|tx| tx.text("body").push("x")).unwrap();
        speaker.say().await;
    }
    while middle.body("notes").await != Some("x".repeat(251)) {
        let _ = timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(900), "{took:?}");
    speaker.until(Speaker::is_through).await;
}

#[tokio::test]
async fn what_is_large_comes_in_frames_that_the_other_side_takes() {
    let mut limits = Limits::default();
    limits.frame_bytes = 20_000;
    let [middle, two] = [(); 2].map(|()| Site::limited(limits.clone()));
    let one = Site::new();
    let relay = middle.serve(None).await;
    let workers = [&one, &two].map(|site| site.follow(relay.address()));
    let bytes = noise(7, 1_000_000);
    let edited = one
        .replica
        .edit("notes", move |tx| tx.map("parts").set("1", bytes));
    let written = soon(edited).await.unwrap();
    soon(one.replica.confirmed(&written)).await.unwrap();
    let mut changed = two.replica.changed();
    loop {
        let [here, there] = [&one, &two].map(|site| site.replica.read("notes", Doc::to_json));
        if soon(here).await.unwrap() == soon(there).await.unwrap() {
            break;
        }
        soon(changed.changed()).await.unwrap();
    }
    for worker in &workers {
        assert_eq!(in_step(worker).await.failures, 0);
    }
}

#[tokio::test]
async fn a_large_change_of_a_program_from_before_comes_in_one_frame() {
    let middle = Site::new();
    let relay = middle.serve(None).await;
    let mut notes = Workspace::new();
    notes.insert("notes", Doc::new());
    let mut speaker = Speaker::greet(relay.address(), None, 0, notes).await;
    speaker.until(Speaker::is_through).await;
    // As they did: what has more than a piece, in a message of its own.
    let doc = speaker.notes.get_mut("notes").unwrap();
    let set = doc.transact(|tx| {
        for key in 0..4 {
            tx.map("parts").set(&key.to_string(), noise(key, 900_000))?;
        }
        Ok(())
    });
    set.unwrap();
    let expected = doc.to_json();
    speaker.say().await;
    let largest = speaker.all.iter().map(|(_, frame)| frame.len()).max();
    assert!(largest > Some(3_500_000), "{largest:?}");
    let mut changed = middle.replica.changed();
    while soon(middle.replica.read("notes", Doc::to_json))
        .await
        .unwrap()
        != Some(expected.clone())
    {
        soon(changed.changed()).await.unwrap();
    }
    speaker.until(Speaker::is_through).await;
}

#[tokio::test]
async fn a_change_that_is_not_taken_leaves_out_its_document_alone() {
    let mut limits = Limits::default();
    limits.message_bytes = 100_000;
    let [middle, one] = [Site::limited(limits), Site::new()];
    let relay = middle.serve(None).await;
    let set = |bytes: Vec<u8>| {
        one.replica
            .edit("large", move |tx| tx.map("parts").set("1", bytes))
    };
    soon(set(noise(7, 10_000))).await.unwrap();
    let worker = one.follow(relay.address());
    in_step(&worker).await;
    // While all goes on, and when they meet anew.
    soon(set(noise(8, 200_000))).await.unwrap();
    let status = until(&worker, |status| status.refused.contains_key("large")).await;
    let why = &status.refused["large"];
    assert!(why.contains("their_message_bytes"), "{why}");
    let written = one.push("small", "x").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    worker.stop().await;
    let worker = one.follow(relay.address());
    until(&worker, |status| status.refused.contains_key("large")).await;
    let written = one.push("small", "y").await;
    soon(one.replica.confirmed(&written)).await.unwrap();
    assert_eq!(worker.status().borrow().failures, 0);
}
