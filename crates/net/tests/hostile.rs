//! A relay among clients that mean it no good.
//!
//! - Whatever they send, they are told off or let go, and others go on.
//! - Who is silent, or takes nothing, is let go; there is room for so many, and for so many of one name.
//! - A program goes on after relays that mean it no good, and has what it had.
//! - A request that asks for no WebSocket gets an answer that says so.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::iter;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use support::{Site, get, in_step, pair, raw, soon, url};
use syncline_net::{Limits, Rate};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{accept_async, connect_async};

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

/// Whether it is told why it ends it: not where it ends it itself, nor where a frame is larger than what is read.
fn is_answered(message: &Message) -> bool {
    match message {
        Message::Binary(bytes) => bytes[0] != 3 && bytes.len() < 100_000,
        message => message.is_text(),
    }
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
        let is_told = messages.len() < 10 && messages.last().is_some_and(is_answered);
        let last = say(relay.address(), messages).await;
        assert!(!is_told || last[0] == 3, "{last:?}");
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
        (
            request("/healthz", &format!("Long: {}\r\n", "x".repeat(20_000))),
            "431",
        ),
        (
            request("/", &format!("Long: {}\r\n", "x".repeat(5_000))),
            "431",
        ),
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

#[tokio::test]
async fn there_are_as_many_connections_of_one_name_as_the_limit_says() {
    let mut limits = Limits::default();
    limits.connections_of_one = 2;
    let middle = Site::limited(limits);
    let tokens = "0123456789abcdef Ann\nfedcba9876543210 Ann\n0000000000000000 Ben";
    let relay = middle.serve(Some(tokens)).await;
    let connect = |token: &str| {
        let mut request = url(relay.address()).into_client_request().unwrap();
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
        connect_async(request)
    };
    // Of one name, whichever of its tokens is shown.
    let one = connect("0123456789abcdef").await.unwrap();
    let two = connect("fedcba9876543210").await.unwrap();
    assert!(connect("0123456789abcdef").await.is_err());
    assert!(connect("fedcba9876543210").await.is_err());
    let other = connect("0000000000000000").await.unwrap();
    drop(one);
    while connect("0123456789abcdef").await.is_err() {
        tokio::task::yield_now().await;
    }
    drop((two, other));
}

#[tokio::test]
async fn who_falls_silent_is_let_go_and_who_answers_stays() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(50);
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let (mut socket, _) = connect_async(url(relay.address())).await.unwrap();
        socket.send(frame(0, &[1, 0, 0, 0, 0])).await.unwrap();
        sockets.push(socket);
    }
    let [mut silent, mut heard] = <[_; 2]>::try_from(sockets).unwrap();
    // What is read is answered by itself.
    let mut pings = 0;
    while pings < 6 {
        let message = soon(heard.next()).await.unwrap().unwrap();
        pings += u32::from(matches!(message, Message::Ping(_)));
    }
    let mut asked = 0;
    while let Some(Ok(message)) = soon(silent.next()).await {
        asked += u32::from(matches!(message, Message::Ping(_)));
    }
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn who_asks_whether_it_is_there_all_the_time_is_slowed() {
    let mut limits = Limits::default();
    limits.rates.frames = Rate::per_second(20).burst(5);
    let middle = Site::limited(limits);
    let relay = middle.serve(None).await;
    let begun = Instant::now();
    let asks = iter::repeat_n(Message::Ping(Bytes::new()), 20);
    let messages = iter::once(frame(0, &[1, 0, 0, 0, 0])).chain(asks);
    let last = say(relay.address(), messages.chain([frame(9, b"")]).collect()).await;
    assert_eq!(last[0], 3);
    assert!(begun.elapsed() > Duration::from_millis(700));
}

/// A relay that says these, to one after another who connects, and takes whatever comes.
async fn malicious(says: Vec<Vec<Message>>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        for messages in says {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = accept_async(stream).await.unwrap();
            for message in messages {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    (address, task)
}

#[tokio::test]
async fn a_program_goes_on_after_relays_that_mean_it_no_good() {
    let one = Site::new();
    one.put("notes", b"a picture").await;
    let before = one.body("notes").await;
    let greeting = || frame(0, &[1, 255, 0, 0, 0]);
    let (relay, task) = malicious(vec![
        vec![Message::text("hello")],
        vec![frame(0, &[9, 0, 0, 0, 0])],
        vec![frame(1, b"no greeting first")],
        vec![greeting(), greeting()],
        // Of the session: nonsense, and what no frame may be as large as.
        vec![greeting(), frame(1, b"")],
        vec![greeting(), frame(1, &[255; 5000])],
        vec![greeting(), frame(1, &vec![1; 5 << 20])],
        // What was not sent is stored; what was not offered is settled, or asked for; what was not asked for comes.
        vec![greeting(), frame(2, &[9; 8])],
        vec![greeting(), frame(5, &[9; 8])],
        vec![greeting(), frame(7, &[255; 52])],
        vec![greeting(), frame(8, &[0; 40])],
        vec![greeting(), frame(9, b"bytes")],
        vec![greeting(), frame(10, b"")],
        iter::once(greeting())
            .chain(iter::repeat_n(frame(6, &[0; 44]), 10_000))
            .collect(),
        vec![greeting(), frame(3, b"\x1b[2J enough")],
        vec![greeting(), Message::Close(None)],
    ])
    .await;
    let worker = one.follow(relay);
    let mut told = worker.status();
    let is_through = async {
        while !task.is_finished() {
            let why = told.borrow_and_update().trouble.clone();
            let is_plain = |why: &str| !why.chars().any(char::is_control);
            assert!(why.is_none_or(|why| is_plain(&why.what)));
            told.changed().await.unwrap();
        }
    };
    soon(is_through).await;
    assert!(!worker.status().borrow().is_confirmed);
    assert_eq!(one.body("notes").await, before);
    // Then it meets one that means it well.
    let middle = Site::new();
    let relay = middle.serve(None).await;
    in_step(&one.follow(relay.address())).await;
    assert_eq!(middle.body("notes").await, before);
    worker.stop().await;
}
