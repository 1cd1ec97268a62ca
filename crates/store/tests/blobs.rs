//! Blobs: large files beside documents.
//!
//! - What is put is read again, whole and by ranges; its name is the hash of its bytes.
//! - What two blobs share lies in the file once.
//! - A transfer that is cut short goes on with the chunks that are missing, and what came wrong is not kept.
//! - A sealed store keeps them as well, and nothing of them can be found in its files.
//! - Damage is named, told, set aside, and fetched again.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};

use rusqlite::{Connection, params};
use support::{Place, bytes, checksum, run_key_change};
use syncline_store::{
    Blob, BlobId, BlobIncoming, BlobWriter, Entry, Error, Key, Options, Part, Place as Where,
    Store, Verification,
};

fn read(store: &Store, blob: &BlobId) -> Vec<u8> {
    let mut read = Vec::new();
    store
        .open_blob(blob)
        .unwrap()
        .read_to_end(&mut read)
        .unwrap();
    read
}

fn failures(store: &Store) -> Vec<String> {
    let mut verification = Verification::new(store).unwrap();
    while verification.work().unwrap() {}
    let progress = verification.progress();
    assert_eq!(progress.done, progress.all);
    let failures = verification.failures().iter();
    failures.map(|failure| failure.error.to_string()).collect()
}

fn count(place: &Place, query: &str) -> u64 {
    let connection = Connection::open(&place.path).unwrap();
    let count: i64 = connection.query_row(query, [], |row| row.get(0)).unwrap();
    count.try_into().unwrap()
}

#[test]
fn what_is_put_is_read() {
    let place = Place::new();
    let mut store = place.create();
    for len in [0, 1, 16 << 10, (1 << 20) - 1, 1 << 20, 3_000_000] {
        let content = bytes(7, len);
        let blob = store.put_blob(&*content).unwrap();
        assert_eq!(blob, BlobId::of(&content));
        assert_eq!(store.blob(&blob).unwrap(), Blob::new(blob, len as u64));
        assert!(read(&store, &blob) == content, "{len} bytes");
    }
    assert_eq!(store.blobs().unwrap().0.len(), 6);
    assert_eq!(failures(&store), [""; 0]);
    let none = store.open_blob(&BlobId::of(b"never"));
    assert!(matches!(none, Err(Error::NoBlob { .. })));
    assert!(matches!(
        place.read().put_blob(&b"x"[..]),
        Err(Error::ReadOnly { .. })
    ));
}

#[test]
fn a_range_is_read_without_the_rest() {
    let place = Place::new();
    let content = bytes(3, 3_000_000);
    let blob = place.create().put_blob(&*content).unwrap();
    let connection = Connection::open(&place.path).unwrap();
    // Whatever is not touched may be damaged.
    let middle = "UPDATE blob_bytes SET body = zeroblob(9) WHERE id BETWEEN 5 AND 25";
    assert!(connection.execute(middle, []).unwrap() > 15);
    drop(connection);
    let store = place.open();
    let mut reader = store.open_blob(&blob).unwrap();
    let mut range = vec![0; 1000];
    for at in [0_u32, 7, 2_999_000, 100] {
        reader.fill(at.into(), &mut range).unwrap();
        assert_eq!(range, content[at as usize..][..1000]);
    }
    reader.seek(SeekFrom::End(-5)).unwrap();
    let mut end = Vec::new();
    reader.read_to_end(&mut end).unwrap();
    assert_eq!(end, content[2_999_995..]);
    let past = reader.fill(2_999_500, &mut range);
    assert!(matches!(past, Err(Error::Limit { .. })));
    let Err(Error::Damaged { place, .. }) = reader.fill(1_000_000, &mut range) else {
        panic!("damage is given");
    };
    assert!(place.to_string().starts_with(&format!("{blob} from byte ")));
}

#[test]
fn what_is_shared_lies_there_once() {
    let place = Place::new();
    let mut store = place.create();
    let first = bytes(1, 2_000_000);
    // A byte is put into the middle, and one before everything.
    let mut second = first.clone();
    second.insert(1_000_000, 7);
    second.insert(0, 7);
    let one = store.put_blob(&*first).unwrap();
    let chunks = count(&place, "SELECT count(*) FROM blob_chunk");
    assert!(chunks > 15, "{chunks}");
    let two = store.put_blob(&*second).unwrap();
    assert_eq!(store.put_blob(&*first).unwrap(), one);
    let more = count(&place, "SELECT count(*) FROM blob_chunk") - chunks;
    assert!(more <= 4, "{more} chunks more than {chunks}");
    assert!(read(&store, &one) == first && read(&store, &two) == second);
}

