//! A relay among clients that mean it no good.
//!
//! - Whatever they send, they are told off or let go, and others go on.
//! - A request that asks for no WebSocket gets an answer that says so.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::iter;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use support::{Site, get, in_step, pair, raw, soon, url};
use syncline_net::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Sends messages, and hears what comes until the connection ends; gives the last frame.
async fn say(relay: SocketAddr, messages: Vec<Message>) -> Vec<u8> {
    let (mut socket, _) = connect_async(url(relay)).await.unwrap();
    for message in messages {
        // It may be over before all is said.
        if socket.send(message).await.is_err() {
            break;
        }
    }
    let mut last = Vec::new();
    while let Some(Ok(message)) = soon(socket.next()).await {
        if let Message::Binary(bytes) = message {
            last = bytes.to_vec();
        }
    }
    last
}

fn frame(kind: u8, body: &[u8]) -> Message {
    Message::Binary(Bytes::from([&[kind], body].concat()))
}

#[tokio::test]
async fn others_go_on() {
    let mut limits = Limits::default();
    limits.frame_bytes = 100_000;
    let (middle, relay, one, worker) = pair(&limits).await;
    let greeting = || frame(0, &[1, 0, 0, 0, 0]);
    let with_blobs = || frame(0, &[1, 255, 0, 0, 0]);
    for messages in [
        vec![Message::text("hello")],
        vec![frame(1, b"no greeting first")],
        vec![frame(0, &[9, 0, 0, 0, 0])],
        vec![frame(0, &[1])],
        vec![frame(7, b"")],
        vec![greeting(), greeting()],
        vec![greeting(), Message::text("words")],
        vec![greeting(), frame(1, b"")],
        vec![greeting(), frame(1, &[0; 50])],
        vec![greeting(), frame(1, &[255; 5000])],
        vec![greeting(), frame(2, &[9; 8])],
        vec![greeting(), frame(2, &[9; 3])],
        vec![greeting(), frame(3, b"enough")],
        vec![greeting(), frame(1, &[1; 200_000])],
        // Of blobs: what was not agreed on, what was not asked for, too much of it, and lists that are none.
        vec![greeting(), frame(4, &[1])],
        vec![with_blobs(), frame(4, &[1; 20])],
        vec![with_blobs(), frame(5, &[9; 8])],
        vec![with_blobs(), frame(8, &[0; 40])],
        vec![with_blobs(), frame(9, b"bytes")],
        vec![with_blobs(), frame(9, &[0; 300_000])],
        vec![with_blobs(), frame(10, b"")],
        vec![with_blobs(), frame(7, &[255; 52])],
        vec![with_blobs(), frame(11, b"\x1b[2J")],
        iter::once(with_blobs())
            .chain(iter::repeat_n(frame(6, &[0; 44]), 10_000))
            .collect(),
        iter::once(with_blobs())
            .chain(iter::repeat_n(
                frame(4, &[[0; 1].as_slice(), &[7; 48 * 256]].concat()),
                30,
            ))
            .chain([frame(3, b"enough")])
            .collect(),
        vec![Message::Close(None)],
    ] {
        say(relay.address(), messages).await;
        let written = one.push("notes", "x").await;
        soon(one.replica.confirmed(&written)).await.unwrap();
    }
    let status = in_step(&worker).await;
    assert_eq!(status.failures, 0);
    assert_eq!(middle.on_disk("notes").unwrap(), "x".repeat(26));
}

#[tokio::test]
async fn other_requests_are_answered() {
    let middle = Site::new();
    let relay = middle.serve(None).await;
    let request = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: x\r\n{more}Connection: close\r\n\r\n")
    };
    for (request, expected) in [
        (request("/healthz", ""), "200 OK"),
        (request("/metrics", ""), "syncline_connections 0"),
        (request("/", ""), "426"),
        (
            request("/", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
            "426",
        ),
        (request("/../../etc/passwd", ""), "404"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = raw(relay.address(), &request).await;
        assert!(answer.contains(expected), "{request}: {answer}");
    }
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let mut limits = Limits::default();
    limits.greeting = Duration::from_millis(50);
    limits.connections = 3;
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    // More than there is room for: silent ones, ones that begin a request, ones that do not greet.
    for request in ["", "GET / HTTP/1.1\r\nHost:", ""] {
        let open = (0..5).map(|_| tokio::spawn(raw(relay.address(), request)));
        for one in open.collect::<Vec<_>>() {
            one.await.unwrap();
        }
    }
    for _ in 0..5 {
        let (mut socket, _) = connect_async(url(relay.address())).await.unwrap();
        let mut last = Vec::new();
        while let Some(Ok(Message::Binary(bytes))) = soon(socket.next()).await {
            last = bytes.to_vec();
        }
        assert_eq!(last, b"\x03the other side took too long to greet");
    }
    let answer = raw(relay.address(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn there_are_as_many_connections_as_the_limit_says() {
    let mut limits = Limits::default();
    limits.connections = 2;
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    let one = connect_async(url(relay.address())).await.unwrap();
    let two = connect_async(url(relay.address())).await.unwrap();
    assert!(connect_async(url(relay.address())).await.is_err());
    drop(one);
    while connect_async(url(relay.address())).await.is_err() {
        tokio::task::yield_now().await;
    }
    drop(two);
}

#[tokio::test]
async fn who_does_not_take_an_answer_is_let_go() {
    let mut limits = Limits::default();
    (limits.greeting, limits.sending) = [Duration::from_millis(50); 2].into();
    limits.connections = 3;
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    // Requests without end, of which no answer is read.
    let mut open = Vec::new();
    for _ in 0..6 {
        let mut socket = TcpStream::connect(relay.address()).await.unwrap();
        let request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
        let asking = async move {
            while soon(socket.write_all(request.as_bytes())).await.is_ok() {}
            socket
        };
        open.push(tokio::spawn(asking));
    }
    for asking in open {
        asking.await.unwrap();
    }
    let answer = get(relay.address(), "/healthz").await;
    assert!(answer.contains("200 OK"), "{answer}");
}
