//! What is known of each remote, per document: what it acknowledged, and how sending goes. What is unsent follows from that
//! and the document's version: there is no queue that could disagree.
//!
//! The bytes: its name (2 of length, and UTF-8), how many peers (4 bytes), each peer and its number of operations (8 and 4), attempts (4), whether a time and an
//! error follow (1 and 2), and whether sending was set aside (4), the time (8), the error (2 of length, and UTF-8).

use rusqlite::{OptionalExtension, params};
use syncline::{Peer, VersionVector};

use crate::database::Database;
use crate::document::Document;
use crate::error::{Error, Place};
use crate::load;
use crate::options::Limits;
use crate::store::Store;
use crate::words::{Owner, Tag, Words, put_word};

const TIME: u8 = 1;
const ERROR: u8 = 2;
const SET_ASIDE: u8 = 4;

/// How far a remote is with a document; see [`Store::remote`](crate::Store::remote).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Remote {
    /// What it said that it has on its disk.
    pub acknowledged: VersionVector,
    /// How often sending failed since it last acknowledged something.
    pub attempts: u32,
    /// When to try again, in milliseconds since 1970.
    pub next_attempt_ms: Option<i64>,
    /// Why the last attempt failed; cut at [`Limits::word_bytes`] when it is kept.
    pub last_error: Option<String>,
    /// Somebody decided that it is not to be sent.
    pub is_set_aside: bool,
}

impl Remote {
    /// Notes what the remote has acknowledged, beside what it had: attempts and errors are over, and nothing is set aside.
    pub fn acknowledge(&mut self, version: &VersionVector) {
        let mut acknowledged = std::mem::take(&mut self.acknowledged);
        acknowledged.join(version);
        *self = Remote {
            acknowledged,
            ..Remote::default()
        };
    }

    /// Notes that sending failed.
    pub fn fail(&mut self, error: impl Into<String>, next_attempt_ms: i64) {
        self.attempts = self.attempts.saturating_add(1);
        self.next_attempt_ms = Some(next_attempt_ms);
        self.last_error = Some(error.into());
    }

    /// What the remote lacks of a document, as a delta; `None` if nothing.
    pub fn unsent(&self, document: &mut Document) -> Option<Vec<u8>> {
        let doc = document.doc_mut();
        let is_behind = !self.acknowledged.includes(&doc.version_vector());
        is_behind.then(|| doc.delta_since(&self.acknowledged))
    }
}

impl Store {
    /// What is known of a remote, for a document; nothing, if nothing was kept.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::Damaged`], [`Error::Io`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use syncline_store::{Entry, Options, Store};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
    /// # let mut notes = store.create_document("notes")?;
    /// # notes.doc_mut().transact(|tx| tx.text("body").push("Buy milk"))?;
    /// # store.commit(&mut notes, &Entry::new())?;
    /// let mut relay = store.remote("notes", "relay")?;
    /// if let Some(delta) = relay.unsent(&mut notes) {
    ///     println!("{} bytes to send", delta.len());
    ///     // Sent, and acknowledged:
    ///     relay.acknowledge(&notes.doc().version_vector());
    ///     store.keep_remote("notes", "relay", &relay)?;
    /// }
    /// assert!(store.remote("notes", "relay")?.unsent(&mut notes).is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn remote(&self, document: &str, remote: &str) -> Result<Remote, Error> {
        let owner = load::find_existing(&self.db, document)?;
        find(&self.db, owner, document, remote)
    }

    /// What is known of every remote of a document, by the remote's name. What is damaged is passed over: it is found out anew.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::Damaged`], [`Error::Io`].
    pub fn remotes(&self, document: &str) -> Result<Vec<(String, Remote)>, Error> {
        let owner = load::find_existing(&self.db, document)?;
        all(&self.db, owner)
    }

    /// Keeps what is known of a remote.
    ///
    /// # Errors
    ///
    /// [`Error::NoDocument`], [`Error::ReadOnly`], [`Error::Limit`], [`Error::Full`], [`Error::Io`].
    pub fn keep_remote(
        &mut self,
        document: &str,
        remote: &str,
        what: &Remote,
    ) -> Result<(), Error> {
        let (db, limits) = (&self.db, &self.limits);
        let owner = load::find_existing(db, document)?;
        db.at_once(|| keep(db, owner, remote, what, limits))
    }

    /// As [`keep_remote`](Store::keep_remote), for several documents by name, with one sync of the disk: all of it is kept, or none.
    ///
    /// # Errors
    ///
    /// As [`keep_remote`](Store::keep_remote).
    pub fn keep_remotes(&mut self, remote: &str, known: &[(String, Remote)]) -> Result<(), Error> {
        let (db, limits) = (&self.db, &self.limits);
        db.at_once(|| {
            known.iter().try_for_each(|(document, what)| {
                let owner = load::find_existing(db, document)?;
                keep(db, owner, remote, what, limits)
            })
        })
    }
}

