//! What a `Change` says, and what `conflicts` says beside it.
//!
//! - A key that shows the same container as before is no entry of its map: what happened within is told of the container.
//! - Edits are the fewest: what is inserted in one place is one insertion, and what came and went is none.
//! - Who opens a key at the same time makes one container, which `conflicts` lists once.

use support::engine::peer;
use syncline::{Change, Doc, Error, Kind, ListEdit, TextEdit, Transaction, value};

/// Two replicas that opened the same key at once, each with a word in it.
fn two_who_opened_one_key() -> Result<[Doc; 2], Error> {
    let mut docs = [1, 2].map(|id| Doc::with_peer(peer(id)));
    for (doc, word) in docs.iter_mut().zip(["one", "two"]) {
        doc.transact(|tx| tx.map("meta").text("notes")?.push(word))?;
    }
    Ok(docs)
}

#[test]
fn a_key_that_two_opened_at_once_is_told_as_edits_of_what_they_share() -> Result<(), Error> {
    let [mut one, mut two] = two_who_opened_one_key()?;
    let on_one = one.merge(&two.delta_since(&one.version_vector()))?;
    let on_two = two.merge(&one.delta_since(&two.version_vector()))?;
    assert_eq!(one.get("meta/notes"), Some("onetwo".into()));
    for (change, edits) in [
        (
            on_one,
            vec![TextEdit::Retain(3), TextEdit::Insert("two".into())],
        ),
        (on_two, vec![TextEdit::Insert("one".into())]),
    ] {
        assert_eq!(change.text("meta/notes"), edits);
        assert_eq!(change.map("meta"), []);
        assert_eq!(change.paths().collect::<Vec<_>>(), ["meta/notes"]);
    }
    Ok(())
}

#[test]
fn opening_what_others_opened_changes_nothing_that_shows() -> Result<(), Error> {
    let mut docs = [1, 2].map(|id| Doc::with_peer(peer(id)));
    for doc in &mut docs {
        doc.transact(|tx| tx.map("meta").list("all").map(drop))?;
    }
    let [mut one, mut two] = docs;
    assert!(
        one.merge(&two.delta_since(&one.version_vector()))?
            .is_empty()
    );
    assert!(
        two.merge(&one.delta_since(&two.version_vector()))?
            .is_empty()
    );
    Ok(())
}

#[test]
fn another_container_at_a_key_is_an_entry() -> Result<(), Error> {
    let [mut one, mut two] = two_who_opened_one_key()?;
    one.merge(&two.delta_since(&one.version_vector()))?;
    two.merge(&one.delta_since(&two.version_vector()))?;
    two.transact(|tx| {
        tx.map("meta").remove("notes")?;
        tx.map("meta").text("notes")?.push("anew")
    })?;
    let change = one.merge(&two.delta_since(&one.version_vector()))?;
    assert_eq!(
        change.map("meta"),
        [("notes".to_owned(), Some("anew".into()))]
    );
    assert_eq!(change.paths().collect::<Vec<_>>(), ["meta"]);
    Ok(())
}

#[test]
fn a_container_that_two_opened_is_listed_once() -> Result<(), Error> {
    let [mut one, mut two] = two_who_opened_one_key()?;
    let mut three = Doc::with_peer(peer(3));
    three.transact(|tx| tx.map("meta").set("notes", value!("plain")))?;
    one.merge(&two.delta_since(&one.version_vector()))?;
    let conflicts = one.map("meta").conflicts("notes");
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(
        (conflicts[0].id.peer, conflicts[0].container),
        (peer(2), Some(Kind::Text))
    );
    // Also where something else won.
    one.merge(&three.delta_since(&one.version_vector()))?;
    let conflicts = one.map("meta").conflicts("notes");
    let listed: Vec<_> = conflicts
        .iter()
        .map(|conflict| (conflict.id.peer, conflict.value.clone()))
        .collect();
    assert_eq!(
        listed,
        [(peer(3), "plain".into()), (peer(2), "onetwo".into())]
    );
    // And what they share is found again under it.
    two.merge(&one.delta_since(&two.version_vector()))?;
    two.transact(|tx| tx.map("meta").remove("notes"))?;
    let change = one.merge(&two.delta_since(&one.version_vector()))?;
    assert_eq!(change.map("meta"), [("notes".to_owned(), None)]);
    Ok(())
}

