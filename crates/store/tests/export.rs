//! Export and import.
//!
//! - What is exported is a store, whole, with nothing beside it; no file is written over.
//! - How far an export, an import and a repair are is told as they go.
//! - Importing merges documents that are in both, and brings nothing twice.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::sync::mpsc::channel;

use rusqlite::Connection;
use support::{Place, body, bytes, push};
use syncline_store::{Entry, Error, Import, Options, Repair, State, Store};

#[test]
fn an_export_is_a_store() {
    let place = Place::new();
    let mut store = place.create();
    let mut notes = store.create_document("notes").unwrap();
    let entry = Entry::new().key("one");
    store
        .write(&mut notes, &entry, |tx| tx.text("body").push("kept"))
        .unwrap();
    let out = Place::new();
    // An export that was cut short leaves this.
    fs::write(out.folder.path().join("notes.syncline.part"), "x").unwrap();
    place.read().export(&out.path).unwrap();
    assert_eq!(fs::read_dir(out.folder.path()).unwrap().count(), 1);
    push(&mut store, &mut notes, ", not this");

    let mut copy = out.open();
    let mut notes = copy.document("notes").unwrap();
    assert_eq!(body(&notes), "kept");
    let again = copy.write(&mut notes, &entry, |tx| tx.text("body").push("twice"));
    assert!(again.unwrap().is_none());
    push(&mut copy, &mut notes, ", and more");
    // Readers see what is written beside them, as in any store.
    assert_eq!(
        body(&out.read().document("notes").unwrap()),
        "kept, and more"
    );

    let bytes = fs::read(out.folder.path().join("notes.syncline-lock")).unwrap();
    let refused = store.export(&out.path);
    assert!(matches!(refused, Err(Error::Exists { .. })));
    assert_eq!(
        fs::read(out.folder.path().join("notes.syncline-lock")).unwrap(),
        bytes
    );
}

#[test]
fn how_far_it_is_is_told() {
    let (place, out, new) = (Place::new(), Place::new(), Place::new());
    let mut store = place.create();
    for name in ["a", "b", "c"] {
        let mut document = store.create_document(name).unwrap();
        push(&mut store, &mut document, name);
    }
    store.put_blob(&*bytes(1, 4_000_000)).unwrap();
    let (tell, told) = channel();
    let heard = store.export_telling(&out.path, move |written, all| {
        tell.send((written, all)).unwrap();
    });
    heard.unwrap();
    // Whoever was told is let go of, and the next export tells nobody.
    let told: Vec<(u64, u64)> = told.iter().collect();
    let bytes = fs::metadata(&out.path).unwrap().len();
    assert!(told.is_sorted() && told.len() > 2, "{told:?}");
    let (first, last) = (told[0], told[told.len() - 1]);
    assert!(first.0 < bytes / 2 && last.0 > bytes / 2, "{told:?}");
    assert!(told.iter().all(|(_, all)| all.abs_diff(bytes) < bytes / 10));

    let mut to = new.create();
    let mut import = Import::new(&to, &store).unwrap();
    let mut steps = vec![import.progress().done];
    while import.step(&mut to, &store, &Entry::new()).unwrap() {
        steps.push(import.progress().done);
    }
    assert_eq!((steps, import.progress().all), ((0..=4).collect(), 4));
    assert_eq!(import.progress().state, State::Done);
    let imported = import.into_imported();
    assert_eq!((imported.documents.len(), imported.blobs), (3, 1));

    let mut repair = Repair::new(&to).unwrap();
    let mut steps = Vec::new();
    while repair.step(&mut to, None, &Entry::new()).unwrap() {
        steps.push(repair.progress().done);
    }
    // After the documents it looks for blobs.
    assert_eq!((steps, repair.progress().all), (vec![1, 2, 3, 3, 4], 4));
    assert!(!repair.step(&mut to, None, &Entry::new()).unwrap());
}

#[test]
fn an_import_merges() {
    let (one, two) = (Place::new(), Place::new());
    let mut left = one.create();
    let mut shared = left.create_document("shared").unwrap();
    push(&mut left, &mut shared, "both ");
    left.export(&two.path).unwrap();
    let mut right = Store::open(&two.path, &Options::new()).unwrap();
    push(&mut left, &mut shared, "left ");
    let mut there = right.document("shared").unwrap();
    push(&mut right, &mut there, "right ");
    let mut only = right.create_document("only there").unwrap();
    push(&mut right, &mut only, "alone");

    let imported = left.import(&right, &Entry::new()).unwrap();
    assert!(imported.failures.is_empty());
    assert_eq!(
        imported.documents,
        [("only there".to_owned(), 5), ("shared".to_owned(), 6)]
    );
    let again = left.import(&right, &Entry::new()).unwrap();
    assert!(again.documents.is_empty());
    let merged = body(&left.document("shared").unwrap());
    assert!(merged.starts_with("both ") && merged.contains("left ") && merged.contains("right "));
    assert_eq!(body(&left.document("only there").unwrap()), "alone");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_taken_in() {
    let (one, two) = (Place::new(), Place::new());
    let mut from = two.create();
    for name in ["a", "b", "c"] {
        let mut document = from.create_document(name).unwrap();
        push(&mut from, &mut document, name);
    }
    from.put_blob(&b"a picture"[..]).unwrap();
    let broken = from.put_blob(&b"broken"[..]).unwrap();
    drop(from);
    let connection = Connection::open(&two.path).unwrap();
    for damage in [
        "UPDATE journal SET checksum = 1 WHERE id >> 32 = 1",
        "UPDATE document SET name = x'ff' WHERE id = 2",
        "UPDATE blob_bytes SET body = x'00' WHERE id = 2",
    ] {
        assert_eq!(connection.execute(damage, []).unwrap(), 1, "{damage}");
    }
    drop(connection);
    let mut to = one.create();
    let imported = to.import(&two.read(), &Entry::new()).unwrap();
    assert_eq!(imported.documents, [("c".to_owned(), 1)]);
    assert_eq!((imported.blobs, imported.failures.len()), (1, 3));
    assert_eq!(to.documents().unwrap().names, ["c"]);
    assert!(matches!(to.blob(&broken), Err(Error::NoBlob { .. })));
}

#[test]
fn what_somebody_else_wrote_there_meanwhile_stays() {
    let (place, out) = (Place::new(), Place::new());
    let mut store = place.create();
    store.put_blob(&*bytes(1, 1_000_000)).unwrap();
    let theirs = out.path.clone();
    let exported = store.export_telling(&out.path, move |_, _| {
        fs::write(&theirs, "theirs").unwrap();
    });
    assert!(
        matches!(exported, Err(Error::Exists { .. })),
        "{exported:?}"
    );
    assert_eq!(fs::read(&out.path).unwrap(), b"theirs");
}
