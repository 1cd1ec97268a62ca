//! Compaction.
//!
//! - The document is the same before and after it, with its history; its journal is gone, and the file shrinks.
//! - Commits come between its steps, and copies that were opened before it go on.
//! - Cut short at any step, nothing has changed, and the next one cleans up.
//! - A document that cannot be read is left as it is, and told of.
//! - After it the file is at most 15 % larger than the histories in it.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use rusqlite::Connection;
use support::{Place, body, bytes, edit, from_afar, lie, push};
use syncline_store::{Compaction, Durability, Entry, Error, Job, Options, State, Store};

/// Commits to the document of `grown`.
const RECORDS: u32 = 300;

/// A store of one document, of many small commits.
fn grown() -> (Place, Store) {
    let place = Place::new();
    let options = Options::new().durability(Durability::Fast);
    let mut store = Store::create(&place.path, &options).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    for number in 0..RECORDS {
        push(&mut store, &mut notes, &format!("{number} "));
    }
    (place, store)
}

fn compact(store: &mut Store) -> Compaction {
    let mut compaction = Compaction::new(store).unwrap();
    compaction.run(store).unwrap();
    assert_eq!(compaction.progress().state, State::Done);
    compaction
}

fn rows(place: &Place, table: &str) -> u32 {
    rows_of(&Connection::open(&place.path).unwrap(), table)
}

