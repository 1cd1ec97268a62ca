//! Writing: what a transaction leaves, what counts as one operation, and what its `Change` says.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use support::engine::peer;
use syncline::{Change, Doc, Error, Kind, ListEdit, TextEdit, Transaction, value};

#[test]
fn a_panic_inside_a_transaction_takes_it_back() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").push("before"))?;
    let saved = doc.save();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        doc.transact(|tx| {
            tx.text("body").delete(0..3)?;
            tx.map("meta").list("a")?.push(1)?;
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert!(doc.save() == saved);
    doc.check().expect("the invariants");
    doc.transact(|tx| tx.text("body").push(" and after"))?;
    assert_eq!(doc.to_json(), json!({"body": "before and after"}));
    Ok(())
}

#[test]
fn an_edit_that_fails_does_nothing_even_when_the_rest_goes_on() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.text("body").push("ab")?;
        assert!(tx.text("body").insert(3, "x").is_err());
        assert!(tx.text("body").delete(1..3).is_err());
        assert!(tx.text("body").replace(2..5, "x").is_err());
        assert!(tx.list("todo").insert_all(1, [1.into(), 2.into()]).is_err());
        assert!(tx.list("todo").set(0, 1).is_err());
        tx.list("todo").push("a")?;
        assert!(tx.list("todo").text(0).is_err());
        tx.text("body").push("c")
    })?;
    assert_eq!(doc.to_json(), json!({"body": "abc", "todo": ["a"]}));
    assert_eq!(doc.operations(), 4);
    doc.check().expect("the invariants");
    Ok(())
}

#[test]
fn nothing_written_makes_no_operation() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let change = doc.transact(|tx| {
        tx.text("body").insert(0, "")?;
        tx.text("body").delete(0..0)?;
        tx.text("body").replace(0..0, "")?;
        tx.list("todo").insert_all(0, [])?;
        tx.list("todo").delete(0..0)?;
        tx.map("meta").remove("a")
    })?;
    assert!(change.is_empty());
    assert_eq!((change.applied(), doc.operations()), (0, 0));
    assert!(doc.version_vector().is_empty());
    assert_eq!(doc.to_json(), json!({}));
    Ok(())
}

#[test]
fn what_one_operation_is() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let mut made = |work: &dyn Fn(&mut Transaction<'_>) -> Result<(), Error>| {
        doc.transact(work).map(|change| change.applied())
    };
    assert_eq!(made(&|tx| tx.text("body").push("aΩ🙂"))?, 3);
    assert_eq!(made(&|tx| tx.text("body").delete(0..2))?, 2);
    assert_eq!(made(&|tx| tx.text("body").replace(0..1, "xy"))?, 3);
    assert_eq!(
        made(&|tx| tx.list("todo").insert_all(0, [1.into(), 2.into()]))?,
        2
    );
    assert_eq!(made(&|tx| tx.list("todo").set(0, 1))?, 1);
    assert_eq!(made(&|tx| tx.map("meta").set("a", 1))?, 1);
    assert_eq!(made(&|tx| tx.map("meta").set("a", 1))?, 1);
    assert_eq!(made(&|tx| tx.map("meta").remove("a"))?, 1);
    assert_eq!(made(&|tx| tx.map("meta").remove("a"))?, 0);
    assert_eq!(made(&|tx| tx.map("meta").text("t").map(drop))?, 1);
    assert_eq!(made(&|tx| tx.map("meta").text("t").map(drop))?, 0);
    assert_eq!(
        made(&|tx| tx.map("meta").set("v", value!([1, {"a": 2}])))?,
        4
    );
    assert_eq!(made(&|tx| tx.counter("votes").add(-3))?, 1);
    Ok(())
}

