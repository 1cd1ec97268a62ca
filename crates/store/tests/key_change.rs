//! Another key.
//!
//! - After it only the new key opens the store, and everything is there; nothing in the files opens with the old one.
//! - Cut short anywhere, the new key opens all of it, and the change goes on.
//! - Commits come between its steps.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use support::{Place, body, bytes, push, run_key_change};
use syncline_store::{
    Compaction, Durability, Entry, Error, Job, Key, KeyChange, Options, State, Store, Verification,
};

fn options(byte: u8) -> Options {
    Options::new()
        .key(Key::new([byte; 32]))
        .durability(Durability::Fast)
}

/// A store sealed with key 1: documents with snapshots and journals, and a remote.
fn sealed() -> (Place, Store) {
    let place = Place::new();
    let mut store = Store::create(&place.path, &options(1)).unwrap();
    for name in ["one", "two"] {
        let mut document = store.create_document(name).unwrap();
        for _ in 0..70 {
            push(&mut store, &mut document, "a");
        }
        Compaction::new(&store).unwrap().run(&mut store).unwrap();
        for _ in 0..70 {
            push(&mut store, &mut document, "b");
        }
        let mut relay = store.remote(name, "relay").unwrap();
        relay.fail("down", 5);
        store.keep_remote(name, "relay", &relay).unwrap();
    }
    (place, store)
}

fn check(store: &Store) {
    assert_eq!(store.documents().unwrap().names, ["one", "two"]);
    for name in ["one", "two"] {
        let document = store.document(name).unwrap();
        assert_eq!(body(&document), "a".repeat(70) + &"b".repeat(70));
        let relay = store.remote(name, "relay").unwrap();
        assert_eq!(relay.last_error.as_deref(), Some("down"));
    }
    let mut verification = Verification::new(store).unwrap();
    while verification.work().unwrap() {}
    assert!(verification.failures().is_empty());
}

#[test]
fn only_the_new_key_opens_it() {
    let (place, mut store) = sealed();
    run_key_change(&mut store, 2);
    check(&store);
    drop(store);
    let opened = Store::open(&place.path, &options(1));
    assert!(matches!(opened, Err(Error::WrongKey { .. })));
    let mut store = Store::open(&place.path, &options(2)).unwrap();
    check(&store);
    run_key_change(&mut store, 3);
    check(&store);
    // What was delivered stays delivered.
    let mut one = store.document("one").unwrap();
    let entry = Entry::new().key("delivery");
    let write = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("x");
    store.write(&mut one, &entry, write).unwrap().unwrap();
    run_key_change(&mut store, 4);
    assert!(store.write(&mut one, &entry, write).unwrap().is_none());
    drop(store);
    // No row is sealed with a key before the last.
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    for (table, column) in [
        ("journal", "body"),
        ("chunk", "body"),
        ("remote", "body"),
        ("document", "name"),
        ("seal", "body"),
    ] {
        let query = format!("SELECT count(*) FROM {table} WHERE substr({column}, 1, 1) != x'04'");
        let old: u32 = connection.query_row(&query, [], |row| row.get(0)).unwrap();
        assert_eq!(old, 0, "{table}");
    }
}

#[test]
fn it_can_be_cut_short_anywhere() {
    for stop in 0.. {
        let (place, mut store) = sealed();
        let mut change = KeyChange::new(&mut store, &Key::new([2; 32])).unwrap();
        for _ in 0..stop {
            change.step(&mut store).unwrap();
        }
        let is_done = change.progress().state == State::Done;
        drop(store);
        let opened = Store::open(&place.path, &options(1));
        assert!(matches!(opened, Err(Error::WrongKey { .. })), "{stop}");
        let mut store = Store::open(&place.path, &options(2)).unwrap();
        check(&store);
        if !is_done {
            let other = KeyChange::new(&mut store, &Key::new([3; 32]));
            assert!(matches!(other, Err(Error::WrongKey { .. })), "{stop}");
        }
        run_key_change(&mut store, 2);
        check(&store);
        if is_done {
            break;
        }
    }
}

