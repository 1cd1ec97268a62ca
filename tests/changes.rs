//! What a `Change` says, and what `conflicts` says beside it.
//!
//! - A key that shows the same container as before is no entry of its map: what happened within is told of the container.
//! - Who opens a key at the same time makes one container, which `conflicts` lists once.

mod support;

use support::engine::peer;
use syncline::{Doc, Error, Kind, TextEdit, value};

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
