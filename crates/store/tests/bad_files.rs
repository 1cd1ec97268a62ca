//! Files that are no store, or not one that this program knows.
//!
//! - Each is an error by name, and no byte of it changes, whether it is opened to read, to write, or to be made a store of.
//! - A file cannot bring code: tables other than a store's are refused.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use rusqlite::Connection;
use support::{Place, push};
use syncline_store::{Entry, Error, Options, Store};

/// Tries everything on a file, which has to stay as it is.
fn refused(place: &Place) -> Vec<Error> {
    let before = fs::read(&place.path).unwrap();
    let options = [Options::new(), Options::new().read_only()];
    let opened = options.map(|options| Store::open(&place.path, &options).err());
    let opened = opened
        .into_iter()
        .chain([Store::migrations(&place.path).err()]);
    let errors: Vec<_> = opened.map(|error| error.expect("it is refused")).collect();
    let created = Store::create(&place.path, &Options::new());
    assert!(matches!(created, Err(Error::Exists { .. })));
    assert_eq!(fs::read(&place.path).unwrap(), before);
    errors
}

#[test]
fn other_files_are_refused() {
    let contents: [&[u8]; 4] = [b"x", &[7; 511], b"SQLite format 3\0", &[0; 5000]];
    for content in contents {
        let place = Place::new();
        fs::write(&place.path, content).unwrap();
        for error in refused(&place) {
            assert!(matches!(error, Error::NotAStore { .. }), "{error}");
        }
    }
}

#[test]
fn a_file_of_another_program_is_refused() {
    for statement in ["CREATE TABLE t (a)", "PRAGMA user_version = 7"] {
        let place = Place::new();
        Connection::open(&place.path)
            .unwrap()
            .execute_batch(statement)
            .unwrap();
        for error in refused(&place) {
            assert!(matches!(error, Error::NotAStore { .. }), "{error}");
        }
    }
}

#[test]
fn where_nothing_is_there_is_no_store() {
    let place = Place::new();
    let opened = Store::open(&place.path, &Options::new());
    assert!(matches!(opened, Err(Error::NoStore { .. })));
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);
    // An empty file may be made a store.
    fs::write(&place.path, b"").unwrap();
    let opened = Store::open(&place.path, &Options::new());
    assert!(matches!(opened, Err(Error::NotAStore { .. })));
    place.create().create_document("notes").unwrap();
    assert_eq!(place.open().documents().unwrap().names, ["notes"]);
}

#[test]
fn a_creation_that_was_cut_short_is_begun_again() {
    let place = Place::new();
    for end in ["", "-journal", "-wal"] {
        let left = place
            .folder
            .path()
            .join(format!("notes.syncline.part{end}"));
        fs::write(left, [7; 2000]).unwrap();
    }
    place.create().create_document("notes").unwrap();
    assert_eq!(place.open().documents().unwrap().names, ["notes"]);
    let files = fs::read_dir(place.folder.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.contains("part")));
}

#[test]
fn what_a_lost_store_left_is_not_taken_for_a_new_ones() {
    for (end, content) in [("-wal", &b"x"[..]), ("-journal", b"x"), ("-wal", b"")] {
        let place = Place::new();
        let left = place.folder.path().join(format!("notes.syncline{end}"));
        fs::write(&left, content).unwrap();
        for empty in [false, true] {
            if empty {
                fs::write(&place.path, b"").unwrap();
            }
            let created = Store::create(&place.path, &Options::new());
            assert!(matches!(created, Err(Error::Exists { .. })));
            assert_eq!(fs::read(&left).unwrap(), content);
        }
    }
}

/// Some programs write to an SQLite file without its log. If one of them was cut short, what it did is in a journal beside it.
#[test]
fn what_another_program_left_half_done_is_taken_back() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "kept");
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    let half = "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2; BEGIN; DELETE FROM journal; \
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) \
                INSERT INTO quarantine (document, first, last, snapshot, what, body) \
                SELECT 1, 1, 1, 0, 'x', randomblob(900) FROM n";
    connection.execute_batch(half).unwrap();
    let copy = Place::new();
    for end in ["", "-journal"] {
        let file = |place: &Place| place.folder.path().join(format!("notes.syncline{end}"));
        fs::copy(file(&place), file(&copy)).unwrap();
    }
    drop(connection);

    let read_only = Store::open(&copy.path, &Options::new().read_only());
    assert!(matches!(read_only, Err(Error::ReadOnly { .. })));
    let notes = copy.open().document("notes").unwrap();
    assert_eq!(support::body(&notes), "kept");
}

/// Some programs have an SQLite file do without its log from then on. Whoever writes brings it back, and commits as before.
#[test]
fn a_store_that_lost_its_log_has_it_again() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "one");
    drop(store);
    let has_log = || {
        let header = fs::read(&place.path).unwrap();
        header[18..20] == [2, 2]
    };
    assert!(has_log());
    let connection = Connection::open(&place.path).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = DELETE")
        .unwrap();
    drop(connection);
    assert!(!has_log());
    let read = place.read();
    assert_eq!(support::body(&read.document("notes").unwrap()), "one");
    drop(read);
    let mut store = place.open();
    assert!(has_log());
    let mut notes = store.document("notes").unwrap();
    support::edit(&mut notes, ", two");
    store.commit_soon(&mut [&mut notes], &Entry::new()).unwrap();
    store.syncer().unwrap().unwrap().sync().unwrap();
    // The process ends without a word.
    std::mem::forget((store, notes));
    let notes = place.read().document("notes").unwrap();
    assert_eq!(support::body(&notes), "one, two");
}

#[test]
fn a_folder_is_no_store() {
    let place = Place::new();
    for opened in [
        Store::open(place.folder.path(), &Options::new()),
        Store::create(place.folder.path(), &Options::new()),
    ] {
        assert!(opened.is_err());
    }
}

#[test]
fn a_newer_store_is_not_touched() {
    let place = Place::new();
    place.create();
    let connection = Connection::open(&place.path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    for error in refused(&place) {
        let Error::Newer { found, known, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((found, known), (99, 3));
    }
}

#[test]
fn a_file_brings_no_code() {
    for statement in [
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM journal; END",
        "DROP TABLE journal; CREATE VIEW journal AS SELECT 1 AS id, 2 AS checksum, x'00' AS body",
        "CREATE TABLE more (a)",
        "DROP TABLE remote",
    ] {
        let place = Place::new();
        place.create();
        let connection = Connection::open(&place.path).unwrap();
        connection.execute_batch(statement).unwrap();
        drop(connection);
        for error in refused(&place) {
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }
}

#[test]
fn nothing_needs_to_be_migrated_in_a_new_store() {
    let place = Place::new();
    place.create();
    assert_eq!(Store::migrations(&place.path).unwrap(), [""; 0]);
    let mut store = place.open();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "a");
}
