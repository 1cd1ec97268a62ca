//! Verification and repair.
//!
//! - Verification of a sound store finds nothing; any byte that changes is found by it, or changes nothing.
//! - Repair sets aside what is damaged, keeps it, and says what it was; the rest opens, and goes on.
//! - With another copy, all that copy has is back.
//! - Healthy documents are not touched.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use rusqlite::Connection;
use support::{Place, body, lie, push};
use syncline_store::{
    Compaction, Entry, Error, Failure, Job, Options, Place as Where, Report, Store, Verification,
};

/// Two documents of five commits each; the second has a snapshot of its first three.
fn two() -> Place {
    let place = Place::new();
    let mut store = place.create();
    let mut first = store.create_document("first").unwrap();
    let mut second = store.create_document("second").unwrap();
    for text in ["a", "b", "c"] {
        push(&mut store, &mut second, text);
    }
    Compaction::new(&store).unwrap().run(&mut store).unwrap();
    for text in ["d", "e"] {
        push(&mut store, &mut second, text);
    }
    for text in ["a", "b", "c", "d", "e"] {
        push(&mut store, &mut first, text);
    }
    place
}

fn execute(place: &Place, statement: &str) {
    let connection = Connection::open(&place.path).unwrap();
    let done = connection.execute(statement, []).unwrap();
    assert_eq!(done, 1, "{statement}");
}

/// What a verification complains of, and whether it came to its end by what it tells.
fn complaints(store: &Store) -> (Vec<String>, bool) {
    let mut verification = Verification::new(store).unwrap();
    while verification.work().unwrap() {}
    let progress = verification.progress();
    let tell = |failure: &Failure| failure.error.to_string();
    let told = verification.failures().iter().map(tell);
    (told.collect(), progress.done == progress.all)
}

fn failures(store: &Store) -> Vec<String> {
    let (complaints, is_at_end) = complaints(store);
    assert!(is_at_end);
    complaints
}

fn repair(store: &mut Store, other: Option<&Store>) -> Report {
    store.repair(other, &Entry::new().origin("repair")).unwrap()
}

#[test]
fn a_sound_store_is_sound() {
    let place = two();
    let mut store = place.open();
    assert_eq!(failures(&store), [""; 0]);
    let report = repair(&mut store, None);
    assert!(report.repaired.is_empty() && report.failures.is_empty());
}

/// Damages one record of the first document, repairs it without and with a copy.
fn repaired(statement: &str, place_of_it: &Where, left: &str) {
    let place = two();
    let copy = place.folder.path().join("copy");
    place.open().export(&copy).unwrap();
    execute(&place, statement);
    let mut store = place.open();
    assert_eq!(failures(&store).len(), 1, "{statement}");
    let report = repair(&mut store, None);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let [repaired] = &*report.repaired else {
        panic!("{report:?}");
    };
    assert_eq!(repaired.set_aside[0].place, *place_of_it);
    assert_eq!(repaired.fetched, None);
    assert_eq!(repaired.is_waiting, left.len() < 4, "{statement}");
    assert_eq!(failures(&store), [""; 0]);
    let mut document = store.document(&repaired.document).unwrap();
    assert_eq!(body(&document), left, "{statement}");
    push(&mut store, &mut document, "!");
    drop(store);

    // It was set aside, so what comes from a copy now is taken in as from any replica.
    let mut store = place.open();
    let other = Store::open(&copy, &Options::new().read_only()).unwrap();
    store.import(&other, &Entry::new()).unwrap();
    let again = body(&store.document(&repaired.document).unwrap());
    assert_eq!(again.replace('!', ""), "abcde", "{statement}");
    assert_eq!(again.len(), 6);
}

fn record(document: &str, seq: u32) -> Where {
    let told = format!("record {seq} of the document {document:?}");
    let place = two();
    let row = if document == "first" { 1 } else { 2 };
    execute(
        &place,
        &format!("DELETE FROM journal WHERE id = ({row} << 32) | {seq}"),
    );
    match place.open().document(document) {
        Err(Error::Damaged { place, .. }) => {
            assert_eq!(place.to_string(), told);
            place
        }
        _ => panic!("it is not missed"),
    }
}

