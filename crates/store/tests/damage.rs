//! Bytes on disk that are not what was written.
//!
//! - A record or a snapshot that was changed, moved, or taken away is an error that names it; the other documents open.
//! - Whatever byte of the file changes: what opens shows what was committed, and the rest is an error.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use support::{Place, body, push};
use syncline_store::{Collection, Error, Job, Limits, Options, Store, Verification};

/// A store of two documents, of three commits each, closed.
fn two() -> Place {
    let place = Place::new();
    let mut store = place.create();
    for name in ["one", "two"] {
        let mut document = store.create_document(name).unwrap();
        for text in ["a", "b", "c"] {
            push(&mut store, &mut document, text);
        }
    }
    place
}

#[test]
fn a_record_that_changed_is_named() {
    let first = "(SELECT id FROM document WHERE name = CAST('one' AS BLOB)) << 32";
    let cases = [
        (
            "UPDATE journal SET body = CAST(body || x'00' AS BLOB) WHERE id = {} | 2",
            2,
        ),
        (
            "UPDATE journal SET body = substr(body, 2) WHERE id = {} | 1",
            1,
        ),
        (
            "UPDATE journal SET checksum = checksum + 1 WHERE id = {} | 3",
            3,
        ),
        ("DELETE FROM journal WHERE id = {} | 2", 2),
        ("DELETE FROM journal WHERE id = {} | 3", 3),
        ("UPDATE document SET last = 2 WHERE id = {} >> 32", 3),
        ("UPDATE document SET last = 4 WHERE id = {} >> 32", 4),
        (
            "UPDATE journal SET body = (SELECT body FROM journal WHERE id = {} | 1), checksum = \
             (SELECT checksum FROM journal WHERE id = {} | 1) WHERE id = {} | 3",
            3,
        ),
        // Another document's.
        (
            "UPDATE journal SET body = (SELECT body FROM journal WHERE id > {} | 99 LIMIT 1), checksum = \
             (SELECT checksum FROM journal WHERE id > {} | 99 LIMIT 1) WHERE id = {} | 1",
            1,
        ),
        ("UPDATE journal SET body = 17 WHERE id = {} | 1", 1),
        ("UPDATE journal SET body = 'text' WHERE id = {} | 1", 1),
        ("UPDATE document SET name = x'ff' WHERE id = {} >> 32", 0),
        ("UPDATE document SET snapshot = 7 WHERE id = {} >> 32", 0),
        ("UPDATE document SET snapshot = -7 WHERE id = {} >> 32", 0),
    ];
    for (statement, record) in cases {
        let place = two();
        let connection = Connection::open(&place.path).unwrap();
        let statement = statement.replace("{}", &format!("({first})"));
        assert_eq!(
            connection.execute(&statement, []).unwrap(),
            1,
            "{statement}"
        );
        drop(connection);

        let store = place.open();
        let Err(Error::Damaged { place, .. }) = store.document("one") else {
            panic!("not seen: {statement}");
        };
        let place = place.to_string();
        if record > 0 {
            assert_eq!(place, format!("record {record} of the document \"one\""));
        }
        assert_eq!(body(&store.document("two").unwrap()), "abc");
    }
}

#[test]
fn a_damaged_name_is_told_beside_the_others() {
    for damage in [
        "UPDATE document SET name = x'ff' WHERE id = 1",
        "UPDATE document SET name = CAST('three' AS BLOB) WHERE id = 1",
        "UPDATE document SET name = 7 WHERE id = 1",
        "UPDATE document SET key = x'00' WHERE id = 1",
    ] {
        let place = two();
        let connection = Connection::open(&place.path).unwrap();
        assert_eq!(connection.execute(damage, []).unwrap(), 1);
        drop(connection);
        let listing = place.open().documents().unwrap();
        assert_eq!(listing.names, ["two"], "{damage}");
        let [error] = &*listing.damaged else {
            panic!("{damage}: {listing:?}");
        };
        assert!(error.to_string().contains("document 1"), "{error}");
    }
}

