//! Stores that are sealed with a key.
//!
//! - Everything works as it does without.
//! - Nothing of what was written can be found in the files: no text, no name, no author, no key of a delivery.
//! - Without the key, with another, or with one where none is, nothing opens, by name, and nothing is touched.
//! - A row that was changed, or put in another's place with its checksum, is seen.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use rusqlite::Connection;
use support::{Place, body, push, run_key_change};
use syncline_store::{Compaction, Entry, Error, Job, Key, KeyChange, Options, Store, Verification};

fn options(byte: u8) -> Options {
    Options::new().key(Key::new([byte; 32]))
}

/// A sealed store of one document of three commits.
fn sealed() -> Place {
    let place = Place::new();
    let mut store = Store::create(&place.path, &options(7)).unwrap();
    let mut notes = store.create_document("the name").unwrap();
    let entry = Entry::new()
        .author("the author")
        .origin("the origin")
        .key("the key");
    let write = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("the first text ");
    assert!(store.write(&mut notes, &entry, write).unwrap().is_some());
    assert!(store.write(&mut notes, &entry, write).unwrap().is_none());
    push(&mut store, &mut notes, "the second text ");
    let mut relay = store.remote("the name", "the relay").unwrap();
    relay.acknowledge(&notes.doc().version_vector());
    relay.fail("the error", 7);
    store.keep_remote("the name", "the relay", &relay).unwrap();
    push(&mut store, &mut notes, "the third text");
    place
}

const ALL: &str = "the first text the second text the third text";

#[test]
fn it_works_as_any_store() {
    let place = sealed();
    let mut store = Store::open(&place.path, &options(7)).unwrap();
    assert_eq!(store.documents().unwrap().names, ["the name"]);
    let mut notes = store.document("the name").unwrap();
    assert_eq!(body(&notes), ALL);
    let relay = store.remote("the name", "the relay").unwrap();
    assert_eq!(relay.last_error.as_deref(), Some("the error"));
    let mut compaction = Compaction::new(&store).unwrap();
    compaction.run(&mut store).unwrap();
    assert!(compaction.failures().is_empty());
    push(&mut store, &mut notes, "!");
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    assert!(verification.failures().is_empty());
    let copy = place.folder.path().join("copy");
    store.export(&copy).unwrap();
    let reader = Store::open(&copy, &options(7).read_only()).unwrap();
    assert_eq!(
        body(&reader.document("the name").unwrap()),
        format!("{ALL}!")
    );
    // A store is sealed by importing it into one that is.
    let plain = Place::new();
    let mut open = plain.create();
    open.import(&reader, &Entry::new()).unwrap();
    assert_eq!(body(&open.document("the name").unwrap()), format!("{ALL}!"));
}

#[test]
fn nothing_that_was_written_can_be_found() {
    let place = sealed();
    let words = [
        "the name",
        "the author",
        "the origin",
        "the key",
        "the relay",
        "the error",
        "text",
    ];
    let found = |place: &Place| {
        let files = fs::read_dir(place.folder.path()).unwrap();
        let all: Vec<u8> = files
            .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
        let is_there = |word: &&str| {
            all.windows(word.len())
                .any(|bytes| bytes == word.as_bytes())
        };
        words
            .into_iter()
            .filter(|word| is_there(word))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&place), [""; 0]);
    let mut store = Store::open(&place.path, &options(7)).unwrap();
    Compaction::new(&store).unwrap().run(&mut store).unwrap();
    assert_eq!(found(&place), [""; 0]);
    // That it would be found: a store that is not sealed.
    let open = Place::new();
    let mut copy = open.create();
    copy.import(&store, &Entry::new().author("the author"))
        .unwrap();
    // What comes in a large piece is packed; a small one stands there as it is.
    let mut notes = copy.document("the name").unwrap();
    push(&mut copy, &mut notes, "text");
    assert_eq!(found(&open), ["the name", "the author", "text"]);
}