#[test]
fn records_are_set_aside() {
    let damage = |seq| format!("UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | {seq}");
    let lost = |seq| format!("DELETE FROM journal WHERE id = (1 << 32) | {seq}");
    // What follows a lost insertion waits for it.
    for (seq, left) in [(1, ""), (3, "ab"), (5, "abcd")] {
        repaired(&damage(seq), &record("first", seq), left);
        repaired(&lost(seq), &record("first", seq), left);
    }
    let behind = "UPDATE document SET last = 4 WHERE id = 1";
    repaired(behind, &record("first", 5), "abcde");
}

#[test]
fn a_snapshot_is_set_aside_and_kept() {
    let place = two();
    let copy = place.folder.path().join("copy");
    place.open().export(&copy).unwrap();
    execute(&place, "UPDATE chunk SET body = zeroblob(length(body))");
    let mut store = place.open();
    assert!(failures(&store)[0].contains("the snapshot of the document \"second\""));
    let other = Store::open(&copy, &Options::new().read_only()).unwrap();
    let report = repair(&mut store, Some(&other));
    let [repaired] = &*report.repaired else {
        panic!("{report:?}");
    };
    assert_eq!(repaired.document, "second");
    let records: Vec<_> = repaired
        .set_aside
        .iter()
        .map(|aside| aside.records)
        .collect();
    assert_eq!(records, [0, 3]);
    assert!(repaired.fetched.unwrap() >= 3);
    assert_eq!(body(&store.document("second").unwrap()), "abcde");
    // A compaction does not take it away.
    Compaction::new(&store).unwrap().run(&mut store).unwrap();
    assert_eq!(failures(&store), [""; 0]);
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    let count = |query: &str| -> u32 { connection.query_row(query, [], |row| row.get(0)).unwrap() };
    let kept = "SELECT count(*) FROM chunk JOIN quarantine ON quarantine.snapshot = chunk.id >> 32";
    assert_eq!(count(kept), 1);
}

#[test]
fn a_row_that_cannot_be_read_is_told_and_the_others_go_on() {
    for damage in [
        "UPDATE document SET name = x'ff' WHERE id = 1",
        "UPDATE document SET name = 7 WHERE id = 1",
        "UPDATE document SET key = x'00' WHERE id = 1",
        "UPDATE document SET last = -1 WHERE id = 1",
        "UPDATE document SET snapshot = 'x' WHERE id = 1",
    ] {
        let place = two();
        execute(&place, damage);
        let mut store = place.open();
        assert_eq!(failures(&store).len(), 1, "{damage}");
        let report = repair(&mut store, None);
        assert_eq!(
            (report.repaired.len(), report.failures.len()),
            (0, 1),
            "{damage}"
        );
        let mut compaction = Compaction::new(&store).unwrap();
        compaction.run(&mut store).unwrap();
        assert_eq!(
            body(&store.document("second").unwrap()),
            "abcde",
            "{damage}"
        );
    }
}

#[test]
fn another_copy_that_is_damaged_too_is_told() {
    let place = two();
    let copy = Place::new();
    place.open().export(&copy.path).unwrap();
    for place in [&place, &copy] {
        execute(
            place,
            "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 5",
        );
    }
    let mut store = place.open();
    let report = repair(&mut store, Some(&copy.read()));
    assert_eq!((report.repaired.len(), report.failures.len()), (1, 1));
    assert_eq!(report.repaired[0].fetched, None);
    assert_eq!(body(&store.document("first").unwrap()), "abcd");
}

#[test]
fn healthy_documents_are_not_touched() {
    let place = two();
    execute(
        &place,
        "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 2",
    );
    let rows = |place: &Place| -> Vec<(i64, Vec<u8>)> {
        let connection = Connection::open(&place.path).unwrap();
        let mut statement = connection
            .prepare("SELECT id, body FROM journal WHERE id >> 32 = 2")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let before = rows(&place);
    repair(&mut place.open(), None);
    assert_eq!(rows(&place), before);
    assert_eq!(before.len(), 2);
}

#[test]
fn a_document_that_does_not_come_to_what_it_shows_is_told() {
    let place = two();
    lie(&place, "lying");
    let store = place.open();
    assert_eq!(body(&store.document("lying").unwrap()), "so it is ");
    let complaints = failures(&store);
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].contains("lying"), "{complaints:?}");
}