#[test]
fn an_oversized_row_is_refused_before_it_is_read() {
    let mut limits = Limits::default();
    limits.document_bytes = 1000;
    let options = Options::new().read_only().limits(limits);
    for bytes in [2000_u32, 100_000] {
        let place = two();
        let connection = Connection::open(&place.path).unwrap();
        let grown = "UPDATE journal SET body = zeroblob(?1) WHERE id & 255 = 1";
        assert_eq!(connection.execute(grown, [bytes]).unwrap(), 2);
        drop(connection);
        let store = Store::open(&place.path, &options).unwrap();
        let Err(Error::Limit { what, found, .. }) = store.document("one") else {
            panic!("{bytes} bytes are read");
        };
        assert_eq!(what, "document_bytes");
        assert!(found > bytes.into(), "{found}");
    }
}

#[test]
fn any_byte_may_change() {
    let place = two();
    let good = fs::read(&place.path).unwrap();
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 509,
    };
    let (mut whole, mut refused) = (0, 0_u32);
    for at in (0..good.len()).step_by(step) {
        let changed = Place::new();
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&changed.path, bytes).unwrap();
        let mut read = |refused: &mut u32| -> Result<(), Error> {
            let store = Store::open(&changed.path, &Options::new().read_only())?;
            let listing = store.documents()?;
            *refused += u32::from(!listing.damaged.is_empty());
            for name in listing.names {
                assert_eq!(body(&store.document(&name)?), "abc", "byte {at}");
                whole += 1;
            }
            Ok(())
        };
        match read(&mut refused) {
            Ok(()) => {}
            Err(error) => {
                refused += 1;
                assert!(!matches!(error, Error::Io { .. }), "byte {at}: {error}");
            }
        }
    }
    assert!(whole > 0 && refused > 0, "{whole} {refused}");
}

/// In a damaged page SQLite finds rows again and again that come after none.
#[test]
fn nothing_goes_round_in_a_damaged_page() {
    let (to_here, done) = mpsc::channel();
    let all = std::thread::spawn(move || {
        let place = two();
        let mut store = place.open();
        for content in [b"one", b"two"] {
            store.put_blob(&content[..]).unwrap();
        }
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        let query = "SELECT rootpage FROM sqlite_schema WHERE name IN ('document', 'blob')";
        let mut pages = connection.prepare(query).unwrap();
        let pages = pages.query_map([], |row| row.get(0)).unwrap();
        let pages: Vec<u32> = pages.map(Result::unwrap).collect();
        let pages: Vec<usize> = pages.into_iter().map(|page| page as usize).collect();
        let good = fs::read(&place.path).unwrap();
        // Every bit of the header of the page and of where two rows are; of the rows, one of each byte.
        let headers = pages.iter().map(|page| (page - 1) * 1024);
        let headers = headers.flat_map(|start| start..start + 12);
        let headers = headers.flat_map(|at| (0..8).map(move |bit| (at, bit)));
        let rows = pages.iter().flat_map(|page| page * 1024 - 96..page * 1024);
        let all = headers.chain(rows.map(|at| (at, at % 8)));
        for (at, bit) in all {
            let changed = Place::new();
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&changed.path, bytes).unwrap();
            let Ok(mut store) = Store::open(&changed.path, &Options::new()) else {
                continue;
            };
            let _ = (store.documents(), store.blobs());
            if let Ok(mut verification) = Verification::new(&store) {
                while verification.work().unwrap_or(false) {}
            }
            if let Ok(mut collection) = Collection::new(&mut store) {
                let _ = collection.run(&mut store);
            }
        }
        to_here.send(()).unwrap();
    });
    let waited = done.recv_timeout(Duration::from_secs(120));
    assert_eq!(waited, Ok(()), "it goes round and round, or fails");
    all.join().unwrap();
}

/// In a damaged page one record can be found twice, and another not at all.
#[test]
fn a_record_that_is_found_twice_stands_for_no_other() {
    let place = two();
    let connection = Connection::open(&place.path).unwrap();
    let query = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'";
    let page: u32 = connection.query_row(query, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = fs::read(&place.path).unwrap();
    // Where the third row of the page is becomes where the first is.
    let rows = (page as usize - 1) * 1024 + 8;
    bytes.copy_within(rows..rows + 2, rows + 4);
    fs::write(&place.path, bytes).unwrap();
    let Err(Error::Damaged { place: found, .. }) = place.open().document("one") else {
        panic!("it is not missed");
    };
    assert_eq!(found.to_string(), "record 3 of the document \"one\"");
    assert_eq!(body(&place.open().document("two").unwrap()), "abc");
}