#[test]
fn only_its_key_opens_it() {
    let place = sealed();
    let before = fs::read(&place.path).unwrap();
    for options in [Options::new(), Options::new().read_only()] {
        let opened = Store::open(&place.path, &options);
        assert!(matches!(opened, Err(Error::Sealed { .. })));
    }
    for options in [options(8), options(8).read_only()] {
        let opened = Store::open(&place.path, &options);
        assert!(matches!(opened, Err(Error::WrongKey { .. })));
    }
    assert_eq!(fs::read(&place.path).unwrap(), before);
    let open = Place::new();
    open.create();
    let opened = Store::open(&open.path, &options(7));
    assert!(matches!(opened, Err(Error::NotSealed { .. })));
    assert!(!format!("{:?}", options(7)).contains("7, 7"));
}

#[test]
fn what_is_sealed_belongs_to_its_place() {
    // The checksums are made right again: only the seal is left to tell.
    let swapped = sealed();
    let connection = Connection::open(&swapped.path).unwrap();
    let rows = |connection: &Connection| -> Vec<(i64, Vec<u8>)> {
        let mut statement = connection
            .prepare("SELECT id, body FROM journal ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let key: Vec<u8> = connection
        .query_row("SELECT key FROM document", [], |row| row.get(0))
        .unwrap();
    let put = |seq: usize, body: &[u8]| {
        let mut place = vec![1];
        place.extend(&key);
        place.extend((seq as u64).to_le_bytes());
        place.extend(body);
        let sum = i64::from_le_bytes(*blake3::hash(&place).as_bytes().first_chunk().unwrap());
        let id = (1 << 32) | seq as i64;
        let update = "UPDATE journal SET body = ?2, checksum = ?3 WHERE id = ?1";
        let done = connection.execute(update, rusqlite::params![id, body, sum]);
        assert_eq!(done.unwrap(), 1);
    };
    let opens = || {
        let store = Store::open(&swapped.path, &options(7).read_only()).unwrap();
        store.document("the name").map(|document| body(&document))
    };
    let rows = rows(&connection);
    put(2, &rows[1].1);
    assert_eq!(opens().unwrap(), ALL);
    put(2, &rows[0].1);
    assert!(matches!(opens(), Err(Error::Damaged { .. })));
    let mut flipped = rows[1].1.clone();
    *flipped.last_mut().unwrap() ^= 1;
    put(2, &flipped);
    assert!(matches!(opens(), Err(Error::Damaged { .. })));
    // What is not sealed is not believed in a store that is.
    put(2, &[0, 0]);
    assert!(matches!(opens(), Err(Error::Damaged { .. })));
}

/// Once a key was changed, what its row says stands in a second place, in another table.
#[test]
fn a_store_whose_row_of_a_changed_key_is_damaged_opens_with_the_key() {
    let damages = [
        "UPDATE seal SET checksum = 1 WHERE id = (SELECT max(id) FROM seal)",
        "UPDATE seal SET body = x'01' WHERE id = (SELECT max(id) FROM seal)",
        "DELETE FROM seal",
    ];
    // Changed twice, and the second change is done, or has begun.
    for (damage, is_done) in damages
        .iter()
        .flat_map(|damage| [(damage, true), (damage, false)])
    {
        let place = sealed();
        let mut store = Store::open(&place.path, &options(7)).unwrap();
        run_key_change(&mut store, 8);
        match is_done {
            true => run_key_change(&mut store, 9),
            false => drop(KeyChange::new(&mut store, &Key::new([9; 32])).unwrap()),
        }
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);
        for wrong in [7, 8] {
            let opened = Store::open(&place.path, &options(wrong));
            let is_refused = matches!(opened, Err(Error::Damaged { .. } | Error::NotSealed { .. }));
            assert!(is_refused, "{damage}, {wrong}");
        }
        let store = Store::open(&place.path, &options(9).read_only()).unwrap();
        assert_eq!(body(&store.document("the name").unwrap()), ALL, "{damage}");
        drop(store);
        // Opened to write, it writes the row again: with the key before, where that is needed still.
        drop(Store::open(&place.path, &options(9)).unwrap());
        let mut store = Store::open(&place.path, &options(9)).unwrap();
        assert_eq!(body(&store.document("the name").unwrap()), ALL, "{damage}");
        let relay = store.remote("the name", "the relay").unwrap();
        assert_eq!(relay.last_error.as_deref(), Some("the error"));
        assert_eq!(store.remotes("the name").unwrap().len(), 1);
        run_key_change(&mut store, if is_done { 10 } else { 9 });
        drop(store);
        // It says so itself again.
        let opened = Store::open(&place.path, &options(8));
        assert!(matches!(opened, Err(Error::WrongKey { .. })), "{damage}");
        let key = options(if is_done { 10 } else { 9 });
        let store = Store::open(&place.path, &key).unwrap();
        assert_eq!(body(&store.document("the name").unwrap()), ALL, "{damage}");
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        assert!(verification.failures().is_empty());
    }
}

/// As in a store whose key an older program changed: what the key of names would be by the key is another.
#[test]
fn a_store_of_whose_changed_key_nothing_is_left_is_refused() {
    let place = sealed();
    let mut store = Store::open(&place.path, &options(7)).unwrap();
    run_key_change(&mut store, 8);
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    // The same, sealed by the same key in two places, has nothing in common.
    let query = "SELECT substr(body, 2, 24) FROM seal UNION ALL SELECT substr(body, 2, 24) FROM remote WHERE document = 0";
    let mut rows = connection.prepare(query).unwrap();
    let nonces = rows.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let nonces: Vec<_> = nonces.map(Result::unwrap).collect();
    drop(rows);
    assert!(nonces.len() == 2 && nonces[0] != nonces[1]);
    let lose = "UPDATE seal SET checksum = 1; DELETE FROM remote WHERE document = 0";
    connection.execute_batch(lose).unwrap();
    drop(connection);
    for key in [7, 8] {
        for options in [options(key), options(key).read_only()] {
            let opened = Store::open(&place.path, &options);
            assert!(matches!(opened, Err(Error::Damaged { .. })), "{key}");
        }
    }
}

/// The row that says what a store is sealed with follows from the key, unless that was changed before.
#[test]
fn a_store_whose_row_of_its_key_is_damaged_opens_with_the_key() {
    for damage in [
        "UPDATE seal SET checksum = 1",
        "UPDATE seal SET body = x'01'",
        "UPDATE seal SET id = 9",
        "DELETE FROM seal",
    ] {
        let place = sealed();
        let connection = Connection::open(&place.path).unwrap();
        assert_eq!(connection.execute(damage, []).unwrap(), 1, "{damage}");
        drop(connection);
        for wrong in [options(8), options(8).read_only()] {
            let opened = Store::open(&place.path, &wrong);
            let is_refused = matches!(opened, Err(Error::Damaged { .. } | Error::NotSealed { .. }));
            assert!(is_refused, "{damage}");
        }
        let store = Store::open(&place.path, &options(7).read_only()).unwrap();
        assert_eq!(body(&store.document("the name").unwrap()), ALL, "{damage}");
        drop(store);
        let mut store = Store::open(&place.path, &options(7)).unwrap();
        let mut notes = store.document("the name").unwrap();
        push(&mut store, &mut notes, "!");
        drop(store);
        // It says so itself again.
        let opened = Store::open(&place.path, &options(8));
        assert!(matches!(opened, Err(Error::WrongKey { .. })), "{damage}");
        let opened = Store::open(&place.path, &Options::new());
        assert!(matches!(opened, Err(Error::Sealed { .. })), "{damage}");
        let store = Store::open(&place.path, &options(7)).unwrap();
        assert_eq!(
            body(&store.document("the name").unwrap()),
            format!("{ALL}!")
        );
    }
}