#[test]
fn a_transfer_goes_on_where_it_was_cut_short() {
    let (here, there) = (Place::new(), Place::new());
    let content = bytes(5, 2_500_000);
    let mut from = there.create();
    let blob = from.put_blob(&*content).unwrap();
    let told = from.blob(&blob).unwrap();
    drop(here.create());
    let (mut rounds, mut asked) = (0, 0);
    loop {
        // Each time a new process, which takes one part or two chunks.
        let mut to = here.open();
        let mut incoming = BlobIncoming::new(&mut to, &told).unwrap();
        rounds += 1;
        if let Some(number) = incoming.next_part() {
            let part = from.blob_part(&blob, number).unwrap();
            incoming.part(&mut to, &part).unwrap();
            incoming.part(&mut to, &part).unwrap();
            assert!(incoming.finish(&mut to).is_err());
            continue;
        }
        let missing = incoming.missing(&to, 2).unwrap();
        for chunk in &missing {
            let mut bytes = vec![0; chunk.bytes as usize];
            from.open_blob(&blob)
                .unwrap()
                .fill(chunk.offset, &mut bytes)
                .unwrap();
            incoming.chunk(&mut to, &bytes).unwrap();
            asked += 1;
        }
        assert!(matches!(to.blob(&blob), Err(Error::NoBlob { .. })));
        if missing.is_empty() {
            incoming.finish(&mut to).unwrap();
            assert!(read(&to, &blob) == content);
            break;
        }
    }
    assert_eq!(asked, count(&there, "SELECT count(*) FROM blob_chunk"));
    assert!(rounds > 10, "{rounds}");
    assert_eq!(failures(&here.open()), [""; 0]);
}

#[test]
fn what_is_missing_is_told_once_in_its_order() {
    let (here, there) = (Place::new(), Place::new());
    // Some of it stands in it twice.
    let content = [bytes(5, 900_000), bytes(6, 2_000_000), bytes(5, 900_000)].concat();
    let mut from = there.create();
    let blob = from.put_blob(&*content).unwrap();
    let mut to = here.create();
    let mut incoming = BlobIncoming::new(&mut to, &from.blob(&blob).unwrap()).unwrap();
    let mut told = 0;
    while let Some(number) = incoming.next_part() {
        let part = from.blob_part(&blob, number).unwrap();
        incoming.part(&mut to, &part).unwrap();
        assert_eq!(incoming.parts(), number + 1);
        // All of the parts that have come, and each as it is asked for: what comes in between is passed over.
        while let Some(chunk) = incoming.next_missing(&to).unwrap() {
            let found = from
                .open_blob(&blob)
                .unwrap()
                .chunk(chunk.offset, chunk.bytes);
            let bytes = found.unwrap().unwrap();
            assert_eq!(blake3::hash(&bytes), chunk.hash);
            assert_eq!(incoming.missing(&to, 1).unwrap()[0].offset, chunk.offset);
            incoming.chunk(&mut to, &bytes).unwrap();
            told += 1;
        }
        assert_eq!(incoming.missing(&to, 9).unwrap(), []);
    }
    assert_eq!(told, count(&there, "SELECT count(*) FROM blob_chunk"));
    incoming.finish(&mut to).unwrap();
    // A chunk is given as it is listed alone.
    let mut reader = from.open_blob(&blob).unwrap();
    let first = from.blob_part(&blob, 0).unwrap().chunks[0].bytes;
    assert!(reader.chunk(0, first).unwrap().is_some());
    for (offset, bytes) in [
        (0, first - 1),
        (1, first - 1),
        (0, first + 1),
        (1, first),
        (u64::MAX, 1),
    ] {
        assert_eq!(reader.chunk(offset, bytes).unwrap(), None);
    }
}