#[test]
fn a_delivery_that_changed_is_told() {
    let place = two();
    let mut store = place.open();
    let mut first = store.document("first").unwrap();
    for key in ["one", "two", "three"] {
        let entry = Entry::new().key(key);
        store.commit(&mut first, &entry).unwrap();
    }
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    let least = "SELECT key FROM delivery ORDER BY key LIMIT 1";
    let key: Vec<u8> = connection.query_row(least, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = fs::read(&place.path).unwrap();
    let found = bytes.windows(16).position(|part| part == key).unwrap();
    bytes[found] = 0xff;
    fs::write(&place.path, bytes).unwrap();
    assert!(!failures(&place.open()).is_empty());
}

#[test]
fn verification_finds_any_byte_that_changed_anything() {
    let place = two();
    let good = fs::read(&place.path).unwrap();
    let step = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1,
        None => 397,
    };
    let mut found = 0;
    for at in (0..good.len()).step_by(step) {
        let changed = Place::new();
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&changed.path, bytes).unwrap();
        let Ok(store) = Store::open(&changed.path, &Options::new()) else {
            found += 1;
            continue;
        };
        let (complaints, is_at_end) = complaints(&store);
        found += usize::from(!complaints.is_empty());
        if complaints.is_empty() {
            assert!(is_at_end, "byte {at}");
            assert_eq!(
                store.documents().unwrap().names,
                ["first", "second"],
                "byte {at}"
            );
            for name in ["first", "second"] {
                assert_eq!(body(&store.document(name).unwrap()), "abcde", "byte {at}");
            }
        }
    }
    assert!(found > 3, "{found}");
}

/// Repairs a store without a copy, of which nothing is lost.
fn put_right(place: &Place, damage: &[&str]) {
    for statement in damage {
        execute(place, statement);
    }
    let mut store = place.open();
    assert!(!failures(&store).is_empty(), "{damage:?}");
    let report = repair(&mut store, None);
    assert!(report.failures.is_empty(), "{damage:?}: {report:?}");
    assert_eq!(report.repaired.len(), 1, "{damage:?}");
    let mut aside = report.repaired[0].set_aside.iter();
    assert!(
        aside.all(|aside| aside.records == 0),
        "{damage:?}: {report:?}"
    );
    assert_eq!(failures(&store), [""; 0], "{damage:?}");
    // And what is there stays.
    Compaction::new(&store).unwrap().run(&mut store).unwrap();
    let mut second = store.document("second").unwrap();
    assert_eq!(body(&second), "abcde", "{damage:?}");
    push(&mut store, &mut second, "f");
    assert_eq!(body(&store.document("second").unwrap()), "abcdef");
}

#[test]
fn a_row_that_names_no_snapshot_or_another_is_put_right() {
    for snapshot in [0, 7] {
        let damage = format!("UPDATE document SET snapshot = {snapshot} WHERE id = 2");
        put_right(&two(), &[&damage]);
    }
}

/// As a compaction that was cut short leaves them.
#[test]
fn records_that_a_snapshot_holds_are_not_set_aside() {
    for damaged in [1, 2] {
        let left = format!("INSERT INTO journal VALUES ((2 << 32) | {damaged}, 1, x'00')");
        let unnamed = "UPDATE document SET snapshot = 0 WHERE id = 2";
        put_right(&two(), &[&left, unnamed]);
    }
}

#[test]
fn a_row_that_is_behind_its_snapshot_is_put_right() {
    let place = two();
    let mut store = place.open();
    Compaction::new(&store).unwrap().run(&mut store).unwrap();
    drop(store);
    put_right(&place, &["UPDATE document SET last = 2 WHERE id = 2"]);
}

#[test]
fn a_damaged_record_after_the_last_is_set_aside() {
    let place = two();
    execute(
        &place,
        "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 5",
    );
    execute(&place, "UPDATE document SET last = 4 WHERE id = 1");
    let mut store = place.open();
    let report = repair(&mut store, None);
    assert!(report.failures.is_empty(), "{report:?}");
    let aside = &report.repaired[0].set_aside;
    assert_eq!((aside.len(), aside[0].records), (1, 1), "{aside:?}");
    let mut first = store.document("first").unwrap();
    assert_eq!(body(&first), "abcd");
    // Its number is not given again.
    push(&mut store, &mut first, "!");
    assert_eq!(first.seq(), 6);
    assert_eq!(failures(&store), [""; 0]);
}

