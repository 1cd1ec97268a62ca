//! Collection of blobs.
//!
//! - A blob stays while a document refers to it, wherever in it; while it is kept by name; and until the collection after the one
//!   that found nothing.
//! - What is put, or referred to, while a collection runs stays.
//! - A document that cannot be read, or not wholly, keeps everything.
//! - What is shared with a blob that stays, stays; the rest of the room is given back.
//! - Cut short anywhere, nothing that is referred to is lost, and the next one goes on.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::io::Read;

use rusqlite::Connection;
use support::{Place, body, bytes, from_afar, push};
use syncline::{Doc, Value};
use syncline_store::{
    Blob, BlobId, BlobIncoming, BlobWriter, Collected, Collection, Compaction, Durability, Entry,
    Error, Job, Options, State, Store, Verification,
};

fn create(place: &Place) -> Store {
    Store::create(&place.path, &Options::new().durability(Durability::Fast)).unwrap()
}

fn collect(store: &mut Store) -> Collected {
    let mut collection = Collection::new(store).unwrap();
    collection.run(store).unwrap();
    assert!(
        collection.failures().is_empty(),
        "{:?}",
        collection.failures()
    );
    collection.collected()
}

fn is_there(store: &Store, blob: &BlobId) -> bool {
    let mut read = Vec::new();
    match store.open_blob(blob) {
        Ok(mut reader) => {
            reader.read_to_end(&mut read).unwrap();
            assert_eq!(BlobId::of(&read), *blob);
            true
        }
        Err(Error::NoBlob { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

fn put(store: &mut Store, text: &str) -> BlobId {
    store.put_blob(text.as_bytes()).unwrap()
}

#[test]
fn what_nothing_refers_to_goes_with_the_second() {
    let place = Place::new();
    let mut store = create(&place);
    let content = bytes(1, 3_000_000);
    let blob = store.put_blob(&*content).unwrap();
    let first = collect(&mut store);
    assert_eq!((first.blobs, first.waiting), (0, 1));
    assert!(is_there(&store, &blob));
    let second = collect(&mut store);
    assert_eq!(
        (second.blobs, second.bytes, second.waiting),
        (1, 3_000_000, 0)
    );
    assert!(!is_there(&store, &blob));
    drop(store);
    assert!(fs::metadata(&place.path).unwrap().len() < 100_000);
    let mut store = place.open();
    store.put_blob(&*content).unwrap();
    assert!(is_there(&store, &blob));
}

#[test]
fn the_room_is_given_back_many_pages_a_step() {
    let place = Place::new();
    let mut store = create(&place);
    store.put_blob(&*bytes(1, 3_000_000)).unwrap();
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    let mut steps = 0;
    while collection.go_on(&mut store).unwrap() {
        steps += 1;
    }
    // 3,000 pages are free in the end.
    assert!(steps < 500, "{steps}");
    drop(store);
    assert!(fs::metadata(&place.path).unwrap().len() < 100_000);
}

/// Writes a reference in one way.
type Refer = fn(&mut Doc, &str);

#[test]
fn what_is_referred_to_stays() {
    let ways: [Refer; 9] = [
        |doc, name| drop(doc.transact(|tx| tx.map("m").set("picture", name)).unwrap()),
        |doc, name| {
            drop(
                doc.transact(|tx| tx.map("m").set("b", name.as_bytes().to_vec()))
                    .unwrap(),
            )
        },
        |doc, name| drop(doc.transact(|tx| tx.map("m").set(name, true)).unwrap()),
        |doc, name| drop(doc.transact(|tx| tx.list("l").push(name)).unwrap()),
        |doc, name| {
            let text = format!("![a picture]({name})");
            drop(doc.transact(|tx| tx.text("t").push(&text)).unwrap());
        },
        |doc, name| {
            doc.transact(|tx| {
                tx.text("t").push("a picture")?;
                tx.text("t").mark(0..3, "image", name)
            })
            .unwrap();
        },
        |doc, name| {
            let inner = Value::Map([("b".to_owned(), name.into())].into());
            let nested = Value::List(vec![1.into(), inner]);
            drop(doc.transact(|tx| tx.map("m").set("deep", nested)).unwrap());
        },
        |doc, name| {
            doc.transact(|tx| {
                let mut list = tx.list("l");
                list.push(1)?;
                tx.map("m").text("inner")?.push(name)
            })
            .unwrap();
        },
        // Two set one key at once: whichever shows, both refer.
        |doc, name| {
            let mut other = Doc::load(&doc.save()).unwrap();
            doc.transact(|tx| tx.map("m").set("picture", name)).unwrap();
            other
                .transact(|tx| tx.map("m").set("picture", "none"))
                .unwrap();
            other
                .transact(|tx| tx.map("m").set("picture", "none at all"))
                .unwrap();
            doc.merge(&other.delta_since(&doc.version_vector()))
                .unwrap();
            assert_eq!(doc.get("m/picture"), Some("none at all".into()));
        },
    ];
    let place = Place::new();
    let mut store = create(&place);
    for (number, refer) in ways.into_iter().enumerate() {
        let mut document = store.create_document(&number.to_string()).unwrap();
        let blob = put(&mut store, &format!("picture {number}"));
        refer(document.doc_mut(), &blob.to_string());
        store.commit(&mut document, &Entry::new()).unwrap();
        for _ in 0..3 {
            collect(&mut store);
        }
        assert!(is_there(&store, &blob), "way {number}");
    }
}

#[test]
fn what_is_no_longer_referred_to_goes() {
    let place = Place::new();
    let mut store = create(&place);
    let mut notes = store.create_document("notes").unwrap();
    let blob = put(&mut store, "a picture");
    let set = |store: &mut Store, notes: &mut syncline_store::Document, to: &str| {
        notes
            .doc_mut()
            .transact(|tx| tx.map("m").set("a", to))
            .unwrap();
        store.commit(notes, &Entry::new()).unwrap();
    };
    set(&mut store, &mut notes, &blob.to_string());
    collect(&mut store);
    set(&mut store, &mut notes, "none");
    // The one before found it referred to, so it has until the next.
    assert_eq!(collect(&mut store).waiting, 1);
    set(&mut store, &mut notes, &blob.to_string());
    assert_eq!(collect(&mut store), Collected::default());
    set(&mut store, &mut notes, "none");
    collect(&mut store);
    assert_eq!(collect(&mut store).blobs, 1);
    assert!(!is_there(&store, &blob));
}

#[test]
fn what_is_kept_by_name_stays() {
    let place = Place::new();
    let mut store = create(&place);
    let blob = put(&mut store, "a picture");
    store.name_blob("logo", &blob).unwrap();
    for _ in 0..3 {
        assert_eq!(collect(&mut store), Collected::default());
    }
    store.unname_blob("logo").unwrap();
    collect(&mut store);
    assert_eq!(collect(&mut store).blobs, 1);
}

#[test]
fn at_once_only_what_was_put_before_it_goes() {
    let place = Place::new();
    let mut store = create(&place);
    let [old, again] = ["old", "again"].map(|text| put(&mut store, text));
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    assert_eq!(put(&mut store, "again"), again);
    let new = put(&mut store, "new");
    collection.run(&mut store).unwrap();
    assert_eq!(collection.collected().blobs, 1);
    assert!(!is_there(&store, &old));
    assert!(is_there(&store, &new) && is_there(&store, &again));
}

#[test]
fn what_is_committed_while_it_runs_counts() {
    for at in 0..9 {
        let place = Place::new();
        let mut store = create(&place);
        let mut notes = store.create_document("notes").unwrap();
        let [one, two] = ["one", "two"].map(|text| put(&mut store, text));
        let mut collection = Collection::new(&mut store).unwrap().at_once();
        let mut steps = 0;
        while collection.progress().state != State::Done {
            // Before anything is decided, somebody refers to a blob that nobody referred to.
            if steps == at && is_there(&store, &one) {
                push(&mut store, &mut notes, &one.to_string());
            }
            collection.go_on(&mut store).unwrap();
            steps += 1;
        }
        let refers = body(&notes).contains(&one.to_string());
        assert_eq!(is_there(&store, &one), refers, "{at}");
        assert!(refers || at >= 3, "{at}");
        assert!(!is_there(&store, &two), "{at}");
    }
}

#[test]
fn what_is_given_a_name_while_it_runs_stays() {
    let place = Place::new();
    let mut store = create(&place);
    let blob = put(&mut store, "a picture");
    for _ in 0..2 {
        Collection::new(&mut store).unwrap();
    }
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    while collection.progress().state == State::Working {
        collection.work().unwrap();
    }
    store.name_blob("kept", &blob).unwrap();
    collection.run(&mut store).unwrap();
    assert!(is_there(&store, &blob));
}

#[test]
fn what_cannot_be_read_keeps_everything() {
    for damage in [
        "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 1",
        "UPDATE document SET name = x'ff' WHERE id = 1",
        "UPDATE blob_name SET checksum = 1",
    ] {
        let place = Place::new();
        let mut store = create(&place);
        let mut notes = store.create_document("notes").unwrap();
        let [blob, named] = ["a picture", "another"].map(|text| put(&mut store, text));
        store.name_blob("kept", &named).unwrap();
        push(&mut store, &mut notes, &blob.to_string());
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        assert_eq!(connection.execute(damage, []).unwrap(), 1);
        drop(connection);
        let mut store = place.open();
        for round in 0..3 {
            let mut collection = Collection::new(&mut store).unwrap().at_once();
            collection.run(&mut store).unwrap();
            assert_eq!(collection.failures().len(), 1, "{damage}, {round}");
            assert_eq!(collection.collected(), Collected::default());
            // Set aside, it is still not known what it said.
            store.repair(None, &Entry::new()).unwrap();
        }
        assert!(
            is_there(&store, &blob) && is_there(&store, &named),
            "{damage}"
        );
    }
}

/// A store of a document of two records, of which the second refers to the first of two blobs; and copies of it from before and
/// after that.
fn referring(is_packed: bool) -> (Place, [Place; 2], [BlobId; 2]) {
    let (place, copies) = (Place::new(), [Place::new(), Place::new()]);
    let mut store = create(&place);
    let mut notes = store.create_document("notes").unwrap();
    let blobs = ["a picture", "another"].map(|text| put(&mut store, text));
    push(&mut store, &mut notes, "see ");
    store.export(&copies[0].path).unwrap();
    push(&mut store, &mut notes, &blobs[0].to_string());
    if is_packed {
        Compaction::new(&store).unwrap().run(&mut store).unwrap();
    }
    store.export(&copies[1].path).unwrap();
    (place, copies, blobs)
}

fn execute(place: &Place, statement: &str) {
    let connection = Connection::open(&place.path).unwrap();
    assert_eq!(connection.execute(statement, []).unwrap(), 1, "{statement}");
}

/// Collects at once; whether it could be known what is referred to.
fn is_known(store: &mut Store) -> bool {
    let mut collection = Collection::new(store).unwrap().at_once();
    collection.run(store).unwrap();
    collection.failures().is_empty()
}

/// How a record, and one that is in a snapshot, are lost.
const LOSSES: [(bool, &str); 4] = [
    (
        false,
        "UPDATE journal SET body = CAST(x'09' || substr(body, 2) AS BLOB) WHERE id = (1 << 32) | 2",
    ),
    (
        false,
        "UPDATE journal SET checksum = 1 WHERE id = (1 << 32) | 2",
    ),
    (
        false,
        "UPDATE journal SET checksum = 'none' WHERE id = (1 << 32) | 2",
    ),
    (true, "UPDATE chunk SET body = zeroblob(length(body))"),
];

#[test]
fn what_was_set_aside_and_is_back_keeps_nothing_any_more() {
    for (is_packed, damage) in LOSSES {
        for way in 0..3 {
            let (place, [_, copy], [blob, lost]) = referring(is_packed);
            execute(&place, damage);
            let mut store = place.open();
            let other = copy.read();
            if way > 0 {
                store.repair(None, &Entry::new()).unwrap();
                assert!(!is_known(&mut store), "{damage}");
            }
            match way {
                2 => drop(store.import(&other, &Entry::new()).unwrap()),
                _ => drop(store.repair(Some(&other), &Entry::new()).unwrap()),
            }
            assert!(is_known(&mut store), "{damage}, way {way}");
            assert!(is_there(&store, &blob), "{damage}, way {way}");
            assert!(!is_there(&store, &lost), "{damage}, way {way}");
            let text = body(&store.document("notes").unwrap());
            assert_eq!(text, format!("see {blob}"));
            // So it stays.
            drop(store);
            assert!(is_known(&mut place.open()), "{damage}");
        }
    }
}

#[test]
fn what_was_set_aside_and_is_not_known_to_be_back_keeps_everything() {
    for (is_packed, damage) in LOSSES {
        let (place, [older, _], [blob, lost]) = referring(is_packed);
        execute(&place, damage);
        let mut store = place.open();
        // A copy from before that has none of it; and one that went on by itself from there.
        let mut other = older.open();
        store.repair(Some(&other), &Entry::new()).unwrap();
        assert!(!is_known(&mut store), "{damage}");
        let mut notes = other.document("notes").unwrap();
        push(&mut other, &mut notes, "something else");
        if is_packed {
            Compaction::new(&other).unwrap().run(&mut other).unwrap();
        }
        store.repair(Some(&other), &Entry::new()).unwrap();
        store.import(&other, &Entry::new()).unwrap();
        assert!(!is_known(&mut store), "{damage}");
        assert!(is_there(&store, &blob) && is_there(&store, &lost));
    }
    // Of a record that is gone nothing tells that what a copy has in its place is the same.
    let (place, [_, copy], _) = referring(false);
    execute(&place, "DELETE FROM journal WHERE id = (1 << 32) | 2");
    let mut store = place.open();
    let report = store.repair(Some(&copy.read()), &Entry::new()).unwrap();
    assert!(report.failures.is_empty());
    assert!(!is_known(&mut store));
    // In a new store, which takes in both, all is as it was written.
    let fresh = Place::new();
    let mut new = create(&fresh);
    new.import(&store, &Entry::new()).unwrap();
    new.import(&copy.read(), &Entry::new()).unwrap();
    assert!(is_known(&mut new));
}

#[test]
fn what_waits_for_others_keeps_everything() {
    let place = Place::new();
    let mut store = create(&place);
    let mut notes = store.create_document("notes").unwrap();
    let blob = put(&mut store, "a picture");
    let [first, second] = from_afar();
    store.receive(&mut notes, &Entry::new(), &second).unwrap();
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    collection.run(&mut store).unwrap();
    let [failure] = collection.failures() else {
        panic!("{:?}", collection.failures());
    };
    assert!(matches!(failure.error, Error::UnknownReferences { .. }));
    store.receive(&mut notes, &Entry::new(), &first).unwrap();
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    collection.run(&mut store).unwrap();
    assert!(!is_there(&store, &blob));
}

#[test]
fn what_is_shared_stays() {
    let place = Place::new();
    let mut store = create(&place);
    let first = bytes(1, 2_000_000);
    let mut second = first.clone();
    second.insert(1_000_000, 7);
    let one = store.put_blob(&*first).unwrap();
    let two = store.put_blob(&*second).unwrap();
    store.name_blob("kept", &two).unwrap();
    collect(&mut store);
    let collected = collect(&mut store);
    assert!(collected.blobs == 1 && collected.bytes < 500_000);
    assert!(is_there(&store, &two) && !is_there(&store, &one));
}

/// How often a chunk stands in lists has no checksum.
#[test]
fn a_count_that_changed_takes_no_chunk_away() {
    for damage in [
        "UPDATE blob_chunk SET uses = 1",
        "UPDATE blob_chunk SET uses = 0",
    ] {
        let place = Place::new();
        let mut store = create(&place);
        let mut content = bytes(1, 600_000);
        let one = store.put_blob(&*content).unwrap();
        content.push(7);
        let two = store.put_blob(&*content).unwrap();
        store.name_blob("kept", &two).unwrap();
        let connection = Connection::open(&place.path).unwrap();
        assert!(connection.execute(damage, []).unwrap() > 5, "{damage}");
        collect(&mut store);
        collect(&mut store);
        assert!(
            is_there(&store, &two) && !is_there(&store, &one),
            "{damage}"
        );
        // The counts are right again, so all of it goes when nothing needs it.
        let count =
            |query: &str| -> u32 { connection.query_row(query, [], |row| row.get(0)).unwrap() };
        assert_eq!(count("SELECT count(*) FROM blob_chunk WHERE uses != 1"), 0);
        store.unname_blob("kept").unwrap();
        collect(&mut store);
        collect(&mut store);
        assert!(!is_there(&store, &two), "{damage}");
        assert_eq!(count("SELECT count(*) FROM blob_chunk"), 0, "{damage}");
        assert_eq!(count("SELECT count(*) FROM blob_bytes"), 0, "{damage}");
    }
}

#[test]
fn it_can_be_cut_short_anywhere() {
    for stop in 0.. {
        let place = Place::new();
        let mut store = create(&place);
        let [one, two] = [1, 2].map(|seed| store.put_blob(&*bytes(seed, 40_000)).unwrap());
        store.name_blob("kept", &two).unwrap();
        let mut collection = Collection::new(&mut store).unwrap().at_once();
        for _ in 0..stop {
            collection.go_on(&mut store).unwrap();
        }
        let is_done = collection.progress().state == State::Done;
        drop((collection, store));
        let mut store = place.open();
        is_there(&store, &one);
        assert!(is_there(&store, &two));
        let mut collection = Collection::new(&mut store).unwrap().at_once();
        collection.run(&mut store).unwrap();
        assert!(!is_there(&store, &one) && is_there(&store, &two));
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        assert!(verification.failures().is_empty());
        drop(store);
        let rows = |query: &str| -> u32 {
            let connection = Connection::open(&place.path).unwrap();
            connection.query_row(query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(rows("SELECT count(*) FROM blob"), 1);
        assert_eq!(rows("SELECT count(*) FROM blob_chunk WHERE uses = 0"), 0);
        assert_eq!(
            rows("SELECT count(*) FROM blob_bytes"),
            rows("SELECT count(*) FROM blob_chunk")
        );
        if is_done {
            break;
        }
    }
}

#[test]
fn a_blob_that_was_not_finished_goes() {
    let place = Place::new();
    let mut store = create(&place);
    let content = bytes(1, 2_000_000);
    let mut cut_short = BlobWriter::new(&mut store).unwrap();
    cut_short.write(&mut store, &content).unwrap();
    drop(cut_short);
    let mut slow = BlobWriter::new(&mut store).unwrap();
    slow.write(&mut store, &content).unwrap();
    // One that is written on stays.
    Collection::new(&mut store)
        .unwrap()
        .run(&mut store)
        .unwrap();
    slow.write(&mut store, &content).unwrap();
    Collection::new(&mut store)
        .unwrap()
        .run(&mut store)
        .unwrap();
    let blob = slow.finish(&mut store).unwrap();
    assert!(is_there(&store, &blob));
    // One that is let go of in its midst is told so.
    let mut slow = BlobWriter::new(&mut store).unwrap();
    slow.write(&mut store, &content).unwrap();
    let mut collection = Collection::new(&mut store).unwrap().at_once();
    while collection.progress().state != State::Cleaning {
        collection.go_on(&mut store).unwrap();
    }
    collection.step(&mut store).unwrap();
    collection.run(&mut store).unwrap();
    assert!(matches!(
        slow.write(&mut store, &content),
        Err(Error::LetGo)
    ));
}

/// Takes in a blob from another store, but for the last chunk of its list.
fn begin(store: &mut Store, other: &Store, blob: &BlobId) -> BlobIncoming {
    let mut incoming = BlobIncoming::new(store, &other.blob(blob).unwrap()).unwrap();
    while let Some(number) = incoming.next_part() {
        let part = other.blob_part(blob, number).unwrap();
        incoming.part(store, &part).unwrap();
    }
    let missing = incoming.missing(store, usize::MAX).unwrap();
    for chunk in &missing[..missing.len() - 1] {
        let mut bytes = vec![0; chunk.bytes as usize];
        let mut reader = other.open_blob(blob).unwrap();
        reader.fill(chunk.offset, &mut bytes).unwrap();
        incoming.chunk(store, &bytes).unwrap();
    }
    incoming
}

#[test]
fn what_began_to_come_and_is_let_go_of_gives_its_room_back_and_nothing_else_goes() {
    let [here, there] = [(); 2].map(|()| Place::new());
    let (mut store, mut other) = (create(&here), create(&there));
    let shared = bytes(1, 1_000_000);
    let whole = store.put_blob(&*shared).unwrap();
    let unreferred = put(&mut store, "nothing refers to it");
    let [one, two] = [2, 3].map(|seed| {
        let content = [&*shared, &bytes(seed, 2_000_000)].concat();
        other.put_blob(&*content).unwrap()
    });
    let mut going_on = begin(&mut store, &other, &one);
    begin(&mut store, &other, &two);
    let told = |store: &Store| {
        let unfinished = store.unfinished_blobs().unwrap().into_iter();
        let told: Vec<_> = unfinished.map(|one| (one.blob, one.held)).collect();
        told
    };
    let found = told(&store);
    let blobs = [one, two].map(|blob| other.blob(&blob).unwrap());
    assert_eq!(found.iter().map(|one| one.0).collect::<Vec<_>>(), blobs);
    for (_, held) in &found {
        assert!((2_600_000..3_100_000).contains(held), "{held}");
    }
    assert_eq!(going_on.held(&store, 0..u32::MAX).unwrap(), found[0].1);
    assert!(!store.has_let_go().unwrap());
    let is_gone = store.let_go_unfinished(&Blob::new(two, 7)).unwrap();
    assert!(!is_gone);
    let pages = || {
        Connection::open(&here.path)
            .unwrap()
            .query_row("SELECT sum(length(body)) FROM blob_bytes", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap()
    };
    let before = pages();
    assert!(store.let_go_unfinished(&blobs[1]).unwrap());
    assert!(store.has_let_go().unwrap());
    assert_eq!(told(&store), found[..1]);
    let mut collection = Collection::of_let_go(&mut store).unwrap();
    collection.run(&mut store).unwrap();
    assert!(collection.failures().is_empty());
    let freed = before - pages();
    assert!((1_700_000..2_100_000).contains(&freed), "{freed}");
    assert!(!store.has_let_go().unwrap());
    assert!(is_there(&store, &whole) && is_there(&store, &unreferred));
    // The other one goes on.
    let missing = going_on.missing(&store, 9).unwrap();
    let [last] = missing[..] else {
        panic!("{missing:?}");
    };
    let mut rest = vec![0; last.bytes as usize];
    let mut reader = other.open_blob(&one).unwrap();
    reader.fill(last.offset, &mut rest).unwrap();
    going_on.chunk(&mut store, &rest).unwrap();
    going_on.finish(&mut store).unwrap();
    assert!(is_there(&store, &one));
    assert_eq!(told(&store), []);
}

/// Which collections there were has no checksum.
#[test]
fn counts_that_changed_let_nothing_go_that_is_needed() {
    for (begun, found) in [(1, 900), (0, 1), (900, 1), (2, 2), (0, 0), (900, 900)] {
        let place = Place::new();
        let mut store = create(&place);
        let mut notes = store.create_document("notes").unwrap();
        let [kept, named] = ["kept", "named"].map(|text| put(&mut store, text));
        push(&mut store, &mut notes, &kept.to_string());
        store.name_blob("logo", &named).unwrap();
        for _ in 0..2 {
            collect(&mut store);
        }
        drop(store);
        execute(
            &place,
            &format!("UPDATE blob_count SET value = {begun} WHERE id = 2"),
        );
        execute(
            &place,
            &format!("UPDATE blob_count SET value = {found} WHERE id = 3"),
        );
        let mut store = place.open();
        for round in 0..3 {
            collect(&mut store);
            let stay = is_there(&store, &kept) && is_there(&store, &named);
            assert!(stay, "{begun}, {found}, {round}");
        }
    }
}