#[test]
fn what_comes_wrong_is_not_kept() {
    let place = Place::new();
    let mut store = place.create();
    let [one, two] = [&b"one"[..], b"two"].map(|bytes| store.put_blob(bytes).unwrap());
    let (told, list) = (
        Blob::new(BlobId::of(b"six"), 3),
        store.blob_part(&two, 0).unwrap(),
    );
    let mut incoming = BlobIncoming::new(&mut store, &told).unwrap();
    // A list that cannot be that blob's.
    let mut long = list.chunks.clone();
    long.extend(&list.chunks);
    for part in [
        Part::new(1, list.chunks.clone()),
        Part::new(0, Vec::new()),
        Part::new(0, long),
        Part::new(0, list.chunks.repeat(17)),
    ] {
        let taken = incoming.part(&mut store, &part);
        assert!(matches!(taken, Err(Error::WrongList { .. })));
    }
    // Bytes of no chunk that was listed.
    let chunk = incoming.chunk(&mut store, b"else");
    assert!(matches!(chunk, Err(Error::WrongBytes { .. })));
    // A list of another blob of that length.
    incoming.part(&mut store, &list).unwrap();
    assert_eq!(incoming.missing(&store, 9).unwrap(), []);
    let Err(Error::WrongBytes { expected, found }) = incoming.finish(&mut store) else {
        panic!("it is taken");
    };
    assert_eq!((expected, found), (told.id.to_string(), two.to_string()));
    assert!(store.blob(&told.id).is_err());
    let again = BlobIncoming::new(&mut store, &told).unwrap();
    assert_eq!(again.next_part(), Some(0));
    assert_eq!(
        (read(&store, &one), read(&store, &two)),
        (b"one".to_vec(), b"two".to_vec())
    );
}

#[test]
fn a_blob_has_its_limit() {
    let place = Place::new();
    let mut store = place.create_within(|limits| limits.blob_bytes = 1000);
    store.put_blob(&*bytes(1, 1000)).unwrap();
    let put = store.put_blob(&*bytes(1, 1001));
    assert!(matches!(
        put,
        Err(Error::Limit {
            what: "blob_bytes",
            ..
        })
    ));
    let told = Blob::new(BlobId::of(b"x"), 1001);
    let taken = BlobIncoming::new(&mut store, &told);
    assert!(matches!(taken, Err(Error::Limit { .. })));
}

#[test]
fn a_reader_that_fails_leaves_nothing_that_counts() {
    struct Failing(u32);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1..5 => Ok(buffer.len()),
                _ => Err(io::Error::other("the line is cut")),
            }
        }
    }
    let place = Place::new();
    let mut store = place.create();
    assert!(matches!(store.put_blob(Failing(0)), Err(Error::Io { .. })));
    assert_eq!(store.blobs().unwrap().0, []);
    assert_eq!(failures(&store), [""; 0]);
}

#[test]
fn blobs_are_kept_by_name() {
    let place = Place::new();
    let mut store = place.create();
    let [one, two] = [&b"one"[..], b"two"].map(|bytes| store.put_blob(bytes).unwrap());
    for (name, blob) in [("b", &one), ("../a", &one), ("b", &two)] {
        store.name_blob(name, blob).unwrap();
    }
    let expected = [("../a".to_owned(), one), ("b".to_owned(), two)];
    assert_eq!(store.blob_names().unwrap(), expected);
    assert_eq!(store.named_blob("b").unwrap(), two);
    assert!(store.unname_blob("b").unwrap());
    assert!(!store.unname_blob("b").unwrap());
    assert!(matches!(store.named_blob("b"), Err(Error::NoBlob { .. })));
    let none = store.name_blob("c", &BlobId::of(b"never"));
    assert!(matches!(none, Err(Error::NoBlob { .. })));
    let long = store.name_blob(&"x".repeat(1025), &one);
    assert!(matches!(long, Err(Error::Limit { .. })));
}

