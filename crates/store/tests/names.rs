//! Names of documents are data.
//!
//! - Any string is a name, and none leads out of the file.
//! - A name that is there is not made again; one that is not is not opened.

mod support;

use std::fs;

use support::{Place, body, push};
use syncline_store::Error;

#[test]
fn any_string_is_a_name() {
    let place = Place::new();
    let mut store = place.create();
    let longest = "x".repeat(1024);
    let names = [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\con",
        "a\0b",
        "'; DROP TABLE journal; --",
        "e\u{301}",
        "\u{e9}",
        "%s%n",
        "\u{1f600}",
        &longest,
    ];
    for name in names {
        let mut document = store.create_document(name).unwrap();
        push(&mut store, &mut document, name);
    }
    drop(store);

    let store = place.open();
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(store.documents().unwrap().names, sorted);
    for name in names {
        assert_eq!(body(&store.document(name).unwrap()), name);
    }
    let mut files: Vec<_> = fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    let expected = ["", "-lock", "-shm", "-wal"].map(|end| format!("notes.syncline{end}"));
    assert!(
        files.iter().all(|file| expected.contains(file)),
        "{files:?}"
    );
}

#[test]
fn names_are_held_to_their_limit() {
    let place = Place::new();
    let mut store = place.create();
    let refused = store.create_document(&"x".repeat(1025));
    assert!(matches!(
        refused,
        Err(Error::Limit {
            what: "name_bytes",
            limit: 1024,
            found: 1025
        })
    ));
    assert!(store.documents().unwrap().names.is_empty());
}

#[test]
fn a_name_is_made_once() {
    let place = Place::new();
    let mut store = place.create();
    assert!(!store.has_document("notes").unwrap());
    let refused = store.document("notes");
    assert!(matches!(refused, Err(Error::NoDocument { name }) if name == "notes"));
    store.create_document("notes").unwrap();
    let refused = store.create_document("notes");
    assert!(matches!(refused, Err(Error::DocumentExists { name }) if name == "notes"));
    assert_eq!(store.documents().unwrap().names, ["notes"]);
}

#[test]
fn a_document_that_is_begun_is_there_with_its_first_commit() {
    let place = Place::new();
    let mut store = place.create();
    let mut begun: Vec<_> = ["one", "two"]
        .map(|name| store.begin_document(name).expect("a document"))
        .into();
    assert!(matches!(
        store.begin_document("one"),
        Err(Error::DocumentExists { .. })
    ));
    assert!(matches!(
        store.create_document("two"),
        Err(Error::DocumentExists { .. })
    ));
    assert!(matches!(
        store.begin_document(&"x".repeat(1025)),
        Err(Error::Limit { .. })
    ));
    for document in &mut begun {
        push(&mut store, document, "written");
    }
    drop(store);
    let store = place.open();
    for name in ["one", "two"] {
        assert_eq!(body(&store.document(name).expect("it opens")), "written");
    }
}
