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

/// Whether a store that cannot be written to can be read, and taken into a new one.
fn is_readable(place: &Place) -> bool {
    let Ok(store) = Store::open(&place.path, &Options::new().read_only()) else {
        return false;
    };
    let fresh = Place::new();
    let mut new = fresh.create();
    let imported = new.import(&store, &Entry::new()).unwrap();
    imported.failures.is_empty()
        && ["one", "two"].map(|name| body(&new.document(name).unwrap())) == [whole(), whole()]
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
            let damaged = bytes;
            fs::write(&place.path, &damaged).unwrap();
            let mut store = match Store::open(&place.path, &Options::new()) {
                Ok(store) => store,
                Err(error) => {
                    println!("{context} is not written to: {error}");
                    refused += 1;
                    // Its list of tables is put right in a copy; without the page of its key it is only read.
                    let mended = Place::new();
                    match Store::rescue(&place.path, &mended.path).unwrap() {
                        0 => assert!(is_readable(&place), "{context}"),
                        1 => assert!(is_sound(&mended), "{context}"),
                        pages => panic!("{pages} of {context}"),
                    }
                    assert_eq!(fs::read(&place.path).unwrap(), damaged, "{context}");
                    continue;
                }
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
            let mut verification = Verification::new(&store).unwrap();
            while verification.work().unwrap() {}
            let before = [1, 2].map(|document| readable(&place, document));
            let report = match store.repair(None, &Entry::new()) {
                Ok(report) => report,
                Err(error) => {
                    println!("{context} is not repaired: {error}");
                    refused += 1;
                    continue;
                }
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
    // Three pages of the list of tables, and one of the key.
    assert_eq!(refused, 8);
}

/// Whether everything of a store can be read, and it can be written to.
fn is_sound(place: &Place) -> bool {
    let mut store = place.open();
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    let texts = ["one", "two"].map(|name| body(&store.document(name).unwrap()));
    let mut one = store.document("one").unwrap();
    push(&mut store, &mut one, "!");
    verification.failures().is_empty() && texts == [whole(), whole()]
}

#[test]
fn the_list_of_tables_is_put_right_whoever_wrote_it() {
    type Make = fn() -> Place;
    let written: [(&str, Make); 2] = [
        ("packed", two),
        ("as it was made", || {
            let (place, from) = (Place::new(), two());
            place.create().import(&from.read(), &Entry::new()).unwrap();
            place
        }),
    ];
    for (name, make) in written {
        let good = fs::read(make().path).unwrap();
        let list: Vec<usize> = (1..good.len() / PAGE)
            .filter(|page| {
                let page = &good[page * PAGE..][..PAGE];
                page.windows(13).any(|word| word == b"CREATE TABLE ")
            })
            .collect();
        assert!(list.len() >= 3, "{name}: {list:?}");
        for lost in 1_u32..1 << list.len() {
            let (place, mended) = (Place::new(), Place::new());
            let mut bytes = good.clone();
            for (at, page) in list.iter().enumerate() {
                if lost & (1 << at) != 0 {
                    bytes[page * PAGE..][..PAGE].fill(7);
                }
            }
            fs::write(&place.path, &bytes).unwrap();
            let rescued = Store::rescue(&place.path, &mended.path);
            if lost.count_ones() as usize == list.len() {
                assert!(
                    matches!(rescued, Err(Error::Damaged { .. })),
                    "{name}, {lost:b}"
                );
                continue;
            }
            assert_eq!(rescued.unwrap(), lost.count_ones(), "{name}, {lost:b}");
            assert!(is_sound(&mended), "{name}, {lost:b}");
            let left = fs::read_dir(mended.folder.path()).unwrap().count();
            assert!(left <= 4, "{left} files are left");
        }
    }
}

/// As where something else is written over the beginning of a file.
#[test]
fn a_first_page_is_put_right() {
    let (made, packed) = (Place::new(), two());
    made.create().import(&packed.read(), &Entry::new()).unwrap();
    for place in [made, packed] {
        let good = fs::read(&place.path).unwrap();
        // All of it, the header, the end of that with where the list of tables is, a word of it.
        for (start, end) in [(0, PAGE), (0, 100), (60, 300), (16, 20), (100, 101)] {
            let (lost, mended) = (Place::new(), Place::new());
            let mut bytes = good.clone();
            bytes[start..end].fill(0xee);
            fs::write(&lost.path, &bytes).unwrap();
            assert!(Store::open(&lost.path, &Options::new()).is_err());
            assert_eq!(Store::rescue(&lost.path, &mended.path).unwrap(), 1);
            assert_eq!(fs::read(&lost.path).unwrap(), bytes);
            assert!(is_sound(&mended), "{start}..{end}");
        }
    }
}

/// As where copying it was cut short.
#[test]
fn of_a_file_that_is_cut_off_the_rest_is_read() {
    let copy = two();
    let good = fs::read(&copy.path).unwrap();
    let (mut kept, mut refused) = (0, 0);
    for pages in (1..good.len() / PAGE - 1).rev().step_by(5) {
        let (lost, mended) = (Place::new(), Place::new());
        let mut bytes = good[..pages * PAGE + 100].to_vec();
        // Its header is believed as it tells of the pages: a commit without a log writes it so.
        bytes.copy_within(24..28, 92);
        fs::write(&lost.path, bytes).unwrap();
        assert!(Store::open(&lost.path, &Options::new().read_only()).is_err());
        if let Err(error) = Store::rescue(&lost.path, &mended.path) {
            // Nothing of its list of tables is left.
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
            refused += 1;
            continue;
        }
        let mut store = mended.open();
        store.repair(None, &Entry::new()).unwrap();
        for name in store.documents().unwrap_or_default().names {
            let document = store.document(&name).unwrap();
            assert!(whole().starts_with(&body(&document)), "{pages} pages");
            kept += u32::from(!body(&document).is_empty());
        }
        // With a copy all of it is there again, in a new one.
        let fresh = Place::new();
        let mut new = fresh.create();
        new.import(&store, &Entry::new()).unwrap();
        new.import(&copy.read(), &Entry::new()).unwrap();
        for name in ["one", "two"] {
            assert_eq!(body(&new.document(name).unwrap()), whole(), "{pages} pages");
        }
    }
    println!("{kept} documents, {refused} files refused");
    assert!(kept > 0 && refused < 8, "{kept} {refused}");
}

#[test]
fn what_was_not_brought_into_the_file_is_in_its_copy() {
    let place = two();
    let mut store = place.open();
    let mut one = store.document("one").unwrap();
    push(&mut store, &mut one, "and the log");
    // The process ends without a word, and a page of the list of tables is lost.
    std::mem::forget(store);
    let mut bytes = fs::read(&place.path).unwrap();
    let is_of_the_list = |page: &[u8]| page.windows(13).any(|word| word == b"CREATE TABLE ");
    let page = bytes
        .chunks_mut(PAGE)
        .skip(1)
        .find(|page| is_of_the_list(page));
    page.unwrap().fill(7);
    fs::write(&place.path, bytes).unwrap();
    // Another process would find the lock free.
    let lost = Place::new();
    for end in ["", "-wal"] {
        let [from, to] = [&place.path, &lost.path].map(|path| format!("{}{end}", path.display()));
        fs::copy(from, to).unwrap();
    }
    #[cfg_attr(not(unix), allow(unused_mut, reason = "there are no such links"))]
    let mut names = vec![lost.path.clone()];
    #[cfg(unix)]
    {
        // The log is beside the file, and not beside a link to it.
        let link = lost.folder.path().join("link");
        std::os::unix::fs::symlink(&lost.path, &link).unwrap();
        names.push(link);
    }
    for name in names {
        let to = Place::new();
        assert_eq!(Store::rescue(&name, &to.path).unwrap(), 1);
        let beside = fs::read_dir(to.folder.path()).unwrap().count();
        assert_eq!(beside, 1, "the copy is one file");
        let moved = Place::new();
        fs::rename(&to.path, &moved.path).unwrap();
        let one = moved.read().document("one").unwrap();
        assert_eq!(body(&one), whole() + "and the log", "{}", name.display());
    }
}

#[test]
fn what_is_no_store_is_not_rescued_and_nothing_else_is_touched() {
    let (place, to) = (Place::new(), Place::new());
    assert!(matches!(
        Store::rescue(&place.path, &to.path),
        Err(Error::NoStore { .. })
    ));
    for content in [vec![], vec![7; 5000], b"SQLite format 3\0".repeat(400)] {
        fs::write(&place.path, content).unwrap();
        let rescued = Store::rescue(&place.path, &to.path);
        assert!(matches!(
            rescued,
            Err(Error::NotAStore { .. } | Error::Io { .. })
        ));
    }
    let store = two();
    let rescued = Store::rescue(&store.path, &store.path);
    assert!(matches!(rescued, Err(Error::Exists { .. })));
    // Files of others, however they are called.
    let others = ["made", "packed"].map(|end| to.path.with_extension(format!("syncline.{end}")));
    for other in &others {
        fs::write(other, "somebody's").unwrap();
    }
    assert_eq!(Store::rescue(&store.path, &to.path).unwrap(), 0);
    for other in &others {
        assert_eq!(fs::read(other).unwrap(), b"somebody's");
    }
}