#[test]
fn a_sealed_store_hides_them() {
    let place = Place::new();
    let options = |byte| Options::new().key(Key::new([byte; 32]));
    let mut store = Store::create(&place.path, &options(1)).unwrap();
    let content = "words that can be found ".repeat(3000).into_bytes();
    let blob = store.put_blob(&*content).unwrap();
    store.name_blob("the name", &blob).unwrap();
    let is_found = |word: &[u8]| {
        let files = fs::read_dir(place.folder.path()).unwrap();
        let mut all = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        all.any(|bytes| bytes.windows(word.len()).any(|found| found == word))
    };
    let chunk = store.blob_part(&blob, 0).unwrap().chunks[0].hash;
    for word in [&b"words that can"[..], b"the name", blob.as_bytes(), &chunk] {
        assert!(!is_found(word));
    }
    // Another key seals them again, and nothing opens with the old one.
    run_key_change(&mut store, 2);
    drop(store);
    let store = Store::open(&place.path, &options(2)).unwrap();
    assert!(read(&store, &blob) == content);
    assert_eq!(store.named_blob("the name").unwrap(), blob);
    assert_eq!(failures(&store), [""; 0]);
    let connection = Connection::open(&place.path).unwrap();
    for table in ["blob", "blob_part", "blob_bytes", "blob_name"] {
        let query = format!("SELECT count(*) FROM {table} WHERE substr(body, 1, 1) != x'02'");
        let old: u32 = connection.query_row(&query, [], |row| row.get(0)).unwrap();
        assert_eq!(old, 0, "{table}");
    }
    // In a store that is not sealed all of it is found.
    let open = Place::new();
    let mut copy = open.create();
    copy.import(&store, &Entry::new()).unwrap();
    let there = fs::read(open.path.with_file_name("notes.syncline-wal")).unwrap();
    for word in [&b"words that can"[..], b"the name", blob.as_bytes(), &chunk] {
        assert!(there.windows(word.len()).any(|found| found == word));
    }
}

#[test]
fn an_import_and_an_export_have_them() {
    let (here, there) = (Place::new(), Place::new());
    let mut from = there.create();
    let content = bytes(5, 1_500_000);
    let blob = from.put_blob(&*content).unwrap();
    from.name_blob("kept", &blob).unwrap();
    from.export(&here.path).unwrap();
    assert!(read(&here.open(), &blob) == content);
    let second = Place::new();
    let mut to = second.create();
    for _ in 0..2 {
        to.import(&from, &Entry::new()).unwrap();
        assert!(read(&to, &blob) == content);
        assert_eq!(to.named_blob("kept").unwrap(), blob);
    }
    assert_eq!(count(&second, "SELECT count(*) FROM blob"), 1);
}

/// A store of one blob, and a copy of it.
fn two(content: &[u8]) -> (Place, Place, BlobId) {
    let (place, copy) = (Place::new(), Place::new());
    let mut store = place.create();
    let blob = store.put_blob(content).unwrap();
    store.export(&copy.path).unwrap();
    (place, copy, blob)
}

const DAMAGE: [&str; 6] = [
    "UPDATE blob_bytes SET body = zeroblob(length(body)) WHERE id = 3",
    "UPDATE blob_bytes SET body = (SELECT body FROM blob_bytes WHERE id = 1) WHERE id = 3",
    "DELETE FROM blob_bytes WHERE id = 3",
    "DELETE FROM blob_chunk WHERE id = 3",
    "UPDATE blob_part SET body = zeroblob(length(body)) WHERE id & 255 = 1",
    "DELETE FROM blob_part WHERE id & 255 = 2",
];

#[test]
fn damage_is_set_aside_and_fetched() {
    let content = bytes(5, 2_500_000);
    for damage in DAMAGE {
        for has_copy in [false, true] {
            let (place, copy, blob) = two(&content);
            let connection = Connection::open(&place.path).unwrap();
            assert_eq!(connection.execute(damage, []).unwrap(), 1);
            drop(connection);
            let mut store = place.open();
            let told = failures(&store);
            let [told] = &*told else {
                panic!("{damage}: {told:?}");
            };
            assert!(told.contains(&blob.to_string()), "{damage}: {told}");
            let copy = has_copy.then(|| copy.read());
            let report = store.repair(copy.as_ref(), &Entry::new()).unwrap();
            assert!(report.failures.is_empty(), "{damage}: {report:?}");
            let [repaired] = &*report.blobs else {
                panic!("{damage}: {report:?}");
            };
            assert!(repaired.blob == blob && repaired.lost > 10_000);
            if has_copy {
                assert_eq!(repaired.fetched, Some(repaired.lost), "{damage}");
                assert!(read(&store, &blob) == content, "{damage}");
                assert_eq!(failures(&store), [""; 0], "{damage}");
            } else {
                // What cannot be read is told, and putting it again mends it.
                assert_eq!(repaired.fetched, None);
                assert_eq!(failures(&store).len(), 1, "{damage}");
                store.put_blob(&*content).unwrap();
                assert!(read(&store, &blob) == content, "{damage}");
                assert_eq!(failures(&store), [""; 0], "{damage}");
            }
        }
    }
}

