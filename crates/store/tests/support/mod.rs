//! What the tests of the store share.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::PathBuf;

use rusqlite::{Connection, params};
use syncline::{Doc, Level, SaveOptions, VersionVector};
use syncline_store::{Document, Entry, Key, KeyChange, Limits, Options, State, Store};
use tempfile::TempDir;

/// A store in a folder of its own, which goes with it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes.syncline");
        Place { folder, path }
    }

    pub(crate) fn create(&self) -> Store {
        Store::create(&self.path, &Options::new()).expect("a new store")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path, &Options::new()).expect("the store opens")
    }

    /// A new store that holds to such limits.
    pub(crate) fn create_within(&self, set: impl FnOnce(&mut Limits)) -> Store {
        let mut limits = Limits::default();
        set(&mut limits);
        Store::create(&self.path, &Options::new().limits(limits)).expect("a new store")
    }

    pub(crate) fn read(&self) -> Store {
        Store::open(&self.path, &Options::new().read_only()).expect("the store opens")
    }
}

/// Types at the end of the text "body", and commits it.
pub(crate) fn push(store: &mut Store, document: &mut Document, text: &str) {
    edit(document, text);
    store
        .commit(document, &Entry::new())
        .expect("it is committed");
}

/// Types at the end of the text "body".
pub(crate) fn edit(document: &mut Document, text: &str) {
    let pushed = document.doc_mut().transact(|tx| tx.text("body").push(text));
    pushed.expect("an edit");
}

/// What the text "body" says.
pub(crate) fn body(document: &Document) -> String {
    document.doc().text("body").to_string()
}

/// Two deltas of somebody else, who types "first" and then ", second".
pub(crate) fn from_afar() -> [Vec<u8>; 2] {
    let mut remote = Doc::new();
    let mut known = VersionVector::default();
    ["first", ", second"].map(|text| {
        let pushed = remote.transact(|tx| tx.text("body").push(text));
        pushed.expect("an edit");
        let delta = remote.delta_since(&known);
        known = remote.version_vector();
        delta
    })
}

/// Bytes that do not repeat.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend(((state >> 29) ^ state).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Changes the key of a store to the one of this byte.
pub(crate) fn run_key_change(store: &mut Store, byte: u8) {
    let mut change = KeyChange::new(store, &Key::new([byte; 32])).expect("a key");
    while change.progress().state != State::Done {
        change.step(store).expect("it is sealed again");
    }
    assert_eq!(change.damaged(), 0);
}

/// The checksum of a row, as `docs/store.md` tells it.
pub(crate) fn checksum(table: u8, key: &[u8; 16], number: u64, body: &[u8]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for part in [&[table][..], key, &number.to_le_bytes(), body] {
        hasher.update(part);
    }
    let hash = hasher.finalize();
    i64::from_le_bytes(*hash.as_bytes().first_chunk().expect("32 bytes"))
}

/// Has the first record of a document hold what opens, and shows what its hash chains do not come to.
pub(crate) fn lie(place: &Place, document: &str) {
    let mut store = place.open();
    let mut made = store.create_document(document).expect("a document");
    push(&mut store, &mut made, "so it was");
    drop(store);
    let mut bytes = made.doc().save_with(&SaveOptions::new().level(Level::None));
    let found = bytes.windows(9).position(|part| part == b"so it was");
    bytes[found.expect("text stands as it is")..][..9].copy_from_slice(b"so it is ");
    // The frame: a format, a length in one byte, a checksum of both and what follows.
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..2]);
    hasher.update(&bytes[6..]);
    let sum = hasher.finalize().to_le_bytes();
    bytes[2..6].copy_from_slice(&sum);
    let body = [&[0, 0], &*bytes].concat();
    let connection = Connection::open(&place.path).expect("a file");
    let row: (i64, [u8; 16]) = connection
        .query_row("SELECT journal.id, document.key FROM journal JOIN document ON document.id = journal.id >> 32 ORDER BY journal.id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("a row");
    let sum = checksum(1, &row.1, 1, &body);
    let update = "UPDATE journal SET checksum = ?2, body = ?3 WHERE id = ?1";
    let done = connection.execute(update, params![row.0, sum, body]);
    assert_eq!(done, Ok(1));
}
