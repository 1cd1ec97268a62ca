//! One connection: frames between a WebSocket and the keeper, alike on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::WebSocketConfig};

use crate::ask::{Ask, Asking, Connect, Id, Out};
use crate::error::Error;
use crate::frame::Frame;
use crate::limits::Limits;
use crate::replica::Replica;

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

/// Greets, and carries frames until either side ends it. The other side is known by a name, and sees the documents whose names begin
/// with a prefix. Gives why it ended; `Ok` where the other side just left.
pub(crate) async fn run<S>(
    mut socket: WebSocketStream<S>,
    replica: &Replica,
    (name, prefix): (String, String),
    asking: Option<Asking>,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = replica.limits();
    let greeted = timeout(limits.greeting, greet(&mut socket)).await;
    let greeted = greeted.unwrap_or(Err(Error::TimedOut { what: "greet" }));
    if let Err(error) = greeted {
        let _ = send(&mut socket, &Frame::End(error.to_string()), limits).await;
        let _ = timeout(limits.sending, socket.close(None)).await;
        return Err(error);
    }
    let id = replica.next_id();
    let (out, frames) = mpsc::channel(limits.frames_waiting);
    let wants_room = Arc::new(AtomicBool::new(false));
    let out = Out {
        frames: out,
        wants_room: Arc::clone(&wants_room),
    };
    let connect = Connect {
        id,
        out,
        name,
        prefix,
        asking,
    };
    replica.ask(Ask::Connect(connect)).await?;
    let ended = carry(&mut socket, replica, id, (frames, wants_room)).await;
    let _ = replica.ask(Ask::Gone(id)).await;
    // Whoever is gone already hears nothing of it.
    let _ = timeout(limits.sending, socket.close(None)).await;
    ended
}

async fn greet<S>(socket: &mut WebSocketStream<S>) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeting = Message::Binary(Bytes::from(Frame::greeting().bytes()));
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
            Frame::Greeting { .. } => Ok(()),
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
    (mut frames, wants_room): (mpsc::Receiver<Frame>, Arc<AtomicBool>),
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = replica.limits();
    let mut heard = Instant::now();
    let mut is_asked = false;
    loop {
        tokio::select! {
            frame = frames.recv() => {
                let Some(frame) = frame else {
                    return Err(Error::Closed);
                };
                send(socket, &frame, limits).await?;
                if let Frame::End(why) = frame {
                    return Err(Error::Ended { why });
                }
                if frames.is_empty() && wants_room.swap(false, Ordering::SeqCst) {
                    replica.ask(Ask::Ready(id)).await?;
                }
            }
            message = socket.next() => {
                (heard, is_asked) = (Instant::now(), false);
                match message {
                    None => return Ok(()),
                    Some(Ok(Message::Binary(bytes))) => match Frame::read(&bytes)? {
                        Frame::End(why) => return Err(Error::Ended { why }),
                        frame => replica.ask(Ask::Frame(id, frame)).await?,
                    },
                    Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Text(_))) => {
                        return Err(Error::Malformed { what: "frames are binary" });
                    }
                    Some(Err(error)) => return Err(broken(error)),
                }
            }
            () = sleep_until(heard + limits.silence) => {
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

async fn send<S>(
    socket: &mut WebSocketStream<S>,
    frame: &Frame,
    limits: &Limits,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sending = socket.send(Message::Binary(Bytes::from(frame.bytes())));
    let sent = timeout(limits.sending, sending).await;
    let sent = sent.map_err(|_| Error::TimedOut {
        what: "take a frame",
    })?;
    sent.map_err(broken)
}
