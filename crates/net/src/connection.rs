//! One connection: frames between a WebSocket and the keeper, alike on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Part;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::ask::{Ask, Asking, Connect, Id, Out};
use crate::binding::PeerBinding;
use crate::error::Error;
use crate::features::Features;
use crate::frame::Frame;
use crate::limits::Limits;
use crate::link::Agreed;
use crate::meter::{Meter, Weight};
use crate::replica::Replica;
use crate::rights::Rights;
use crate::terms::Terms;

/// Bytes that are read from a socket at once.
const READ_BYTES: usize = 4 << 10;

/// Bytes that a socket does not take at once wait up to this: a frame is at most a quarter of it.
const WRITE_BYTES: usize = 256 << 10;

/// What the WebSocket may cost.
pub(crate) fn config(limits: &Limits) -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(limits.message_bytes as usize))
        .max_frame_size(Some(frame_bytes(limits)))
        .max_write_buffer_size(WRITE_BYTES)
        // Each connection holds these all the time; frames are mostly small.
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
}

/// Programs from before frames were told of send a message in one, of at most so many bytes.
const OLDER_FRAME: u32 = 4 << 20;

/// Bytes of the largest frame that is taken. A message in one frame takes no more memory than one in several, which may come to as much:
/// room is set aside for all of it when it begins, and none of that is touched before its bytes come.
fn frame_bytes(limits: &Limits) -> usize {
    let older = limits.message_bytes.min(OLDER_FRAME);
    limits.frame_bytes.max(older) as usize
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
    /// Whether it has shown that it is of that name.
    pub(crate) is_known: bool,
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
    let ours = match asking {
        Some(_) => Terms::of_program(limits),
        None => Terms::of_relay(limits),
    };
    let (features, theirs) = match greet(&mut socket, limits, ours).await {
        Ok(greeted) => greeted,
        Err(error) => {
            let end = Frame::End(error.to_string());
            let _ = send(&mut socket, &end, limits, &Terms::default()).await;
            let _ = timeout(limits.sending, socket.close(None)).await;
            return Err(error);
        }
    };
    let id = replica.next_id();
    let mut sending = other.sending;
    sending.push(Meter::new(theirs.rates));
    let meters = (other.receiving, sending);
    let (out, frames) = mpsc::channel(limits.frames_waiting);
    let (wants_room, waiting) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
    let out = Out {
        frames: out,
        wants_room: Arc::clone(&wants_room),
        waiting: Arc::clone(&waiting),
        waiting_max: limits.waiting_bytes,
    };
    let connect = Connect {
        id,
        out,
        name: other.name,
        rights: Arc::new(other.rights),
        agreed: Agreed {
            features,
            takes: theirs.session_bytes(),
        },
        binding: (other.is_known && limits.peer_binding != PeerBinding::Off)
            .then_some(limits.peer_binding),
        asking,
    };
    replica.ask(Ask::Connect(connect)).await?;
    let left = Left { replica, id };
    let outgoing = Outgoing {
        frames,
        wants_room,
        waiting,
        theirs,
    };
    let ended = carry(&mut socket, replica, id, outgoing, meters).await;
    drop(left);
    if let Err(error @ Error::Malformed { .. }) = &ended {
        let end = Frame::End(error.to_string());
        let _ = send(&mut socket, &end, limits, &theirs).await;
    }
    // Whoever is gone already hears nothing of it.
    let _ = timeout(limits.sending, socket.close(None)).await;
    ended
}

/// What is to be sent on a connection, and what the other side takes of that at once.
struct Outgoing {
    frames: mpsc::Receiver<Frame>,
    wants_room: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    theirs: Terms,
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

/// Says what this side can do and takes, and hears what the other can and does, in time; gives what both can, and what the other takes.
pub(crate) async fn greet<S>(
    socket: &mut WebSocketStream<S>,
    limits: &Limits,
    terms: Terms,
) -> Result<(Features, Terms), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeted = timeout(limits.greeting, exchange(socket, limits.features, terms)).await;
    greeted.unwrap_or(Err(Error::TimedOut { what: "greet" }))
}

async fn exchange<S>(
    socket: &mut WebSocketStream<S>,
    ours: Features,
    terms: Terms,
) -> Result<(Features, Terms), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeting = Message::Binary(Bytes::from(Frame::greeting(ours, terms).bytes()));
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
            Frame::Greeting {
                features, terms, ..
            } => Ok((ours & features, terms.unwrap_or_default())),
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
    mut outgoing: Outgoing,
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
            frame = from(sends_from, outgoing.frames.recv()) => {
                let Some(frame) = frame else {
                    return Err(Error::Closed);
                };
                let sent = send(socket, &frame, limits, &outgoing.theirs).await?;
                sends_from = next(&sending, sent, sends_from);
                outgoing.waiting.fetch_sub(frame.len(), Ordering::SeqCst);
                if let Frame::End(why) = frame {
                    return Err(Error::Ended { why });
                }
                let is_empty = outgoing.frames.is_empty();
                if is_empty && outgoing.wants_room.swap(false, Ordering::SeqCst) {
                    replica.ask(Ask::Ready(id)).await?;
                }
            }
            message = from(takes_from, socket.next()) => {
                (heard, is_asked) = (Instant::now(), false);
                if let Some(Ok(message)) = &message {
                    let weight = match message {
                        Message::Binary(bytes) => Weight::of(bytes),
                        other => Weight::bytes(other.len()),
                    };
                    takes_from = next(&receiving, weight, takes_from);
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

/// Sends a frame, in parts where it is large, each of them in time; gives what it counts for.
pub(crate) async fn send<S>(
    socket: &mut WebSocketStream<S>,
    frame: &Frame,
    limits: &Limits,
    theirs: &Terms,
) -> Result<Weight, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut rest = Bytes::from(frame.bytes());
    let weight = Weight::of(&rest);
    let most = theirs.fragment_bytes();
    if rest.len() <= most {
        send_part(socket, Message::Binary(rest), limits).await?;
        return Ok(weight);
    }
    let mut code = Data::Binary;
    loop {
        let part = rest.split_to(most.min(rest.len()));
        let part = Part::message(part, OpCode::Data(code), rest.is_empty());
        send_part(socket, Message::Frame(part), limits).await?;
        if rest.is_empty() {
            return Ok(weight);
        }
        code = Data::Continue;
    }
}

async fn send_part<S>(
    socket: &mut WebSocketStream<S>,
    message: Message,
    limits: &Limits,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sent = timeout(limits.sending, socket.send(message)).await;
    let sent = sent.map_err(|_| Error::TimedOut {
        what: "take a frame",
    })?;
    sent.map_err(broken)
}

/// Something that may come, from some time on.
async fn from<T>(time: Instant, what: impl Future<Output = T>) -> T {
    if time > Instant::now() {
        sleep_until(time).await;
    }
    what.await
}

/// When the next frame may follow one that counts for so much.
fn next(meters: &[Meter], weight: Weight, otherwise: Instant) -> Instant {
    let times = meters.iter().map(|meter| meter.note(weight).into());
    times.max().unwrap_or(otherwise)
}
