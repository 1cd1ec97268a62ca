//! A program that speaks the frames by itself: of another age than this one, or asking for what is not its own.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use syncline::sync::{Event, Options, Session, Workspace};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{soon, url};

pub(crate) struct Speaker {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) notes: Workspace,
    session: Session,
    pub(crate) events: Vec<Event>,
    /// The frames that came, with their kinds, the greeting first.
    pub(crate) heard: Vec<Vec<u8>>,
    /// All frames in order; whether each was said here.
    pub(crate) all: Vec<(bool, Vec<u8>)>,
}

impl Speaker {
    /// Greets with these features, and begins a session about these documents.
    pub(crate) async fn greet(
        relay: SocketAddr,
        token: Option<&str>,
        features: u32,
        mut notes: Workspace,
    ) -> Speaker {
        let mut request = url(relay).into_client_request().unwrap();
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let (socket, _) = connect_async(request).await.unwrap();
        let session = Session::ask(&mut notes, 7, Options::default()).unwrap();
        let mut speaker = Speaker {
            socket,
            notes,
            session,
            events: Vec::new(),
            heard: Vec::new(),
            all: Vec::new(),
        };
        let greeting = [&[1][..], &features.to_le_bytes()].concat();
        speaker.send(0, &greeting).await;
        speaker
    }

    pub(crate) async fn send(&mut self, kind: u8, body: &[u8]) {
        let frame = [&[kind], body].concat();
        self.all.push((true, frame.clone()));
        let message = Message::Binary(Bytes::from(frame));
        self.socket.send(message).await.unwrap();
    }

    /// Says what the session has to say.
    pub(crate) async fn say(&mut self) {
        while let Some(message) = self.session.next_message(&mut self.notes).unwrap() {
            self.send(1, &message).await;
        }
    }

    /// The next frame that comes, which the session takes in where it is one of its own.
    pub(crate) async fn hear(&mut self) -> Vec<u8> {
        loop {
            self.say().await;
            let message = soon(self.socket.next()).await.unwrap().unwrap();
            let Message::Binary(bytes) = message else {
                continue;
            };
            if bytes[0] == 1 {
                self.session.receive(&mut self.notes, &bytes[1..]).unwrap();
            }
            while let Some(event) = self.session.next_event() {
                self.events.push(event);
            }
            self.heard.push(bytes.to_vec());
            self.all.push((false, bytes.to_vec()));
            return bytes.to_vec();
        }
    }

    /// Goes on until that is so.
    pub(crate) async fn until(&mut self, is_so: impl Fn(&Speaker) -> bool) {
        while !is_so(self) {
            self.hear().await;
        }
        self.say().await;
    }

    /// Whether both have what the other had, and the relay has said of all that was said that it is stored.
    pub(crate) fn is_through(&self) -> bool {
        let said = self
            .all
            .iter()
            .filter(|(is_said, frame)| *is_said && frame[0] == 1);
        let stored = [&[2][..], &(said.count() as u64).to_le_bytes()].concat();
        self.session.is_settled() && self.heard.contains(&stored)
    }

    /// Asks, and gives the answer: the next frame of blobs.
    pub(crate) async fn asked(&mut self, kind: u8, body: &[&[u8]]) -> Vec<u8> {
        self.send(kind, &body.concat()).await;
        loop {
            let frame = self.hear().await;
            if frame[0] >= 8 {
                return frame;
            }
        }
    }
}
