//! One connection: frames between a WebSocket and the keeper, alike on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::WebSocketConfig};

use crate::ask::{Ask, Asking, Connect, Id, Out};
use crate::error::Error;
use crate::features::Features;
use crate::frame::Frame;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::replica::Replica;
use crate::rights::Rights;

/// Bytes that are read from a socket at once.
const READ_BYTES: usize = 4 << 10;

/// What the WebSocket may cost.
pub(crate) fn config(limits: &Limits) -> WebSocketConfig {
    let most = limits.frame_bytes as usize;
    WebSocketConfig::default()
        .max_message_size(Some(most))
        .max_frame_size(Some(most))
        .max_write_buffer_size(2 * most)
        // Each connection holds these all the time; frames are mostly small.
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
}

/// Says what the other side calls a broken connection.
pub(crate) fn broken(error: impl std::fmt::Display) -> Error {
    Error::Connection {
        what: error.to_string(),
    }
}

/// The other side of a connection.
pub(crate) struct Other {
    /// By what name it is known.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) rights: Rights,
    /// How fast what comes from it is taken, and what goes to it is sent.
    pub(crate) receiving: Vec<Meter>,
    pub(crate) sending: Vec<Meter>,
}

/// Greets, and carries frames until either side ends it. Gives why it ended; `Ok` where the other side just left.
pub(crate) async fn run<S>(
    mut socket: WebSocketStream<S>,
    replica: &Replica,
    other: Other,
    asking: Option<Asking>,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = replica.limits();
    let features = match greet(&mut socket, limits).await {
        Ok(features) => features,
        Err(error) => {
            let _ = send(&mut socket, &Frame::End(error.to_string()), limits).await;
            let _ = timeout(limits.sending, socket.close(None)).await;
            return Err(error);
        }
    };
    let id = replica.next_id();
    let meters = (other.receiving, other.sending);
    let (out, frames) = mpsc::channel(limits.frames_waiting);
    let (wants_room, cost) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
    let out = Out {
        frames: out,
        wants_room: Arc::clone(&wants_room),
        cost: Arc::clone(&cost),
    };
    let connect = Connect {
        id,
        out,
        name: other.name,
        rights: Arc::new(other.rights),
        features,
        asking,
    };
    replica.ask(Ask::Connect(connect)).await?;
    let left = Left { replica, id };
    let ended = carry(&mut socket, replica, id, (frames, wants_room, cost), meters).await;
    drop(left);
    if let Err(error @ Error::Malformed { .. }) = &ended {
        let _ = send(&mut socket, &Frame::End(error.to_string()), limits).await;
    }
    // Whoever is gone already hears nothing of it.
    let _ = timeout(limits.sending, socket.close(None)).await;
    ended
}

/// A connection that the keeper has: it is told when it is gone, also where whoever carries it is dropped in the middle.
struct Left<'r> {
    replica: &'r Replica,
    id: Id,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.replica.note_gone(self.id);
    }
}

/// Says what this side can do, and hears what the other can, in time; gives what both can.
pub(crate) async fn greet<S>(
    socket: &mut WebSocketStream<S>,
    limits: &Limits,
) -> Result<Features, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeted = timeout(limits.greeting, exchange(socket, limits.features)).await;
    greeted.unwrap_or(Err(Error::TimedOut { what: "greet" }))
}

async fn exchange<S>(socket: &mut WebSocketStream<S>, ours: Features) -> Result<Features, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeting = Message::Binary(Bytes::from(Frame::greeting(ours).bytes()));
    socket.send(greeting).await.map_err(broken)?;
    loop {
        let message = socket.next().await.ok_or_else(|| broken("it was closed"))?;
        let bytes = match message.map_err(broken)? {
            Message::Binary(bytes) => bytes,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return Err(broken("it was closed")),
            _ => {
                return Err(Error::Malformed {
                    what: "frames are binary",
                });
            }
        };
        return match Frame::read(&bytes)? {
            Frame::Greeting { features, .. } => Ok(ours & features),
            Frame::End(why) => Err(Error::Ended { why }),
            _ => Err(Error::Malformed {
                what: "a greeting is due first",
            }),
        };
    }
}

async fn carry<S>(
    socket: &mut WebSocketStream<S>,
    replica: &Replica,
    id: Id,
    (mut frames, wants_room, cost): (mpsc::Receiver<Frame>, Arc<AtomicBool>, Arc<AtomicUsize>),
    (receiving, sending): (Vec<Meter>, Vec<Meter>),
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = replica.limits();
    let mut heard = Instant::now();
    let mut is_asked = false;
    // Until when nothing more is taken, or sent: too much of it came.
    let (mut takes_from, mut sends_from) = (heard, heard);
    loop {
        tokio::select! {
            frame = from(sends_from, frames.recv()) => {
                let Some(frame) = frame else {
                    return Err(Error::Closed);
                };
                let sent = send(socket, &frame, limits).await?;
                sends_from = next(&sending, sent, sends_from);
                if let Frame::End(why) = frame {
                    return Err(Error::Ended { why });
                }
                if frames.is_empty() && wants_room.swap(false, Ordering::SeqCst) {
                    replica.ask(Ask::Ready(id)).await?;
                }
            }
            message = from(takes_from, socket.next()) => {
                (heard, is_asked) = (Instant::now(), false);
                if let Some(Ok(message)) = &message {
                    let cost = message.len() + cost.swap(0, Ordering::SeqCst);
                    takes_from = next(&receiving, cost, takes_from);
                }
                match message {
                    None => return Ok(()),
                    Some(Ok(Message::Binary(bytes))) => {
                        match Frame::read(&bytes)? {
                            Frame::End(why) => return Err(Error::Ended { why }),
                            frame => replica.pass_on(id, frame, bytes.len()).await?,
                        }
                    }
                    Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Text(_))) => {
                        return Err(Error::Malformed { what: "frames are binary" });
                    }
                    Some(Err(error)) => return Err(broken(error)),
                }
            }
            // While nothing is taken nothing can be heard.
            () = sleep_until(heard.max(takes_from) + limits.silence) => {
                if std::mem::replace(&mut is_asked, true) {
                    return Err(Error::TimedOut { what: "say that it is still there" });
                }
                heard = Instant::now();
                let ping = socket.send(Message::Ping(Bytes::new()));
                let sent = timeout(limits.sending, ping).await;
                sent.map_err(|_| Error::TimedOut { what: "take a frame" })?.map_err(broken)?;
            }
        }
    }
}

/// Sends a frame, in time; gives how many bytes it has.
pub(crate) async fn send<S>(
    socket: &mut WebSocketStream<S>,
    frame: &Frame,
    limits: &Limits,
) -> Result<usize, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bytes = Bytes::from(frame.bytes());
    let len = bytes.len();
    let sending = socket.send(Message::Binary(bytes));
    let sent = timeout(limits.sending, sending).await;
    let sent = sent.map_err(|_| Error::TimedOut {
        what: "take a frame",
    })?;
    sent.map_err(broken)?;
    Ok(len)
}

/// Something that may come, from some time on.
async fn from<T>(time: Instant, what: impl Future<Output = T>) -> T {
    if time > Instant::now() {
        sleep_until(time).await;
    }
    what.await
}

/// When the next frame may follow one of so many bytes.
fn next(meters: &[Meter], bytes: usize, otherwise: Instant) -> Instant {
    let times = meters.iter().map(|meter| meter.note(bytes).into());
    times.max().unwrap_or(otherwise)
}