/// Each once, though some of them lie in quarantine already, as do stretches within others.
#[test]
fn records_that_are_missing_around_others_are_set_aside() {
    let place = two();
    execute(&place, "DELETE FROM journal WHERE id = (1 << 32) | 3");
    let mut store = place.open();
    assert_eq!(repair(&mut store, None).repaired.len(), 1);
    drop(store);
    for seq in [2, 4] {
        let lost = format!("DELETE FROM journal WHERE id = (1 << 32) | {seq}");
        execute(&place, &lost);
    }
    let mut store = place.open();
    let report = repair(&mut store, None);
    assert!(report.failures.is_empty(), "{report:?}");
    let aside = report.repaired[0].set_aside.iter();
    let told: Vec<_> = aside.map(|aside| (&aside.place, aside.records)).collect();
    let places = [2, 4].map(|seq| record("first", seq));
    assert_eq!(told, [(&places[0], 1), (&places[1], 1)]);
    assert_eq!(body(&store.document("first").unwrap()), "a");
}

/// As older programs wrote them.
#[test]
fn stretches_in_quarantine_lie_within_others() {
    let place = two();
    for seq in [2, 4] {
        let lost = format!("DELETE FROM journal WHERE id = (1 << 32) | {seq}");
        execute(&place, &lost);
    }
    assert!(repair(&mut place.open(), None).failures.is_empty());
    for within in [
        "UPDATE quarantine SET last = 4 WHERE first = 2",
        "UPDATE quarantine SET first = 3, last = 3 WHERE first = 4",
    ] {
        execute(&place, within);
    }
    assert_eq!(body(&place.open().document("first").unwrap()), "a");
}

#[test]
fn a_copy_goes_on_past_what_lies_in_quarantine() {
    let place = two();
    let mut store = place.open();
    let [mut early, mut late] = [(); 2].map(|()| store.document("first").unwrap());
    push(&mut store, &mut late, "f");
    execute(
        &place,
        "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 6",
    );
    assert!(repair(&mut store, None).failures.is_empty());
    early
        .doc_mut()
        .transact(|tx| tx.text("body").push("!"))
        .unwrap();
    let refused = store.commit(&mut early, &Entry::new());
    assert!(matches!(refused, Err(Error::Overtaken { .. })));
    assert!(store.refresh(&mut early).unwrap().is_empty());
    store.commit(&mut early, &Entry::new()).unwrap();
    assert_eq!(body(&store.document("first").unwrap()), "abcde!");
}

#[test]
fn what_was_not_taken_in_is_not_back() {
    let place = two();
    let copy = place.folder.path().join("copy");
    let mut store = place.open();
    store.export(&copy).unwrap();
    let damage = "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 5";
    execute(&place, damage);
    assert!(repair(&mut store, None).failures.is_empty());
    // Something else was delivered under that key.
    let entry = Entry::new().key("a delivery");
    let mut first = store.document("first").unwrap();
    store.commit(&mut first, &entry).unwrap();
    let other = Store::open(&copy, &Options::new().read_only()).unwrap();
    store.import(&other, &entry).unwrap();
    assert_eq!(body(&store.document("first").unwrap()), "abcd");
    assert!(store.has_lost("first").unwrap());
    store.import(&other, &Entry::new()).unwrap();
    assert_eq!(body(&store.document("first").unwrap()), "abcde");
    assert!(!store.has_lost("first").unwrap());
}

/// Everything can be read, and SQLite may still stumble over its file.
#[test]
fn what_repair_cannot_mend_in_the_file_is_told() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    push(&mut store, &mut notes, "a");
    drop(store);
    let mut bytes = fs::read(&place.path).unwrap();
    // How many pages are free.
    bytes[39] += 1;
    fs::write(&place.path, bytes).unwrap();
    let mut store = place.open();
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    let report = store.repair(None, &Entry::new()).unwrap();
    assert!(report.repaired.is_empty());
    for failures in [verification.failures(), &report.failures] {
        let [failure] = failures else {
            panic!("{failures:?}");
        };
        let told = failure.error.to_string();
        assert!(told.contains("the file is damaged: Freelist"), "{told}");
        assert!(!told.contains('\n') && !told.contains("***"), "{told}");
    }
}