/// A document with four letters and four elements, and what a transaction in it says.
fn changed(work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) -> Change {
    let mut doc = Doc::with_peer(peer(1));
    let before = doc.transact(|tx| {
        tx.text("body").push("wxyz")?;
        (0..4).try_for_each(|number| tx.list("todo").push(number))
    });
    before.expect("it fits");
    doc.transact(work).expect("it fits")
}

#[test]
fn elements_set_side_by_side_are_one_insertion() {
    let change = changed(|tx| {
        tx.list("todo").set(1, "b")?;
        tx.list("todo").set(0, "a")
    });
    let inserted = ListEdit::Insert(vec!["a".into(), "b".into()]);
    assert_eq!(change.list("todo"), [inserted, ListEdit::Delete(2)]);
    let change = changed(|tx| {
        tx.list("todo").insert(1, "b")?;
        tx.list("todo").set(0, "a")?;
        tx.list("todo").insert(2, "c")
    });
    let inserted = ListEdit::Insert(vec!["a".into(), "b".into(), "c".into()]);
    let edits = change.list("todo");
    assert_eq!(edits, [inserted, ListEdit::Delete(1)]);
}

#[test]
fn insertions_at_one_place_are_one() {
    let change = changed(|tx| {
        for letter in ["c", "b", "a"] {
            tx.list("todo").insert(2, letter)?;
            tx.text("body").insert(2, letter)?;
        }
        Ok(())
    });
    let inserted = ["a", "b", "c"].map(Into::into).to_vec();
    assert_eq!(
        change.list("todo"),
        [ListEdit::Retain(2), ListEdit::Insert(inserted)]
    );
    assert_eq!(
        change.text("body"),
        [TextEdit::Retain(2), TextEdit::Insert("abc".into())]
    );
}

#[test]
fn what_came_and_went_is_no_change() {
    let change = changed(|tx| {
        tx.text("body").insert(2, "ab")?;
        tx.text("body").delete(2..3)?;
        tx.text("body").delete(2..3)?;
        tx.list("todo").push("a")?;
        tx.list("todo").set(4, "b")?;
        tx.list("todo").delete(4..5)?;
        tx.counter("votes").add(1)?;
        tx.counter("votes").add(-1)?;
        tx.map("meta").set("a", 1)?;
        tx.map("meta").remove("a")
    });
    assert!(
        change.is_empty(),
        "{:?}",
        change.paths().collect::<Vec<_>>()
    );
    assert_eq!(change.applied(), 11);
    // As many came as went, and not the same.
    let change = changed(|tx| {
        tx.text("body").delete(0..1)?;
        tx.text("body").insert(3, "w")
    });
    assert_eq!(change.text("body").len(), 3);
}

#[test]
fn each_of_many_containers_is_found_by_its_path() {
    let names: Vec<String> = (0..40)
        .map(|number| format!("{}", number * 7 % 40))
        .collect();
    let change = changed(|tx| {
        for (name, by) in names.iter().zip(1..) {
            tx.counter(name).add(by)?;
            tx.map("meta").counter(name)?.add(-by)?;
        }
        tx.text("body").push("!")
    });
    let expected: Vec<i64> = (1..=40).collect();
    let found: Vec<_> = names.iter().map(|name| change.counter(name)).collect();
    assert_eq!(found, expected);
    assert_eq!(change.map("meta").len(), 40);
    assert_eq!((change.text("body").len(), change.counter("40")), (2, 0));
    assert_eq!(change.paths().count(), 42);
    let kinds: Vec<_> = change
        .containers()
        .filter(|(_, kind)| *kind != Kind::Counter)
        .collect();
    assert_eq!(kinds, [("body", Kind::Text), ("meta", Kind::Map)]);
}
