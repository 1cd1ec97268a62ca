//! Export and import.
//!
//! - What is exported is a store, whole, with nothing beside it; no file is written over.
//! - Importing merges documents that are in both, and brings nothing twice.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

use rusqlite::Connection;
use support::{Place, body, push};
use syncline_store::{Entry, Error, Options, Store};

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
