//! One person at a terminal of their own: the note is in a store, and goes over a relay.
//!
//! The editor has a copy of the document, as any editor has a buffer. What is typed goes from there into the store, and from there over
//! the relay by itself; what others typed comes the same way back.

use std::error::Error;

use syncline::{Doc, Peer, VersionVector};
use syncline_net::{Limits, Options, Replica, Status, Worker};
use syncline_store::Store;
use tokio::sync::watch;

use crate::keys::Key;
use crate::side::Side;

/// The note's name in the store.
const NOTE: &str = "note";

/// Bytes of a name that is shown.
const NAME_MAX: usize = 40;

/// A person, the store of the note, and what keeps it in step.
pub struct Desk {
    pub side: Side,
    /// Who else is here, by name.
    pub others: Vec<String>,
    replica: Replica,
    worker: Worker,
    /// What the store has of what the side wrote.
    stored: VersionVector,
}

impl Desk {
    /// Opens the note of a store, and follows a relay from then on.
    ///
    /// # Errors
    ///
    /// Those of the store; an address that is none.
    pub async fn open(store: Store, url: &str, name: &str) -> Result<Desk, Box<dyn Error>> {
        Desk::with(store, url, name, Options::new()).await
    }

    /// As [`open`](Desk::open), with other options.
    ///
    /// # Errors
    ///
    /// As [`open`](Desk::open).
    pub async fn with(
        store: Store,
        url: &str,
        name: &str,
        options: Options,
    ) -> Result<Desk, Box<dyn Error>> {
        let replica = Replica::open(store, Limits::default())?;
        let worker = Worker::start(replica.clone(), url, options)?;
        let (begun, _) = replica.with(NOTE, |doc| Ok(doc.save())).await?;
        // The editor writes under a peer of its own, which is drawn.
        let side = Side::new(name, None, &begun)?;
        let mut desk = Desk {
            stored: side.doc.version_vector(),
            side,
            others: Vec::new(),
            replica,
            worker,
        };
        desk.meet().await?;
        Ok(desk)
    }

    /// Goes up whenever there may be something to [`meet`](Desk::meet).
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.replica.changed()
    }

    /// How far the relay is.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.worker.status()
    }

    /// Does what a key asks for; when this returns it is on this disk.
    ///
    /// # Errors
    ///
    /// Those of the document and of the store.
    pub async fn press(&mut self, key: Key, now_ms: u64) -> Result<(), Box<dyn Error>> {
        match key {
            Key::Line => {
                self.side.online = !self.side.online;
                self.worker.set_online(self.side.online);
            }
            key => self.side.press(key, now_ms)?,
        }
        self.meet().await
    }

    /// Brings what was typed here into the store, and what others typed from there; shows where this person types, and sees others.
    ///
    /// # Errors
    ///
    /// As [`press`](Desk::press).
    pub async fn meet(&mut self) -> Result<(), Box<dyn Error>> {
        let doc = &mut self.side.doc;
        let (ours, version) = (doc.delta_since(&self.stored), doc.version_vector());
        self.stored.clone_from(&version);
        let exchange = move |doc: &mut Doc| {
            doc.merge(&ours)?;
            Ok(doc.delta_since(&version))
        };
        let (theirs, _) = self.replica.with(NOTE, exchange).await?;
        let from = match &self.others[..] {
            [] => "others".to_owned(),
            others => others.join(", "),
        };
        self.side.take(&theirs, &from)?;
        self.stored = self.side.doc.version_vector();
        let mut shown = self.side.name.clone().into_bytes();
        shown.truncate(NAME_MAX);
        shown.push(0);
        shown.extend(self.side.caret());
        self.replica.show(NOTE, &shown).await?;
        let seen = self.replica.shown(NOTE).await?;
        self.see(&seen)
    }

    /// Takes up who else is here, and where the first of them types.
    fn see(&mut self, seen: &[(Peer, Vec<u8>)]) -> Result<(), Box<dyn Error>> {
        let mut carets = Vec::new();
        self.others.clear();
        for (_, shown) in seen {
            let Some(end) = shown.iter().position(|&byte| byte == 0) else {
                continue;
            };
            self.others
                .push(String::from_utf8_lossy(&shown[..end]).into_owned());
            carets.push(&shown[end + 1..]);
        }
        let caret = carets.first().copied();
        if self.side.see(caret).is_err() {
            // What it stands beside has not come yet.
            self.side.see(None)?;
        }
        Ok(())
    }
}
