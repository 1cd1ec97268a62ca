//! Edits that cannot be made.
//!
//! - Positions out of range and wrong kinds are named errors, with their path. Limits are in `limits.rs`.
//! - Nothing stays of the transaction, not even in what is saved.

use support::engine::peer;
use support::small::{whole, write};
use syncline::{Doc, Error, Kind, Transaction, value};

#[test]
fn what_is_out_of_range_is_named() {
    let mut doc = Doc::with_peer(peer(1));
    write(&mut doc, |tx| {
        tx.text("body").push("a🙂c")?;
        tx.list("todo").insert_all(0, [1.into(), value!([1, 2])])
    });
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [(Work, &str); 13] = [
        (|tx| tx.text("body").insert(4, "x"), "body"),
        (|tx| tx.text("body").insert(usize::MAX, ""), "body"),
        (|tx| tx.text("body").delete(2..4), "body"),
        (
            |tx| tx.text("body").delete(usize::MAX - 1..usize::MAX),
            "body",
        ),
        (|tx| tx.text("body").replace(3..5, "x"), "body"),
        (|tx| tx.text("empty").delete(0..1), "empty"),
        (|tx| tx.list("todo").insert(3, 1), "todo"),
        (
            |tx| tx.list("todo").insert_all(9, [1.into(), 2.into()]),
            "todo",
        ),
        (|tx| tx.list("todo").set(2, 1), "todo"),
        (|tx| tx.list("todo").delete(1..3), "todo"),
        (|tx| tx.list("todo").list(1)?.set(2, 1), "todo/1"),
        (|tx| tx.list("todo").list(1)?.delete(0..3), "todo/1"),
        (|tx| tx.list("todo").insert_text(3).map(drop), "todo"),
    ];
    let before = whole(&doc);
    for (index, (work, at)) in works.into_iter().enumerate() {
        let error = doc.transact(|tx| {
            tx.text("body").push("first")?;
            tx.text("body").delete(3..8)?;
            work(tx)
        });
        match error.expect_err("out of range") {
            Error::OutOfRange { path, .. } => assert_eq!(path, at, "work {index}"),
            error => panic!("work {index}: {error:?}"),
        }
        assert!(whole(&doc) == before, "work {index} left something");
    }
}

#[test]
fn wrong_kinds_are_named() {
    let mut doc = Doc::with_peer(peer(1));
    write(&mut doc, |tx| {
        tx.map("meta").set("plain", 1)?;
        tx.map("meta").set("list", value!([[], "plain"]))
    });
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [(Work, &str, Kind); 7] = [
        (|tx| tx.text("meta").insert(0, "x"), "meta", Kind::Text),
        (|tx| tx.counter("meta").add(1), "meta", Kind::Counter),
        (
            |tx| tx.map("meta").text("plain").map(drop),
            "meta/plain",
            Kind::Text,
        ),
        (
            |tx| tx.map("meta").map("list")?.set("a", 1),
            "meta/list",
            Kind::Map,
        ),
        (
            |tx| tx.map("meta").counter("list").map(drop),
            "meta/list",
            Kind::Counter,
        ),
        (
            |tx| tx.map("meta").list("list")?.text(0).map(drop),
            "meta/list/0",
            Kind::Text,
        ),
        (
            |tx| tx.map("meta").list("list")?.list(1).map(drop),
            "meta/list/1",
            Kind::List,
        ),
    ];
    let before = whole(&doc);
    for (index, (work, at, wanted)) in works.into_iter().enumerate() {
        match doc.transact(work).expect_err("another kind") {
            Error::WrongKind { path, expected, .. } => {
                assert_eq!((path.as_str(), expected), (at, wanted), "work {index}");
            }
            error => panic!("work {index}: {error:?}"),
        }
        assert!(whole(&doc) == before, "work {index} left something");
    }
}

/// What a refused edit says.
fn refusal(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) -> String {
    doc.transact(work).expect_err("it is refused").to_string()
}

#[test]
#[allow(clippy::reversed_empty_ranges)]
fn what_is_said_of_a_position_is_what_is_wrong_with_it() {
    let mut doc = Doc::with_peer(peer(1));
    write(&mut doc, |tx| {
        tx.text("a/b").push("a🙂c")?;
        tx.list("todo").insert_all(0, [1.into(), 2.into()])
    });
    let past = "position 4 is past the end of `a~1b`, which has 3 chars";
    assert_eq!(refusal(&mut doc, |tx| tx.text("a/b").insert(4, "x")), past);
    let within = "position 2 of `a~1b`, counted in UTF-16 units, lies within a character";
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [Work; 4] = [
        |tx| tx.text("a/b").utf16().insert(2, "x"),
        |tx| tx.text("a/b").utf16().delete(2..3),
        |tx| tx.text("a/b").utf16().delete(1..2),
        |tx| tx.text("a/b").utf16().replace(2..4, "x"),
    ];
    for work in works {
        assert_eq!(refusal(&mut doc, work), within);
    }
    let bytes = doc.text("a/b").bytes().slice(0..3);
    assert_eq!(
        bytes.expect_err("cut").to_string(),
        "position 3 of `a~1b`, counted in bytes, lies within a character"
    );
    assert_eq!(
        refusal(&mut doc, |tx| tx.list("todo").set(2, "x")),
        "position 2 is past the end of `todo`, which has 2 elements"
    );
    let absent = doc.text("nowhere").slice(0..1).expect_err("absent");
    assert_eq!(
        absent.to_string(),
        "position 1 is past the end of a text that is empty"
    );
    let works: [Work; 4] = [
        |tx| tx.text("a/b").delete(2..1),
        |tx| tx.text("a/b").bytes().replace(1..0, "x"),
        |tx| tx.list("todo").delete(2..1),
        |tx| tx.text("nowhere").delete(1..0),
    ];
    for work in works {
        let said = refusal(&mut doc, work);
        assert!(said.contains("ends before it starts"), "{said}");
    }
    assert_eq!(
        doc.text("a/b")
            .slice(2..1)
            .expect_err("reversed")
            .to_string(),
        "the range 2..1 of `a~1b` ends before it starts"
    );
}

#[test]
fn paths_in_errors_are_paths() {
    let mut doc = Doc::with_peer(peer(1));
    write(&mut doc, |tx| tx.map("a/b").set("c~d", value!([1])));
    assert_eq!(
        refusal(&mut doc, |tx| tx.text("a/b").push("x")),
        "`a~1b` is a map, not a text"
    );
    assert_eq!(
        refusal(&mut doc, |tx| tx.map("a/b").text("c~d")?.push("x")),
        "`a~1b/c~0d` is a list, not a text"
    );
    assert_eq!(
        refusal(&mut doc, |tx| tx.text("e/f").delete(0..1)),
        "position 1 is past the end of `e~1f`, which has 0 chars"
    );
}