/// What is kept of a remote; nothing, if nothing was.
fn find(db: &Database, owner: Owner, name: &str, remote: &str) -> Result<Remote, Error> {
    let query = "SELECT checksum, body FROM remote WHERE document = ?1 AND remote = ?2";
    let key = db.remote_key(remote);
    let read = db
        .connection
        .query_row(query, params![owner.row, key], |row| {
            let body = db.unpack((Tag::Remote, owner, number(key)), row, (0, 1));
            let decoded = body.and_then(|body| decode(&body));
            let found = decoded.filter(|(name, _)| name == remote);
            Ok(found.map(|(_, found)| found))
        });
    let Some(found) = db.named("reading of a remote", read.optional())? else {
        return Ok(Remote::default());
    };
    found.ok_or_else(|| {
        let what =
            format!("what is kept of the remote {remote:?} for {name:?} is not what was written");
        db.damaged(Place::File, what)
    })
}

/// What is kept of the remotes of a document, by name. What is not what was written is passed over.
fn all(db: &Database, owner: Owner) -> Result<Vec<(String, Remote)>, Error> {
    let read = || -> rusqlite::Result<Vec<(String, Remote)>> {
        let query = "SELECT remote, checksum, body FROM remote WHERE document = ?1";
        let mut statement = db.connection.prepare(query)?;
        let mut rows = statement.query([owner.row])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let number = number(row.get(0)?);
            let body = db.unpack((Tag::Remote, owner, number), row, (1, 2));
            all.extend(body.and_then(|body| decode(&body)));
        }
        Ok(all)
    };
    db.named("reading of remotes", read())
}

/// Keeps what is known of a remote.
fn keep(
    db: &Database,
    owner: Owner,
    remote: &str,
    what: &Remote,
    limits: &Limits,
) -> Result<(), Error> {
    let mut body = Vec::new();
    put_word(&mut body, remote, limits)?;
    encode(what, &mut body, limits)?;
    let key = db.remote_key(remote);
    let insert =
        "INSERT OR REPLACE INTO remote (document, remote, checksum, body) VALUES (?1, ?2, ?3, ?4)";
    let (sum, body) = db.pack(Tag::Remote, owner, number(key), &body);
    let row = params![owner.row, key, sum, body];
    let kept = db.connection.execute(insert, row);
    db.named("keeping what is known of a remote", kept)
        .map(drop)
}

/// The number of a remote's row, for its checksum.
pub(crate) fn number(key: [u8; 16]) -> u64 {
    key.first_chunk()
        .map_or(0, |first| u64::from_le_bytes(*first))
}

fn encode(remote: &Remote, body: &mut Vec<u8>, limits: &Limits) -> Result<(), Error> {
    let peers = u32::try_from(remote.acknowledged.len()).unwrap_or(u32::MAX);
    body.extend(peers.to_le_bytes());
    for (peer, count) in remote.acknowledged.iter() {
        body.extend(peer.get().to_le_bytes());
        body.extend(count.to_le_bytes());
    }
    body.extend(remote.attempts.to_le_bytes());
    let time = remote.next_attempt_ms.map_or(0, |_| TIME);
    let error = remote.last_error.as_ref().map_or(0, |_| ERROR);
    let aside = if remote.is_set_aside { SET_ASIDE } else { 0 };
    body.push(time | error | aside);
    if let Some(time) = remote.next_attempt_ms {
        body.extend(time.to_le_bytes());
    }
    if let Some(error) = &remote.last_error {
        let most = limits.word_bytes.min(u16::MAX.into()) as usize;
        let end = (0..=most).rev().find(|end| error.is_char_boundary(*end));
        let cut = end.and_then(|end| error.get(..end)).unwrap_or_default();
        put_word(body, cut, limits)?;
    }
    Ok(())
}

fn decode(body: &[u8]) -> Option<(String, Remote)> {
    let mut words = Words(body);
    let name = words.word()?;
    let mut remote = Remote::default();
    for _ in 0..u32::from_le_bytes(words.number()?) {
        let peer = Peer::new(u64::from_le_bytes(words.number()?))?;
        let count = u32::from_le_bytes(words.number()?);
        remote.acknowledged.set(peer, count);
    }
    remote.attempts = u32::from_le_bytes(words.number()?);
    let said = words.byte()?;
    if said & TIME != 0 {
        remote.next_attempt_ms = Some(i64::from_le_bytes(words.number()?));
    }
    if said & ERROR != 0 {
        remote.last_error = Some(words.word()?);
    }
    remote.is_set_aside = said & SET_ASIDE != 0;
    words.0.is_empty().then_some((name, remote))
}
