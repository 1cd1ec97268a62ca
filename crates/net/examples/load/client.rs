//! A client: a session of one document over a socket, without a store.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use syncline::Doc;
use syncline::sync::{Event, Only, Options, Session, Workspace};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::Failed;

/// Where the times of writes stand.
const TIMES: &str = "times";

/// See the module.
pub(crate) struct Client {
    link: Option<Link>,
    notes: Workspace,
    document: String,
    number: usize,
    written: usize,
    /// Times are counted from here.
    epoch: Instant,
}

struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Session,
    /// Frames of the session that were sent, and that are stored on the other side.
    sent: u64,
    stored: u64,
}

/// How long a client waited, from when all began to connect.
pub(crate) struct Waited {
    /// Until it was in step, and all of its own was stored.
    pub(crate) stored: Duration,
    /// Until it had all that the others wrote.
    pub(crate) whole: Duration,
}

impl Client {
    pub(crate) fn new(number: usize, document: String, epoch: Instant) -> Client {
        Client {
            link: None,
            notes: Workspace::new(),
            document,
            number,
            written: 0,
            epoch,
        }
    }

    pub(crate) fn document(&self) -> &str {
        &self.document
    }

    /// What it holds.
    pub(crate) fn doc(&self) -> Option<&Doc> {
        self.notes.get(&self.document)
    }

    pub(crate) async fn connect(&mut self, address: SocketAddr) -> Result<(), Failed> {
        let config = WebSocketConfig::default().read_buffer_size(4 << 10);
        let url = format!("ws://{address}/");
        let (mut socket, _) = connect_async_with_config(url, Some(config), true).await?;
        let greeting = Bytes::from_static(&[0, 1, 0, 0, 0, 0]);
        socket.send(Message::Binary(greeting)).await?;
        let mut options = Options::default();
        options.only = Only::Names(vec![self.document.clone()]);
        let nonce = (self.number as u64 + 1) << 32 | self.written as u64;
        let session = Session::ask(&mut self.notes, nonce, options)?;
        self.link = Some(Link {
            socket,
            session,
            sent: 0,
            stored: 0,
        });
        self.send().await
    }

    /// Writes once a second, so many times, and tells how long what others write was on its way.
    pub(crate) async fn write(
        &mut self,
        first: Instant,
        seconds: usize,
        tell: &mpsc::UnboundedSender<Duration>,
    ) -> Result<(), Failed> {
        for second in 0..=seconds {
            let next = first + Duration::from_secs(second as u64);
            while let Some(bytes) = self.next_before(next).await? {
                for delay in self.take(&bytes)? {
                    tell.send(delay)?;
                }
                self.send().await?;
            }
            if second < seconds {
                self.write_once()?;
                self.send().await?;
            }
        }
        self.link = None;
        Ok(())
    }

    /// Writes so many times, with nobody to send it to.
    pub(crate) fn write_alone(&mut self, times: usize) -> Result<(), Failed> {
        (0..times).try_for_each(|_| self.write_once())
    }

    /// Connects, and goes on until all is stored and it has so many operations.
    pub(crate) async fn catch_up(
        &mut self,
        address: SocketAddr,
        begin: Instant,
        all: usize,
    ) -> Result<Waited, Failed> {
        self.connect(address).await?;
        let (mut stored, mut whole) = (None, None);
        let end = begin + Duration::from_secs(60);
        loop {
            if self.is_stored() {
                stored.get_or_insert_with(|| begin.elapsed());
            }
            if self.operations() == all {
                whole.get_or_insert_with(|| begin.elapsed());
            }
            if let (Some(stored), Some(whole)) = (stored, whole) {
                return Ok(Waited { stored, whole });
            }
            let next = self.next_before(end).await?;
            self.take(&next.ok_or("a client waited for a minute")?)?;
            self.send().await?;
        }
    }

    fn is_stored(&self) -> bool {
        let link = self.link.as_ref();
        link.is_some_and(|link| link.session.is_settled() && link.stored == link.sent)
    }

    fn operations(&self) -> usize {
        let version = self.doc().map(Doc::version_vector).unwrap_or_default();
        version.iter().map(|(_, count)| count as usize).sum()
    }

    fn write_once(&mut self) -> Result<(), Failed> {
        let now = i64::try_from(self.epoch.elapsed().as_micros())?;
        let name = self.number.to_string();
        let doc = self.notes.open(&self.document);
        doc.transact(|tx| tx.map(TIMES).set(&name, now))?;
        self.written += 1;
        Ok(())
    }

    fn link(&mut self) -> Result<&mut Link, Failed> {
        self.link.as_mut().ok_or_else(|| "not connected".into())
    }

    /// The next frame, if one comes before that time.
    async fn next_before(&mut self, time: Instant) -> Result<Option<Bytes>, Failed> {
        let link = self.link()?;
        loop {
            tokio::select! {
                message = link.socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes)),
                    Some(Ok(_)) => {}
                    _ => return Err("the relay is gone".into()),
                },
                () = sleep_until(time.into()) => return Ok(None),
            }
        }
    }

    /// Takes in a frame; gives how long what others wrote was on its way.
    fn take(&mut self, bytes: &[u8]) -> Result<Vec<Duration>, Failed> {
        let mut delays = Vec::new();
        let Client {
            link: Some(link),
            notes,
            ..
        } = self
        else {
            return Ok(delays);
        };
        let message = match bytes {
            [1, message @ ..] => message,
            [2, count @ ..] => {
                link.stored = u64::from_le_bytes(count.try_into()?);
                return Ok(delays);
            }
            [3, why @ ..] => return Err(String::from_utf8_lossy(why).into()),
            _ => return Ok(delays),
        };
        link.session.receive(notes, message)?;
        let now = self.epoch.elapsed();
        while let Some(event) = link.session.next_event() {
            let Event::Changed { change, .. } = event else {
                continue;
            };
            for (_, value) in change.map(TIMES) {
                let written = value.and_then(|value| value.to_json().as_u64());
                let written = written.map(Duration::from_micros);
                delays.extend(written.map(|written| now.saturating_sub(written)));
            }
        }
        Ok(delays)
    }

    async fn send(&mut self) -> Result<(), Failed> {
        let Client {
            link: Some(link),
            notes,
            ..
        } = self
        else {
            return Ok(());
        };
        while let Some(message) = link.session.next_message(notes)? {
            let frame = [&[1], &*message].concat();
            link.socket.send(Message::Binary(frame.into())).await?;
            link.sent += 1;
        }
        Ok(())
    }
}