/// Changes one bit of a chunk as it lies on the disk; gives its bytes as they are then.
fn flip(place: &Place, chunk: u32, bit: usize) -> Vec<u8> {
    let connection = Connection::open(&place.path).unwrap();
    let query = "SELECT body FROM blob_bytes WHERE id = ?1";
    let mut bytes: Vec<u8> = connection
        .query_row(query, [chunk], |row| row.get(0))
        .unwrap();
    let at = (bit / 8) % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
    let write = "UPDATE blob_bytes SET body = ?2 WHERE id = ?1";
    assert_eq!(connection.execute(write, params![chunk, bytes]).unwrap(), 1);
    bytes
}

#[test]
fn a_flipped_bit_is_named_set_aside_and_fetched() {
    let content = bytes(5, 1_000_000);
    for (is_sealed, bit) in [(false, 7), (false, 80_003), (true, 200_004), (true, 9)] {
        let options = match is_sealed {
            true => Options::new().key(Key::new([3; 32])),
            false => Options::new(),
        };
        let (place, copy) = (Place::new(), Place::new());
        let mut store = Store::create(&place.path, &options).unwrap();
        let blob = store.put_blob(&*content).unwrap();
        let sound = store.put_blob(&b"another"[..]).unwrap();
        store.export(&copy.path).unwrap();
        drop(store);
        let flipped = flip(&place, 4, bit);

        // Where in which blob is told, and the rest can be read.
        let mut store = Store::open(&place.path, &options).unwrap();
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        let [failure] = verification.failures() else {
            panic!("{:?}", verification.failures());
        };
        let Error::Damaged {
            place: Where::Blob {
                blob: named,
                offset,
            },
            ..
        } = &failure.error
        else {
            panic!("{:?}", failure.error);
        };
        assert_eq!(*named, blob);
        let list: Vec<_> = (0..2)
            .filter_map(|part| store.blob_part(&blob, part).ok())
            .flat_map(|part| part.chunks)
            .collect();
        let part: u64 = list[..3].iter().map(|chunk| u64::from(chunk.bytes)).sum();
        assert_eq!(*offset, part);
        let lost = u64::from(list[3].bytes);
        let mut before = vec![0; usize::try_from(part).unwrap()];
        store
            .open_blob(&blob)
            .unwrap()
            .fill(0, &mut before)
            .unwrap();
        assert!(before == content[..before.len()]);
        assert_eq!(read(&store, &sound), b"another");

        // It is set aside as it is, and nothing else is lost with it.
        let report = store.repair(None, &Entry::new()).unwrap();
        assert_eq!(
            (report.blobs[0].lost, report.blobs[0].fetched),
            (lost, None)
        );
        let query = "SELECT body FROM quarantine WHERE document = 0 AND first = 4";
        let connection = Connection::open(&place.path).unwrap();
        let kept: Vec<u8> = connection.query_row(query, [], |row| row.get(0)).unwrap();
        assert!(kept == flipped);
        drop(connection);

        let other = Store::open(&copy.path, &options.clone().read_only()).unwrap();
        let report = store.repair(Some(&other), &Entry::new()).unwrap();
        let [repaired] = &*report.blobs else {
            panic!("{report:?}");
        };
        assert_eq!((repaired.lost, repaired.fetched), (lost, Some(lost)));
        assert!(read(&store, &blob) == content);
        assert_eq!(failures(&store), [""; 0]);
    }
}

#[test]
fn putting_it_again_does_not_trust_what_is_damaged() {
    let content = bytes(5, 500_000);
    for damage in &DAMAGE[..4] {
        let (place, _copy, blob) = two(&content);
        let connection = Connection::open(&place.path).unwrap();
        assert_eq!(connection.execute(damage, []).unwrap(), 1);
        drop(connection);
        let mut store = place.open();
        assert_eq!(store.put_blob(&*content).unwrap(), blob);
        assert!(read(&store, &blob) == content, "{damage}");
        assert_eq!(failures(&store), [""; 0], "{damage}");
    }
}

