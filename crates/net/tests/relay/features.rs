//! Programs of different ages: what an older one does not know is not said to it.

use std::collections::BTreeSet;

use futures_util::{SinkExt, StreamExt};
use syncline::sync::{Event, Options, Session, Workspace};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::support::{Site, in_step, soon, url};

fn frame(kind: u8, body: &[u8]) -> Message {
    Message::Binary(Bytes::from([&[kind], body].concat()))
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
    let mut request = url(relay.address()).into_client_request().unwrap();
    let token = "Bearer 0123456789abcdef".parse().unwrap();
    request.headers_mut().insert(AUTHORIZATION, token);
    let (mut socket, _) = connect_async(request).await.unwrap();
    socket.send(frame(0, &[1, 0, 0, 0, 0])).await.unwrap();
    let mut notes = Workspace::new();
    let mine = notes
        .open("rules")
        .transact(|tx| tx.text("body").push("mine"));
    mine.unwrap();
    let mut session = Session::ask(&mut notes, 7, Options::default()).unwrap();
    let (mut frames, mut messages) = (BTreeSet::new(), BTreeSet::new());
    let mut is_told = false;
    while !(is_told
        && notes
            .get("album")
            .is_some_and(|album| album.operations() > 0))
    {
        while let Some(message) = session.next_message(&mut notes).unwrap() {
            socket.send(frame(1, &message)).await.unwrap();
        }
        let Message::Binary(bytes) = soon(socket.next()).await.unwrap().unwrap() else {
            continue;
        };
        frames.insert(bytes[0]);
        if bytes[0] == 1 {
            messages.insert(bytes[1]);
            session.receive(&mut notes, &bytes[1..]).unwrap();
        }
        while let Some(event) = session.next_event() {
            is_told |= matches!(event, Event::Unwanted { document } if document == "rules");
        }
    }
    assert!(frames.iter().all(|kind| *kind <= 2), "{frames:?}");
    assert!(
        !messages.contains(&66) && messages.contains(&10),
        "{messages:?}"
    );
    // A newer one beside it has all.
    let ben = Site::new();
    in_step(&super::follow(&ben, &relay, "fedcba9876543210")).await;
    assert_eq!(ben.body("rules").await.unwrap(), "be kind");
}
