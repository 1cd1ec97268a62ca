//! Pages that SQLite cannot read.
//!
//! - Whichever page is lost: what opens shows what was committed, and nothing else; nothing hangs or panics.
//! - Repair sets aside exactly the records that cannot be read, and what the other pages hold is kept: with what it fetches from a
//!   copy afterwards, the documents are whole.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use rusqlite::Connection;
use support::{Place, body, push};
use syncline_store::{Compaction, Durability, Entry, Error, Job, Options, Store, Verification};

const PAGE: usize = 1024;
const RECORDS: u32 = 40;

fn word(number: u32) -> String {
    format!("{number:04} {}", "and more ".repeat(8))
}

/// Two documents of many records each, on several pages; both have a snapshot of half of them. Packed in one file.
fn two() -> Place {
    let (place, copy) = (Place::new(), Place::new());
    let options = Options::new().durability(Durability::Fast);
    let mut store = Store::create(&place.path, &options).unwrap();
    let [mut one, mut two] = ["one", "two"].map(|name| store.create_document(name).unwrap());
    for number in 0..RECORDS {
        push(&mut store, &mut one, &word(number));
        push(&mut store, &mut two, &word(number));
        if number == RECORDS / 2 {
            Compaction::new(&store).unwrap().run(&mut store).unwrap();
        }
    }
    store.export(&copy.path).unwrap();
    copy
}

fn whole() -> String {
    (0..RECORDS).map(word).collect()
}

/// The records of a document that are there, and that can be read.
fn readable(place: &Place, document: u32) -> BTreeSet<u32> {
    let connection = Connection::open(&place.path).unwrap();
    let is_there = |seq: &u32| {
        let id = (i64::from(document) << 32) | i64::from(*seq);
        let query = "SELECT length(body) + length(CAST(body AS TEXT)) FROM journal WHERE id = ?1";
        connection
            .query_row(query, [id], |row| row.get::<_, u32>(0))
            .is_ok()
    };
    (1..=RECORDS).filter(is_there).collect()
}

#[test]
fn what_other_pages_hold_is_given() {
    let (mut repaired, mut refused, mut salvaged) = (0, 0, 0);
    let copy = two();
    let good = fs::read(&copy.path).unwrap();
    for page in 1..good.len() / PAGE {
        for byte in [0, 0xff] {
            let context = format!("page {page} of {byte}");
            let place = Place::new();
            let mut bytes = good.clone();
            bytes[page * PAGE..][..PAGE].fill(byte);
            fs::write(&place.path, bytes).unwrap();
            let Ok(mut store) = Store::open(&place.path, &Options::new()) else {
                refused += 1;
                continue;
            };
            let listing = store.documents().unwrap_or_default();
            for name in &listing.names {
                match store.document(name) {
                    Ok(document) => assert_eq!(body(&document), whole(), "{context}"),
                    Err(error) => {
                        assert!(matches!(error, Error::Damaged { .. }), "{context}: {error}")
                    }
                }
            }
            let Ok(mut verification) = Verification::new(&store) else {
                continue;
            };
            while verification.work().unwrap() {}
            let before = [1, 2].map(|document| readable(&place, document));
            let Ok(report) = store.repair(None, &Entry::new()) else {
                refused += 1;
                continue;
            };
            for one in &report.repaired {
                assert!(!verification.failures().is_empty(), "{context}");
                repaired += 1;
                let document = store.document(&one.document).unwrap();
                assert!(whole().starts_with(&body(&document)), "{context}");
                // Exactly the records that cannot be read: those of the journal, and those that a lost snapshot held.
                let row = if one.document == "one" { 0 } else { 1 };
                let lost: u32 = one.set_aside.iter().map(|aside| aside.records).sum();
                let there = u32::try_from(before[row].len()).unwrap();
                let is_snapshot_lost = one.set_aside.iter().any(|aside| aside.records == 0);
                let expected = match is_snapshot_lost {
                    true => RECORDS - there,
                    false => RECORDS - (RECORDS / 2 + 1) - there,
                };
                assert_eq!(lost, expected, "{context}: {one:?}");
                salvaged += there;
            }
            // What was set aside is fetched into a new store, beside what could be read.
            let fresh = Place::new();
            let mut new = fresh.create();
            new.import(&store, &Entry::new()).unwrap();
            new.import(&copy.read(), &Entry::new()).unwrap();
            for name in ["one", "two"] {
                assert_eq!(body(&new.document(name).unwrap()), whole(), "{context}");
            }
        }
    }
    println!("{repaired} repaired, {refused} refused, {salvaged} records salvaged");
    assert!(repaired >= 20 && salvaged > 250, "{repaired} {salvaged}");
}
