//! Lengths that damage tells.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;

use rusqlite::Connection;

use super::pieces;
use crate::compaction::Compaction;
use crate::job::Job;
use crate::options::{Limits, Options};
use crate::record::Entry;
use crate::store::Store;

/// A number as SQLite writes it, of four bytes.
fn four(number: u32) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| {
        let low = u8::try_from((number >> shift) & 0x7f).unwrap();
        if shift > 0 { low | 0x80 } else { low }
    })
}

/// A store of a document of three records, of which the second, or the chunk of a snapshot of them, says of itself that it has so
/// many bytes.
fn lying(path: &Path, says: u32, is_packed: bool) {
    let mut store = Store::create(path, &Options::new()).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    for text in ["a", "b", "c"] {
        let edited = notes.doc_mut().transact(|tx| tx.text("body").push(text));
        edited.unwrap();
        store.commit(&mut notes, &Entry::new()).unwrap();
    }
    if is_packed {
        Compaction::new(&store).unwrap().run(&mut store).unwrap();
    }
    drop(store);
    let has = 2_200_000;
    let connection = Connection::open(path).unwrap();
    let (table, number) = if is_packed {
        ("chunk", 0)
    } else {
        ("journal", 2)
    };
    let damage = format!("UPDATE {table} SET body = zeroblob(?1) WHERE id = (1 << 32) | {number}");
    assert_eq!(connection.execute(&damage, [has]), Ok(1));
    connection.close().unwrap();
    // How long the row is, its number, and its head: how long that is, and what its columns are.
    let head = |len: u32| {
        let columns = [&[7, 0, 6][..], &four(2 * len + 12)].concat();
        [
            &four(len + 15)[..],
            &[0x90, 0x80, 0x80, 0x80, number],
            &columns,
        ]
        .concat()
    };
    let (right, wrong) = (head(has), head(says));
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(right.len()).position(|part| part == right);
    bytes[at.unwrap()..][..wrong.len()].copy_from_slice(&wrong);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_length_that_damage_tells_is_not_reserved_and_refuses_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    lying(&path, 120_000_000, false);
    for most in [100 << 20, 256 << 20] {
        let limits = Limits {
            document_bytes: most,
            ..Limits::default()
        };
        let options = Options::new().limits(limits);
        let mut store = Store::open(&path, &options).unwrap();
        let report = store.repair(None, &Entry::new()).unwrap();
        let told = &report.failures;
        assert!(told.iter().all(|told| told.document.is_none()), "{told:?}");
        let (notes, db) = (store.document("notes").unwrap(), &store.db);
        assert_eq!(notes.doc().text("body").to_string(), "a");
        let found = pieces(db, notes.owner, "notes", 0, &store.limits).unwrap();
        assert!(found.found < 1 << 10, "{}", found.found);
        assert!(found.bytes.capacity() < 1 << 10);
    }
}

#[test]
fn a_length_that_damage_tells_of_a_snapshot_refuses_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    lying(&path, 120_000_000, true);
    let limits = Limits {
        document_bytes: 100 << 20,
        ..Limits::default()
    };
    let mut store = Store::open(&path, &Options::new().limits(limits)).unwrap();
    let report = store.repair(None, &Entry::new()).unwrap();
    assert_eq!(report.repaired.len(), 1, "{report:?}");
    assert_eq!(report.repaired[0].set_aside.len(), 2);
    store.document("notes").unwrap();
}