#[test]
fn commits_come_between_its_steps() {
    let (_place, mut store) = sealed();
    let mut one = store.document("one").unwrap();
    let mut change = KeyChange::new(&mut store, &Key::new([2; 32])).unwrap();
    let mut commits = 0;
    while change.progress().state != State::Done {
        change.step(&mut store).unwrap();
        push(&mut store, &mut one, "c");
        commits += 1;
    }
    assert!(commits > 5);
    assert_eq!(body(&store.document("one").unwrap()), body(&one));
}

/// Until the damage is mended, as by another copy that has what was written.
#[test]
fn the_key_before_is_kept_for_what_it_does_not_open() {
    let (place, store) = sealed();
    drop(store);
    let change = |to: &str| {
        let connection = rusqlite::Connection::open(&place.path).unwrap();
        let statement =
            format!("UPDATE journal SET checksum = checksum {to} 1 WHERE id & 0xff = 90");
        assert_eq!(connection.execute(&statement, []).unwrap(), 1);
    };
    change("+");
    let mut store = Store::open(&place.path, &options(1)).unwrap();
    let mut key_change = KeyChange::new(&mut store, &Key::new([2; 32])).unwrap();
    while key_change.progress().state != State::Done {
        key_change.step(&mut store).unwrap();
    }
    assert_eq!(key_change.damaged(), 1);
    drop(store);
    change("-");
    let mut store = Store::open(&place.path, &options(2)).unwrap();
    check(&store);
    run_key_change(&mut store, 2);
    check(&store);
    drop(store);
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let keys: u32 = connection
        .query_row("SELECT count(*) FROM seal", [], |row| row.get(0))
        .unwrap();
    assert_eq!(keys, 1);
}

/// What no document has any more may be wanted when that is back.
#[test]
fn the_key_before_is_kept_for_what_no_document_has() {
    let (place, store) = sealed();
    drop(store);
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let row = "SELECT key, name, snapshot, last FROM document WHERE id = 2";
    let row: ([u8; 16], Vec<u8>, u32, u32) = connection
        .query_row(row, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    let delete = "DELETE FROM document WHERE id = 2";
    assert_eq!(connection.execute(delete, []).unwrap(), 1);
    drop(connection);
    let mut store = Store::open(&place.path, &options(1)).unwrap();
    let mut change = KeyChange::new(&mut store, &Key::new([2; 32])).unwrap();
    while change.progress().state != State::Done {
        change.step(&mut store).unwrap();
    }
    // Its records, the chunk of its snapshot, and its remote.
    assert_eq!(change.damaged(), 72);
    drop((change, store));
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let insert = "INSERT INTO document (id, key, name, snapshot, last) VALUES (2, ?1, ?2, ?3, ?4)";
    connection.execute(insert, row).unwrap();
    drop(connection);
    check(&Store::open(&place.path, &options(2)).unwrap());
}

#[test]
fn a_store_that_is_not_sealed_has_no_key_to_change() {
    let place = Place::new();
    let mut store = place.create();
    let refused = KeyChange::new(&mut store, &Key::new([2; 32]));
    assert!(matches!(refused, Err(Error::NotSealed { .. })));
}

/// So that a commit waits little for one, and little is in memory.
#[test]
fn a_step_seals_little_of_large_records() {
    let place = Place::new();
    let mut store = Store::create(&place.path, &options(1)).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    for number in 0..6 {
        let content = bytes(number, 100_000);
        let set = notes
            .doc_mut()
            .transact(|tx| tx.map("meta").set("picture", content));
        set.unwrap();
        store.commit(&mut notes, &Entry::new()).unwrap();
    }
    let mut change = KeyChange::new(&mut store, &Key::new([2; 32])).unwrap();
    while change.progress().state != State::Done {
        let before = change.progress().done;
        change.step(&mut store).unwrap();
        assert!(change.progress().done - before <= 1);
    }
    assert!(change.progress().done > 6);
    drop(store);
    let store = Store::open(&place.path, &options(2)).unwrap();
    let notes = store.document("notes").unwrap();
    let found = notes.doc().get("meta/picture").unwrap();
    assert_eq!(found.as_bytes(), Some(&*bytes(5, 100_000)));
}
