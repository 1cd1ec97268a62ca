//! Stores that earlier versions wrote stay readable, for ever: one of each schema lies in `tests/stores`.
//!
//! - Each opens to write, which brings it to the newest schema; what it says is all there, and it goes on.
//! - A dry run says what opening it would do, and changes nothing.
//!
//! A new schema adds its file: `SYNCLINE_STORES=crates/store/tests/stores cargo test -p syncline-store --test old_stores --
//! --ignored` writes those of today.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;

use support::{Place, body, push};
use syncline_store::{BlobId, Compaction, Entry, Job, Key, Options, Store, Verification};

/// The newest schema.
const TODAY: u32 = 3;

/// A blob of every schema from the second on.
const PICTURE: &[u8] = b"a picture";

fn options(is_sealed: bool) -> Options {
    match is_sealed {
        true => Options::new().key(Key::new([7; 32])),
        false => Options::new(),
    }
}

fn file_name(schema: u32, is_sealed: bool) -> String {
    let sealed = if is_sealed { "-sealed" } else { "" };
    format!("schema-{schema}{sealed}.store")
}

fn write(folder: &Path, is_sealed: bool) {
    let place = Place::new();
    let mut store = Store::create(&place.path, &options(is_sealed)).unwrap();
    for name in ["notes", "naïve/../names"] {
        let mut document = store.create_document(name).unwrap();
        let entry = Entry::new()
            .author("Ann")
            .origin("here")
            .time_ms(7)
            .key("first");
        let write = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("packed, ");
        store.write(&mut document, &entry, write).unwrap();
        Compaction::new(&store).unwrap().run(&mut store).unwrap();
        push(&mut store, &mut document, "in the journal");
        let mut relay = store.remote(name, "relay").unwrap();
        relay.acknowledge(&document.doc().version_vector());
        relay.fail("down", 5);
        store.keep_remote(name, "relay", &relay).unwrap();
    }
    let picture = store.put_blob(PICTURE).unwrap();
    store.name_blob("picture", &picture).unwrap();
    let file = folder.join(file_name(TODAY, is_sealed));
    let _ = fs::remove_file(&file);
    store.export(&file).unwrap();
}

/// Not a test: writes the stores of today.
#[test]
#[ignore = "writes files that are kept"]
fn stores_of_today() {
    let Some(folder) = std::env::var_os("SYNCLINE_STORES") else {
        return;
    };
    // Tests run in the folder of their crate.
    let folder = Path::new("../..").join(folder);
    fs::create_dir_all(&folder).unwrap();
    [false, true]
        .into_iter()
        .for_each(|is_sealed| write(&folder, is_sealed));
}

#[test]
fn every_schema_opens() {
    for schema in 1..=TODAY {
        for is_sealed in [false, true] {
            let place = Place::new();
            let kept = Path::new("tests/stores").join(file_name(schema, is_sealed));
            fs::copy(&kept, &place.path).unwrap();
            let steps = Store::migrations(&place.path).unwrap();
            assert_eq!(steps.len(), (TODAY - schema) as usize);
            assert_eq!(fs::read(&place.path).unwrap(), fs::read(&kept).unwrap());

            let mut store = Store::open(&place.path, &options(is_sealed)).unwrap();
            assert_eq!(
                store.documents().unwrap().names,
                ["naïve/../names", "notes"]
            );
            for name in ["notes", "naïve/../names"] {
                let mut document = store.document(name).unwrap();
                assert_eq!(body(&document), "packed, in the journal", "{kept:?}");
                let relay = store.remote(name, "relay").unwrap();
                assert_eq!(relay.last_error.as_deref(), Some("down"));
                assert_eq!(relay.acknowledged, document.doc().version_vector());
                let again = Entry::new().key("first");
                let write = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("twice");
                assert!(store.write(&mut document, &again, write).unwrap().is_none());
                push(&mut store, &mut document, "!");
            }
            if schema < 2 {
                store.put_blob(PICTURE).unwrap();
            } else {
                assert_eq!(store.named_blob("picture").unwrap(), BlobId::of(PICTURE));
            }
            let mut picture = Vec::new();
            let mut reader = store.open_blob(&BlobId::of(PICTURE)).unwrap();
            reader.read_to_end(&mut picture).unwrap();
            assert_eq!(picture, PICTURE);
            let mut verification = Verification::new(&store).unwrap();
            while verification.work().unwrap() {}
            assert!(
                verification.failures().is_empty(),
                "{:?}",
                verification.failures()
            );
            assert_eq!(Store::migrations(&place.path).unwrap(), [""; 0]);
        }
    }
}