#[test]
fn handles_lead_on_to_nested_containers() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        let mut list = tx.list("all");
        list.push("plain")?;
        list.by_ref().push_text()?.push("text")?;
        list.by_ref().push_list()?.push(1)?;
        list.by_ref().push_map()?.set("a", 2)?;
        list.by_ref().push_counter()?.add(3)?;
        list.by_ref().insert_text(0)?.push("first")?;
        assert_eq!(list.len(), 6);
        list.by_ref().map(4)?.list("inner")?.push(true)?;
        list.by_ref().counter(5)?.add(-1)?;
        list.text(2)?.insert(0, "a ")?;
        let mut map = tx.map("meta");
        map.by_ref().map("a")?.map("b")?.set("c", "deep")?;
        assert_eq!(map.get("a"), Some(value!({"b": {"c": "deep"}})));
        map.remove("a")?;
        assert_eq!(map.get("a"), None);
        let mut text = tx.text("body");
        text.push("abc")?;
        assert_eq!((text.len(), text.to_string()), (3, "abc".to_owned()));
        Ok(())
    })?;
    let all = json!(["first", "plain", "a text", [1], {"a": 2, "inner": [true]}, 2]);
    assert_eq!(
        doc.to_json(),
        json!({"all": all, "body": "abc", "meta": {}})
    );
    let list = doc.list("all");
    let kinds: Vec<_> = (0..7).map(|index| list.kind_at(index)).collect();
    let some = [Kind::Text, Kind::List, Kind::Map, Kind::Counter].map(Some);
    assert_eq!(
        kinds,
        [some[0], None, some[0], some[1], some[2], some[3], None]
    );
    assert_eq!(
        list.map(4).and_then(|map| map.kind_of("inner")),
        Some(Kind::List)
    );
    assert!(list.text(1).is_none() && list.list(2).is_none() && list.text(9).is_none());
    Ok(())
}

#[test]
fn people_who_open_a_key_at_once_share_it_whatever_it_is() -> Result<(), Error> {
    let [mut one, mut other] = [1, 2].map(|id| Doc::with_peer(peer(id)));
    for (doc, word) in [(&mut one, "one"), (&mut other, "two")] {
        doc.transact(|tx| {
            tx.map("meta").text("text")?.push(word)?;
            tx.map("meta").list("list")?.push(word)?;
            tx.map("meta").map("map")?.set(word, 1)?;
            tx.map("meta").counter("counter")?.add(1)
        })?;
    }
    one.merge(&other.delta_since(&one.version_vector()))?;
    other.merge(&one.delta_since(&other.version_vector()))?;
    let shared = json!({"counter": 2, "list": ["one", "two"], "map": {"one": 1, "two": 1}, "text": "onetwo"});
    assert_eq!(one.to_json(), json!({"meta": shared}));
    assert_eq!(one.to_json(), other.to_json());
    Ok(())
}

#[test]
fn a_change_says_what_changed() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let change = doc.transact(|tx| {
        tx.text("body").push("abc")?;
        tx.list("todo").insert_all(0, [1.into(), 2.into()])?;
        tx.map("meta").set("a", 1)?;
        tx.map("meta").text("t")?.push("x")?;
        tx.counter("votes").add(2)
    })?;
    assert_eq!(change.text("body"), [TextEdit::Insert("abc".to_owned())]);
    assert_eq!(
        change.list("todo"),
        [ListEdit::Insert(vec![1.into(), 2.into()])]
    );
    assert_eq!(change.counter("votes"), 2);
    let map: BTreeMap<_, _> = change.map("meta").into_iter().collect();
    assert_eq!(map.get("a"), Some(&Some(1.into())));
    assert!(map.contains_key("t"));
    let paths: Vec<&str> = change.paths().collect();
    for path in ["body", "meta", "todo", "votes"] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    let change = doc.transact(|tx| {
        tx.text("body").replace(1..2, "xy")?;
        tx.list("todo").delete(0..1)?;
        tx.map("meta").remove("a")
    })?;
    let edits = change.text("body");
    assert_eq!(edits.first(), Some(&TextEdit::Retain(1)));
    assert!(
        edits.contains(&TextEdit::Delete(1)) && edits.len() == 3,
        "{edits:?}"
    );
    assert_eq!(change.list("todo"), [ListEdit::Delete(1)]);
    assert_eq!(change.map("meta"), [("a".to_owned(), None)]);
    assert!(change.text("nowhere").is_empty() && change.counter("votes") == 0);
    assert!(Change::default().is_empty());
    Ok(())
}