#[test]
fn a_row_that_changed_is_named() {
    for damage in [
        "UPDATE blob SET body = zeroblob(length(body))",
        "UPDATE blob SET checksum = checksum + 1",
        "UPDATE blob SET id = id + 7",
    ] {
        let content = bytes(5, 100_000);
        let (place, copy, blob) = two(&content);
        let connection = Connection::open(&place.path).unwrap();
        assert_eq!(connection.execute(damage, []).unwrap(), 1);
        drop(connection);
        let mut store = place.open();
        let opened = store.open_blob(&blob);
        assert!(matches!(opened, Err(Error::Damaged { .. })), "{damage}");
        drop(opened);
        assert_eq!(failures(&store).len(), 1, "{damage}");
        assert_eq!(store.repair(None, &Entry::new()).unwrap().failures.len(), 1);
        assert_eq!(store.blobs().unwrap().1.len(), 1);
        store.import(&copy.read(), &Entry::new()).unwrap();
        assert!(read(&store, &blob) == content, "{damage}");
        assert_eq!(failures(&store), [""; 0], "{damage}");
    }
}

#[test]
fn commits_come_between_its_pieces() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let content = bytes(9, 3_000_000);
    let mut writer = BlobWriter::new(&mut store).unwrap();
    for piece in content.chunks(300_000) {
        writer.write(&mut store, piece).unwrap();
        support::push(&mut store, &mut notes, "x");
    }
    let blob = writer.finish(&mut store).unwrap();
    assert!(read(&store, &blob) == content);
    assert_eq!(
        support::body(&store.document("notes").unwrap()),
        "x".repeat(10)
    );
}

/// Every row of it as the store would have written it, so that only the hash of the whole tells.
#[test]
fn a_blob_with_the_bytes_of_another_is_told() {
    let place = Place::new();
    let mut store = place.create();
    let [one, _] = [1, 2].map(|seed| store.put_blob(&*bytes(seed, 9000)).unwrap());
    drop(store);
    let connection = Connection::open(&place.path).unwrap();
    let query = "SELECT body FROM blob_part WHERE id = 2 << 32";
    let list: Vec<u8> = connection.query_row(query, [], |row| row.get(0)).unwrap();
    let sum = checksum(8, &[0; 16], 1 << 32, &list);
    let update = "UPDATE blob_part SET checksum = ?1, body = ?2 WHERE id = 1 << 32";
    assert_eq!(connection.execute(update, params![sum, list]).unwrap(), 1);
    drop(connection);
    let complaints = failures(&place.open());
    let [complaint] = &*complaints else {
        panic!("{complaints:?}");
    };
    assert!(complaint.contains("another's"), "{complaint}");
    assert!(complaint.contains(&one.to_string()), "{complaint}");
}