fn rows_of(connection: &Connection, table: &str) -> u32 {
    let query = format!("SELECT count(*) FROM {table}");
    connection.query_row(&query, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_document_stays_and_its_journal_goes() {
    let (place, mut store) = grown();
    let mut before = store.document("notes").unwrap();
    drop(store);
    let bytes = fs::metadata(&place.path).unwrap().len();
    store = place.open();
    let compaction = compact(&mut store);
    assert!(compaction.failures().is_empty());
    assert_eq!(
        (compaction.progress().done, compaction.progress().all),
        (1, 1)
    );
    // What the tables take in themselves stays.
    let empty = Place::new();
    drop(empty.create());
    let beyond_tables = |bytes: u64| bytes - fs::metadata(&empty.path).unwrap().len();
    let bytes_after = fs::metadata(&place.path).unwrap().len();
    assert!(beyond_tables(bytes_after) < beyond_tables(bytes) / 2);
    assert_eq!(rows(&place, "journal"), 0);

    let mut after = store.document("notes").unwrap();
    assert_eq!(after.seq(), RECORDS);
    assert_eq!(body(&after), body(&before));
    assert_eq!(
        after.doc_mut().log().unwrap(),
        before.doc_mut().log().unwrap()
    );
    after.doc().verify().unwrap();
}

#[test]
fn writing_goes_on_after_it() {
    let (place, mut store) = grown();
    let mut old = store.document("notes").unwrap();
    let mut expected = body(&old);
    for round in 0..3 {
        compact(&mut store);
        let mut new = store.document("notes").unwrap();
        push(&mut store, &mut new, "new ");
        // A copy from before it takes in what came since, out of the journal or the snapshot.
        store.refresh(&mut old).unwrap();
        push(&mut store, &mut old, "old ");
        expected += "new old ";
        assert_eq!(body(&store.document("notes").unwrap()), expected, "{round}");
    }
    assert_eq!(rows(&place, "snapshot"), 1);
    assert_eq!(rows(&place, "quarantine"), 0);
}

#[test]
fn what_waits_for_others_stays() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let [first, second] = from_afar();
    store.receive(&mut notes, &Entry::new(), &second).unwrap();
    assert!(compact(&mut store).failures().is_empty());
    assert_eq!(rows(&place, "snapshot"), 1);

    let mut notes = store.document("notes").unwrap();
    store.receive(&mut notes, &Entry::new(), &first).unwrap();
    assert_eq!(body(&notes), "first, second");
}

#[test]
fn a_copy_from_before_cannot_be_committed_over_it() {
    let (_place, mut store) = grown();
    let mut old = store.document("notes").unwrap();
    let mut new = store.document("notes").unwrap();
    push(&mut store, &mut new, "new ");
    compact(&mut store);
    edit(&mut old, "old ");
    let refused = store.commit(&mut old, &Entry::new());
    assert!(matches!(refused, Err(Error::Overtaken { .. })));
    store.refresh(&mut old).unwrap();
    store.commit(&mut old, &Entry::new()).unwrap();
    let all = body(&store.document("notes").unwrap());
    assert!(all.contains("new ") && all.contains("old "), "{all}");
}

#[test]
fn commits_come_between_its_steps() {
    let (place, mut store) = grown();
    let mut notes = store.document("notes").unwrap();
    let mut compaction = Compaction::new(&store).unwrap();
    let mut commits = 0;
    while compaction.progress().state != State::Done {
        compaction.go_on(&mut store).unwrap();
        // After so many, let it come to its end.
        if commits < 20 {
            push(&mut store, &mut notes, "x");
            commits += 1;
        }
    }
    assert!(commits > 5);
    assert_eq!(body(&store.document("notes").unwrap()), body(&notes));
    drop(store);
    assert_eq!(body(&place.open().document("notes").unwrap()), body(&notes));
}

#[test]
fn one_that_was_overtaken_by_another_lets_it_be() {
    let (_place, mut store) = grown();
    let mut slow = Compaction::new(&store).unwrap();
    slow.work().unwrap();
    let mut notes = store.document("notes").unwrap();
    push(&mut store, &mut notes, "more");
    assert!(compact(&mut store).failures().is_empty());
    slow.run(&mut store).unwrap();
    assert!(slow.failures().is_empty());
    assert_eq!(body(&store.document("notes").unwrap()), body(&notes));
}

/// A document of which a snapshot holds three records, and two came since.
fn small() -> (Place, Store) {
    let place = Place::new();
    let options = Options::new().durability(Durability::Fast);
    let mut store = Store::create(&place.path, &options).unwrap();
    let mut notes = store.create_document("notes").unwrap();
    for text in ["a", "b", "c"] {
        push(&mut store, &mut notes, text);
    }
    compact(&mut store);
    for text in ["d", "e"] {
        push(&mut store, &mut notes, text);
    }
    (place, store)
}

/// Neither takes what the other has not finished for something that nobody needs.
#[test]
fn two_at_once_lose_nothing() {
    for first in 0..9 {
        for second in (first % 2..9).step_by(2) {
            let context = format!("{first} steps of one, then {second} of the other");
            let (place, mut store) = small();
            let mut notes = store.document("notes").unwrap();
            let mut one = Compaction::new(&store).unwrap();
            let mut other = Compaction::new(&store).unwrap();
            for _ in 0..first {
                one.go_on(&mut store).unwrap();
            }
            push(&mut store, &mut notes, "!");
            for _ in 0..second {
                other.go_on(&mut store).unwrap();
                assert_eq!(
                    body(&store.document("notes").unwrap()),
                    "abcde!",
                    "{context}"
                );
            }
            // And in turn to the end.
            while one.go_on(&mut store).unwrap() | other.go_on(&mut store).unwrap() {
                assert_eq!(
                    body(&store.document("notes").unwrap()),
                    "abcde!",
                    "{context}"
                );
            }
            let mut failures = one.failures().iter().chain(other.failures());
            assert!(failures.next().is_none(), "{context}");
            drop(store);
            let mut store = place.open();
            assert!(compact(&mut store).failures().is_empty(), "{context}");
            assert_eq!(
                body(&store.document("notes").unwrap()),
                "abcde!",
                "{context}"
            );
            assert_eq!(rows(&place, "journal"), 0, "{context}");
            assert_eq!((rows(&place, "snapshot"), rows(&place, "chunk")), (1, 1));
        }
    }
}

/// A document of several chunks, which one comes to the end of while the other writes it.
#[test]
fn what_another_is_writing_is_let_be() {
    for steps in 1..12 {
        let (place, mut store) = small();
        let mut notes = store.document("notes").unwrap();
        let content = bytes(1, 200_000);
        let set = notes
            .doc_mut()
            .transact(|tx| tx.map("meta").set("picture", content.clone()));
        set.unwrap();
        store.commit(&mut notes, &Entry::new()).unwrap();
        let mut slow = Compaction::new(&store).unwrap();
        for _ in 0..steps {
            slow.go_on(&mut store).unwrap();
        }
        compact(&mut store);
        slow.run(&mut store).unwrap();
        assert!(slow.failures().is_empty(), "{:?}", slow.failures());
        compact(&mut store);
        assert_eq!(body(&store.document("notes").unwrap()), "abcde");
        assert_eq!(rows(&place, "snapshot"), 1, "{steps}");
        let named = "chunk WHERE id >> 32 != (SELECT snapshot FROM document)";
        assert_eq!(rows(&place, named), 0, "{steps}: chunks of nobody");
    }
}

/// As on a full disk, where the room that they take is all that the next one may have.
#[test]
fn what_was_left_unfinished_makes_room_for_the_next() {
    let (place, mut store) = small();
    let mut notes = store.document("notes").unwrap();
    let content = bytes(1, 350_000);
    let set = notes
        .doc_mut()
        .transact(|tx| tx.map("meta").set("picture", content));
    set.unwrap();
    store.commit(&mut notes, &Entry::new()).unwrap();
    let mut most = 0;
    for round in 0..4 {
        let mut compaction = Compaction::new(&store).unwrap();
        while compaction.go_on(&mut store).unwrap() {
            if compaction.progress().state != State::Writing {
                continue;
            }
            let chunks = rows(&place, "chunk");
            most = most.max(chunks);
            if round < 3 && chunks > 4 {
                break;
            }
        }
        drop(compaction);
        if round == 1 {
            drop(store);
            store = place.open();
        }
    }
    let needed = rows(&place, "chunk");
    // One is of the snapshot before.
    assert!(needed > 4 && most <= needed + 1, "{most}, {needed} needed");
    assert_eq!(rows(&place, "snapshot"), 1);
    assert_eq!(body(&store.document("notes").unwrap()), "abcde");
}

/// Everything is written, and nothing let go of.
fn compact_until_cleaning(store: &mut Store) -> Compaction {
    let mut compaction = Compaction::new(store).unwrap();
    while compaction.progress().state != State::Cleaning {
        compaction.go_on(store).unwrap();
    }
    compaction
}

/// Has a chunk of a snapshot be what was not written.
fn damage_chunks(place: &Place) {
    let connection = Connection::open(&place.path).unwrap();
    let damage = "UPDATE chunk SET checksum = checksum + 1";
    assert!(connection.execute(damage, []).unwrap() > 0);
}

#[test]
fn records_stay_while_the_snapshot_that_holds_them_is_damaged() {
    let (place, mut store) = grown();
    let expected = body(&store.document("notes").unwrap());
    let compaction = compact_until_cleaning(&mut store);
    // It is cut short here, and the disk forgets.
    drop((compaction, store));
    damage_chunks(&place);
    let mut store = place.open();
    compact(&mut store);
    assert_eq!(rows(&place, "journal"), RECORDS);
    let report = store.repair(None, &Entry::new()).unwrap();
    assert_eq!((report.repaired.len(), report.failures.len()), (1, 0));
    assert_eq!(body(&store.document("notes").unwrap()), expected);
}

#[test]
fn records_stay_whose_snapshot_is_set_aside_meanwhile() {
    let (place, mut store) = grown();
    let expected = body(&store.document("notes").unwrap());
    let mut compaction = compact_until_cleaning(&mut store);
    damage_chunks(&place);
    let report = store.repair(None, &Entry::new()).unwrap();
    assert_eq!((report.repaired.len(), report.failures.len()), (1, 0));
    compaction.run(&mut store).unwrap();
    assert_eq!(body(&store.document("notes").unwrap()), expected);
    assert_eq!(rows(&place, "journal"), RECORDS);
}

#[test]
fn it_can_be_cut_short_anywhere() {
    for stop in 0.. {
        let (place, mut store) = grown();
        let expected = body(&store.document("notes").unwrap());
        let mut compaction = Compaction::new(&store).unwrap();
        for _ in 0..stop {
            compaction.go_on(&mut store).unwrap();
        }
        let is_done = compaction.progress().state == State::Done;
        drop((compaction, store));
        let mut store = place.open();
        assert_eq!(body(&store.document("notes").unwrap()), expected, "{stop}");
        compact(&mut store);
        assert_eq!(body(&store.document("notes").unwrap()), expected, "{stop}");
        assert_eq!((rows(&place, "snapshot"), rows(&place, "chunk")), (1, 1));
        assert_eq!(rows(&place, "journal"), 0);
        if is_done {
            break;
        }
    }
}

#[test]
fn what_cannot_be_read_is_left_as_it_is() {
    let (place, mut store) = grown();
    let mut other = store.create_document("other").unwrap();
    push(&mut store, &mut other, "fine");
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    let damage = "UPDATE journal SET checksum = 0 WHERE id = (1 << 32) | 7";
    assert_eq!(connection.execute(damage, []).unwrap(), 1);
    drop(connection);

    let mut store = place.open();
    let compaction = compact(&mut store);
    let [failure] = compaction.failures() else {
        panic!("{:?}", compaction.failures());
    };
    assert_eq!(failure.document.as_deref(), Some("notes"));
    assert!(matches!(failure.error, Error::Damaged { .. }));
    assert_eq!(rows(&place, "journal"), RECORDS);
    assert_eq!(body(&store.document("other").unwrap()), "fine");
}

#[test]
fn what_does_not_come_to_what_it_shows_is_left_as_it_is() {
    let (place, store) = grown();
    drop(store);
    lie(&place, "lying");
    let mut store = place.open();
    let compaction = compact(&mut store);
    let [failure] = compaction.failures() else {
        panic!("{:?}", compaction.failures());
    };
    assert_eq!(failure.document.as_deref(), Some("lying"));
    assert_eq!((rows(&place, "journal"), rows(&place, "snapshot")), (1, 1));
    assert_eq!(body(&store.document("lying").unwrap()), "so it is ");
}

#[test]
fn a_snapshot_that_its_document_names_no_more_stays() {
    let (place, mut store) = grown();
    let expected = body(&store.document("notes").unwrap());
    compact(&mut store);
    drop(store);
    let name = |number: u32| {
        let connection = Connection::open(&place.path).unwrap();
        let named = connection.execute("UPDATE document SET snapshot = ?1", [number]);
        assert_eq!(named.unwrap(), 1);
    };
    name(0);
    let mut store = place.open();
    assert_eq!(compact(&mut store).failures().len(), 1);
    drop(store);
    name(1);
    assert_eq!(body(&place.open().document("notes").unwrap()), expected);
}

/// As where it was cut short while it cleaned up, and the document's row became what it was before.
#[test]
fn a_snapshot_that_holds_more_than_the_one_that_is_named_stays() {
    let (place, mut store) = small();
    let mut compaction = compact_until_cleaning(&mut store);
    while rows(&place, "journal") > 0 {
        compaction.go_on(&mut store).unwrap();
    }
    assert_eq!(rows(&place, "snapshot"), 2);
    drop((compaction, store));
    let connection = Connection::open(&place.path).unwrap();
    let back = "UPDATE document SET snapshot = (SELECT min(id) FROM snapshot)";
    assert_eq!(connection.execute(back, []).unwrap(), 1);
    drop(connection);

    let mut store = place.open();
    assert_eq!(compact(&mut store).failures().len(), 1);
    let report = store.repair(None, &Entry::new()).unwrap();
    assert!(report.failures.is_empty(), "{report:?}");
    assert_eq!(body(&store.document("notes").unwrap()), "abcde");
}

#[test]
fn what_was_written_and_is_lost_before_it_is_named_is_not_named() {
    let (mut failed, mut is_named) = (0, false);
    for steps in 0.. {
        let (place, mut store) = grown();
        let expected = body(&store.document("notes").unwrap());
        let mut compaction = Compaction::new(&store).unwrap();
        for _ in 0..steps {
            compaction.go_on(&mut store).unwrap();
        }
        is_named |= rows(&place, "document WHERE snapshot > 0") > 0;
        if is_named {
            break;
        }
        let connection = Connection::open(&place.path).unwrap();
        connection.execute("DELETE FROM chunk", []).unwrap();
        compaction.run(&mut store).unwrap();
        failed += compaction.failures().len();
        assert_eq!(body(&store.document("notes").unwrap()), expected, "{steps}");
    }
    // Before it was checked, and after that.
    assert!(failed > 1, "{failed}");
}

/// SQLite's log while a job works, and somebody commits much.
#[test]
fn its_steps_bring_the_log_into_the_file_before_a_commit_has_to() {
    let (place, mut store) = grown();
    let mut many: Vec<_> = (0..60)
        .map(|number| store.begin_document(&number.to_string()).unwrap())
        .collect();
    for document in &mut many {
        push(&mut store, document, "a little");
    }
    let mut notes = store.document("notes").unwrap();
    let mut compaction = Compaction::new(&store).unwrap();
    let (mut most, mut written) = (0, 0);
    while compaction.progress().done < 50 {
        compaction.go_on(&mut store).unwrap();
        let content = bytes(written, 180_000);
        let set = notes
            .doc_mut()
            .transact(|tx| tx.map("meta").set("picture", content.clone()));
        set.unwrap();
        store.commit(&mut notes, &Entry::new()).unwrap();
        written += content.len() as u64;
        most = most.max(log_bytes(&place));
    }
    // Of 1 KiB and 24 bytes. Without a job a commit does it at 4096 pages, beside one at 16384.
    assert!(
        written > 17 << 20 && (11_000 * 1048..13_000 * 1048).contains(&most),
        "{most} of {written}"
    );
}

fn log_bytes(place: &Place) -> u64 {
    let mut log = place.path.clone().into_os_string();
    log.push("-wal");
    fs::metadata(&log).unwrap().len()
}

/// A reader held it up.
#[test]
fn a_long_log_gives_its_room_back_at_the_end() {
    let (place, mut store) = grown();
    let reader = Connection::open(&place.path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(rows_of(&reader, "document"), 1);
    store.put_blob(&*bytes(1, 33 << 20)).unwrap();
    let long = log_bytes(&place);
    assert!(long > 33 << 20, "{long}");
    drop(reader);
    compact(&mut store);
    assert_eq!(log_bytes(&place), 0);
    // One that is not long stays, since commits have to wait while it is cut.
    let mut notes = store.document("notes").unwrap();
    push(&mut store, &mut notes, "!");
    compact(&mut store);
    assert!(log_bytes(&place) > 0);
}

#[test]
fn the_file_is_little_larger_than_the_histories() {
    let place = Place::new();
    let mut store = place.create();
    let mut documents = Vec::new();
    for number in 0..12_u32 {
        let mut document = store.create_document(&format!("notes/{number}")).unwrap();
        // Text that does not pack well, of up to 90 kB.
        let mut state = number + 1;
        for _ in 0..number * 20 {
            let mut line = String::new();
            while line.len() < 400 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                line.extend(char::from_u32(u32::from(b'a') + (state >> 16) % 26));
            }
            edit(&mut document, &line);
        }
        documents.push(document);
    }
    let mut all: Vec<_> = documents.iter_mut().collect();
    store.commit_all(&mut all, &Entry::new()).unwrap();
    compact(&mut store);
    let histories = documents.iter().map(|document| document.doc().save().len());
    let histories: usize = histories.sum();
    drop(store);
    let file = usize::try_from(fs::metadata(&place.path).unwrap().len()).unwrap();
    println!("{file} bytes of file for {histories} of histories");
    assert!(
        file * 100 <= histories * 115,
        "{file} bytes for {histories}"
    );
}
