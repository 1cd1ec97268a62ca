//! Looking what a sync would move, without a worker: nothing is written on either side.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use syncline::sync::Event;
use syncline_store::Store;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::connection::{self, broken};
use crate::dial::{Socket, dial};
use crate::error::Error;
use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;
use crate::link::{Link, refusal};
use crate::random::random;
use crate::terms::Terms;
use crate::worker::Options;

/// What would move between a store and a relay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Look {
    /// Documents of which something would, by name.
    pub documents: BTreeMap<String, Moving>,
    /// Documents that would be left out, and why.
    pub left_out: BTreeMap<String, String>,
    /// What of the store cannot be read, and takes no part.
    pub damaged: Vec<String>,
}

/// What would move of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Moving {
    /// What would come.
    pub received: Amount,
    /// What would be sent.
    pub sent: Amount,
}

/// So much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Amount {
    /// Operations.
    pub operations: u64,
    /// Bytes of those, as they are sent.
    pub bytes: u64,
}

/// Looks what a sync of a store with a relay would move. The store is only read, so it may be open read-only, and to write in another
/// process; the relay's is not changed, and needs nothing that it does not have. What would come does come, to be counted.
///
/// A document that the relay would not take of this store counts as sent: rights are found out by sending.
///
/// # Errors
///
/// [`Error::Address`], and whatever ends a connection; [`Error::Store`].
pub async fn look(
    store: Store,
    url: &str,
    options: &Options,
    limits: &Limits,
) -> Result<Look, Error> {
    let address = options.address(url)?;
    let mut library = Library::open(store)?;
    let mut look = Look::default();
    look.damaged.extend(
        library
            .damaged()
            .iter()
            .map(syncline_store::Error::to_string),
    );
    let mut socket = dial(&address, limits).await?;
    let ours = Terms::of_program(limits);
    let (_, theirs) = connection::greet(&mut socket, limits, ours).await?;
    let link = Link::look(&mut library, random(), limits)?;
    let terms = (limits, &theirs);
    let ended = carry(&mut socket, &mut library, link, &mut look, terms).await;
    let _ = timeout(limits.sending, socket.close(None)).await;
    ended.map(|()| look)
}

/// Carries frames until all is found, and the other side has heard it: then it has objected to what it had to object to.
async fn carry(
    socket: &mut Socket,
    library: &mut Library,
    mut link: Link,
    look: &mut Look,
    (limits, theirs): (&Limits, &Terms),
) -> Result<(), Error> {
    loop {
        while let Some(frame) = link.next_frame(library)? {
            connection::send(socket, &frame, limits, theirs).await?;
        }
        while let Some(event) = link.next_event() {
            look.note(event);
        }
        library.put_away(limits.documents_in_memory, |key| link.is_busy_with(key));
        if link.is_settled() && link.is_stored() {
            return Ok(());
        }
        match next(socket, limits).await? {
            Frame::Session(message) => link.receive(library, &message)?,
            Frame::Stored(count) => {
                let noted = link.note_stored(count);
                noted.map_err(|what| Error::Malformed { what })?;
            }
            Frame::End(why) => return Err(Error::Ended { why }),
            // Nobody was told of any here.
            Frame::Blob(_) => {}
            Frame::Greeting { .. } => {
                return Err(Error::Malformed {
                    what: "a greeting is the first frame, and only that",
                });
            }
        }
    }
}

/// The next frame that comes.
async fn next(socket: &mut Socket, limits: &Limits) -> Result<Frame, Error> {
    loop {
        let message = timeout(2 * limits.silence, socket.next()).await;
        let message = message.map_err(|_| Error::TimedOut { what: "answer" })?;
        let message = message.ok_or_else(|| broken("it was closed"))?;
        match message.map_err(broken)? {
            Message::Binary(bytes) => return Frame::read(&bytes),
            Message::Close(_) => return Err(broken("it was closed")),
            _ => {}
        }
    }
}

impl Look {
    fn note(&mut self, event: Event) {
        match event {
            Event::Looked {
                document,
                to_receive,
                bytes_to_receive,
                to_send,
                bytes_to_send,
            } if to_receive > 0 || to_send > 0 => {
                let amount = |operations: u32, bytes| Amount {
                    operations: operations.into(),
                    bytes,
                };
                let moving = Moving {
                    received: amount(to_receive, bytes_to_receive),
                    sent: amount(to_send, bytes_to_send),
                };
                self.documents.insert(document, moving);
            }
            Event::Forked { document, .. } => {
                let why = "two histories under one peer: a sync keeps both".to_owned();
                self.leave_out(document, why);
            }
            event => {
                if let Some((document, why)) = refusal(&event) {
                    self.leave_out(document.to_owned(), why);
                }
            }
        }
    }

    /// What was found of it before does not hold.
    fn leave_out(&mut self, document: String, why: String) {
        self.documents.remove(&document);
        self.left_out.insert(document, why);
    }
}