/// A file without a key may say of itself whatever somebody wrote, with the right checksums.
#[test]
fn a_list_that_nobody_would_write_is_damage() {
    let content = bytes(1, 9000);
    let chunk = |bytes: u32| [blake3::hash(&content).as_bytes(), &bytes.to_le_bytes()[..]].concat();
    let lists = [
        (0_u64, chunk(u32::MAX)),
        (0, [chunk(9000), chunk(0)].concat()),
        (0, chunk(9000).repeat(17)),
        (u64::MAX - 10, chunk(9000)),
    ];
    for (start, chunks) in lists {
        let place = Place::new();
        let copy = place.folder.path().join("copy");
        let mut store = place.create();
        let blob = store.put_blob(&*content).unwrap();
        store.export(&copy).unwrap();
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        let list = [&start.to_le_bytes()[..], &chunks].concat();
        let sum = checksum(8, &[0; 16], 1 << 32, &list);
        let update = "UPDATE blob_part SET checksum = ?1, body = ?2 WHERE id = 1 << 32";
        assert_eq!(connection.execute(update, params![sum, list]), Ok(1));
        let (key, mut row): ([u8; 32], Vec<u8>) = connection
            .query_row("SELECT key, body FROM blob", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        if start > 0 {
            row[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
            let sum = checksum(7, key.first_chunk().unwrap(), 1, &row);
            let update = "UPDATE blob SET checksum = ?1, body = ?2";
            assert_eq!(connection.execute(update, params![sum, row]), Ok(1));
        }
        drop(connection);
        let mut store = place.open();
        let read = store.open_blob(&blob).unwrap().fill(start, &mut [0; 5]);
        assert!(matches!(read, Err(Error::Damaged { .. })), "{read:?}");
        assert_eq!(failures(&store).len(), 1);
        let other = Store::open(&copy, &Options::new().read_only()).unwrap();
        let report = store.repair(Some(&other), &Entry::new()).unwrap();
        assert!(report.failures.is_empty(), "{report:?}");
        assert!(self::read(&store, &blob) == content);
    }
}

/// With a lost chunk too, which is looked for in all parts.
#[test]
fn a_count_of_parts_that_nobody_would_write_is_mended() {
    for is_import in [false, true] {
        let place = Place::new();
        let copy = place.folder.path().join("copy");
        let mut store = place.create();
        let content = bytes(1, 9000);
        let blob = store.put_blob(&*content).unwrap();
        store.export(&copy).unwrap();
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        let (key, mut row): ([u8; 32], Vec<u8>) = connection
            .query_row("SELECT key, body FROM blob", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        row[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        let sum = checksum(7, key.first_chunk().unwrap(), 1, &row);
        let update = "UPDATE blob SET checksum = ?1, body = ?2";
        assert_eq!(connection.execute(update, params![sum, row]), Ok(1));
        assert_eq!(connection.execute("DELETE FROM blob_bytes", []), Ok(1));
        drop(connection);
        let mut store = place.open();
        let other = Store::open(&copy, &Options::new().read_only()).unwrap();
        match is_import {
            true => drop(store.import(&other, &Entry::new()).unwrap()),
            false => drop(store.repair(Some(&other), &Entry::new()).unwrap()),
        }
        assert!(read(&store, &blob) == content);
        assert_eq!(failures(&store), [""; 0]);
    }
}

#[test]
fn what_is_missing_a_piece_gets_no_name() {
    let place = Place::new();
    let mut store = place.create_within(|limits| limits.blob_bytes = 1000);
    let mut writer = BlobWriter::new(&mut store).unwrap();
    writer.write(&mut store, b"the beginning").unwrap();
    let refused = writer.write(&mut store, &[7; 2000]);
    assert!(matches!(refused, Err(Error::Limit { .. })));
    let refused = writer.write(&mut store, b"the end");
    assert!(matches!(refused, Err(Error::LetGo)));
    assert!(matches!(writer.finish(&mut store), Err(Error::LetGo)));
    assert!(store.blobs().unwrap().0.is_empty());
}

#[test]
fn a_transfer_whose_list_was_damaged_begins_again() {
    let (here, there) = (Place::new(), Place::new());
    let content = bytes(5, 2_500_000);
    let mut from = there.create();
    let blob = from.put_blob(&*content).unwrap();
    let told = from.blob(&blob).unwrap();
    for part in 0..2 {
        let mut to = match part {
            0 => here.create(),
            _ => here.open(),
        };
        let mut incoming = BlobIncoming::new(&mut to, &told).unwrap();
        for number in 0..2 {
            assert_eq!(incoming.next_part(), Some(number));
            let list = from.blob_part(&blob, number).unwrap();
            incoming.part(&mut to, &list).unwrap();
        }
        let connection = Connection::open(&here.path).unwrap();
        let last =
            "UPDATE blob_part SET checksum = 1 WHERE id = (SELECT max(id) FROM blob_part) - ?1";
        assert_eq!(connection.execute(last, [part]).unwrap(), 1);
    }
    let mut to = here.open();
    assert_eq!(to.import(&from, &Entry::new()).unwrap().blobs, 1);
    assert!(read(&to, &blob) == content);
}

/// The last number that was given has no checksum.
#[test]
fn a_number_that_is_behind_harms_no_blob() {
    for number in ["0", "1", "4294967295"] {
        let place = Place::new();
        let mut store = place.create();
        let mut all: Vec<_> = (0..3)
            .map(|seed| store.put_blob(&*bytes(seed, 5000)).unwrap())
            .collect();
        drop(store);
        let connection = Connection::open(&place.path).unwrap();
        let set = format!("UPDATE blob_count SET value = {number} WHERE id = 1");
        assert_eq!(connection.execute(&set, []).unwrap(), 1);
        drop(connection);
        let mut store = place.open();
        for seed in 3..6 {
            match store.put_blob(&*bytes(seed, 5000)) {
                Ok(blob) => all.push(blob),
                Err(error) => assert!(matches!(error, Error::Damaged { .. }), "{error}"),
            }
        }
        assert_eq!(all.len(), if number.len() > 1 { 3 } else { 6 });
        for (seed, blob) in (0..).zip(&all) {
            assert!(read(&store, blob) == bytes(seed, 5000), "{number}, {seed}");
        }
        assert_eq!(failures(&store), [""; 0], "{number}");
    }
}
