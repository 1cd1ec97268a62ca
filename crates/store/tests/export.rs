//! Export and import.
//!
//! - What is exported is a store, whole, with nothing beside it; no file is written over.
//! - Importing merges documents that are in both, and brings nothing twice.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;

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

    let taken = left.import(&right, &Entry::new()).unwrap();
    assert_eq!(
        taken,
        [("only there".to_owned(), 5), ("shared".to_owned(), 6)]
    );
    assert_eq!(left.import(&right, &Entry::new()).unwrap(), []);
    let merged = body(&left.document("shared").unwrap());
    assert!(merged.starts_with("both ") && merged.contains("left ") && merged.contains("right "));
    assert_eq!(body(&left.document("only there").unwrap()), "alone");
}
