//! Rust values written over others: the document shows them afterwards, and only what differs was written.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use support::engine::peer;
use support::programs;
use syncline::{Doc, Error, Kind, Shape};

fn doc() -> Doc {
    Doc::with_peer(peer(1))
}

/// How many operations it takes to bring a document to a value.
fn bring(doc: &mut Doc, value: &Json, shape: &Shape) -> u32 {
    let change = doc.transact(|tx| tx.reconcile_with("data", value, shape));
    doc.check().expect("it is sound");
    change.expect("it fits").applied()
}

fn any_json() -> impl Strategy<Value = Json> {
    let plain = prop_oneof![
        (-3..4i64).prop_map(Json::from),
        "[ab\u{1f600}]{0,3}".prop_map(Json::from),
        Just(json!(null)),
        Just(json!(1.0)),
        Just(json!(true)),
    ];
    plain.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|entries| entries.into_iter().collect::<Json>()),
        ]
    })
}

fn any_map() -> impl Strategy<Value = Json> {
    proptest::collection::btree_map("[a-d]", any_json(), 0..4)
        .prop_map(|entries| entries.into_iter().collect::<Json>())
}

fn named() -> impl Strategy<Value = Json> {
    let names = proptest::collection::vec(0..9i64, 0..8);
    names.prop_map(|mut names| {
        let mut met = std::collections::BTreeSet::new();
        names.retain(|name| met.insert(*name));
        let element = |id: i64| json!({ "id": id, "title": format!("item {id}") });
        json!({ "todo": names.into_iter().map(element).collect::<Vec<_>>() })
    })
}

proptest! {
    #![proptest_config(programs::config(256, 20_000))]

    #[test]
    fn the_document_shows_what_was_written(values in proptest::collection::vec(any_map(), 1..5), texts in any::<bool>()) {
        let shape = if texts { Shape::new().text("a").text("b/*").text("*/c") } else { Shape::new() };
        let mut doc = doc();
        doc.transact(|tx| tx.map("data").set("a", 1)).expect("it fits");
        for value in &values {
            bring(&mut doc, value, &shape);
            prop_assert_eq!(&doc.to_json()["data"], value);
            prop_assert_eq!(bring(&mut doc, value, &shape), 0);
        }
    }

    #[test]
    fn lists_of_values_that_repeat_come_to_what_was_written(
        lists in proptest::collection::vec(proptest::collection::vec(0..2i64, 0..6), 2..5),
    ) {
        let mut doc = doc();
        doc.transact(|tx| tx.map("data").set("a", 1)).expect("it fits");
        for list in lists {
            let value = json!({ "all": list });
            bring(&mut doc, &value, &Shape::new());
            prop_assert_eq!(&doc.to_json()["data"], &value);
        }
    }

    #[test]
    fn named_elements_stay_the_same(before in named(), after in named()) {
        let shape = Shape::new().keyed("todo", "id");
        let mut doc = doc();
        for value in [&before, &after] {
            bring(&mut doc, value, &shape);
            prop_assert_eq!(&doc.to_json()["data"], value);
        }
    }
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Item {
    id: i64,
    title: String,
    done: bool,
}

fn items(count: i64) -> Vec<Item> {
    let item = |id| Item {
        id,
        title: format!("Buy milk and write report {id}"),
        done: id % 3 == 0,
    };
    (0..count).map(item).collect()
}

#[test]
fn a_field_that_changed_is_one_operation() {
    let mut doc = doc();
    let mut list = items(1000);
    doc.transact(|tx| tx.reconcile("todo", &list))
        .expect("it fits");
    list[500].done = !list[500].done;
    let change = doc
        .transact(|tx| tx.reconcile("todo", &list))
        .expect("it fits");
    assert_eq!(change.applied(), 1);
    assert_eq!(doc.deserialize::<Vec<Item>>("todo"), Ok(list));
}

#[test]
fn a_named_element_that_stands_elsewhere_is_moved() {
    let keyed = |doc: &mut Doc, list: &[Item]| {
        let value = json!({ "list": list });
        bring(doc, &value, &Shape::new().keyed("list", "id"))
    };
    let mut doc = doc();
    let mut list = items(10);
    keyed(&mut doc, &list);
    let first = list.remove(0);
    list.push(first);
    assert_eq!(keyed(&mut doc, &list), 1);
    list[3].title = "Sleep".to_owned();
    list.swap(0, 9);
    assert_eq!(keyed(&mut doc, &list), 3);
    list.remove(5);
    list.insert(
        2,
        Item {
            id: 77,
            ..list[2].clone()
        },
    );
    keyed(&mut doc, &list);
    assert_eq!(doc.deserialize::<Vec<Item>>("data/list"), Ok(list.clone()));
    list[1].id = list[0].id;
    let value = json!({ "list": list });
    let twice =
        doc.transact(|tx| tx.reconcile_with("data", &value, &Shape::new().keyed("list", "id")));
    assert!(matches!(twice, Err(Error::Aborted(_))), "{twice:?}");
}

#[test]
fn texts_are_edited_where_they_differ() {
    let shape = Shape::new().text("notes");
    let mut doc = doc();
    bring(&mut doc, &json!({ "notes": "Hello world" }), &shape);
    let mut other = Doc::with_peer(peer(2));
    other
        .merge(&doc.delta_since(&Default::default()))
        .expect("it reads");
    let made = bring(&mut doc, &json!({ "notes": "Hello, world" }), &shape);
    assert_eq!(made, 1);
    bring(&mut other, &json!({ "notes": "Hello world!" }), &shape);
    doc.merge(&other.delta_since(&doc.version_vector()))
        .expect("it reads");
    assert_eq!(
        doc.to_json(),
        json!({ "data": { "notes": "Hello, world!" } })
    );
}

#[test]
fn what_cannot_be_is_named_and_leaves_nothing() {
    let mut doc = doc();
    doc.transact(|tx| tx.text("body").push("Hello"))
        .expect("it fits");
    let saved = doc.save();
    let map = doc.transact(|tx| tx.reconcile("body", &json!({ "a": 1 })));
    let wrong = Error::WrongKind {
        path: "body".to_owned(),
        expected: Kind::Map,
        found: Some(Kind::Text),
    };
    assert_eq!(map.err(), Some(wrong));
    let shape = Shape::new().keyed("todo", "id");
    let twice = json!({ "todo": [{ "id": 1 }, { "id": 1 }] });
    let names = doc.transact(|tx| tx.reconcile_with("meta", &twice, &shape));
    let told = names.expect_err("they have one name").to_string();
    assert!(told.contains("meta/todo"), "{told}");
    let plain = doc.transact(|tx| tx.reconcile("count", &7));
    assert!(matches!(plain, Err(Error::WrongKind { .. })), "{plain:?}");
    let nowhere = doc.transact(|tx| tx.reconcile("meta/deep", &json!({})));
    assert!(
        matches!(nowhere, Err(Error::NoSuchPath { .. })),
        "{nowhere:?}"
    );
    assert_eq!(doc.save(), saved);
}

#[test]
fn the_empty_place_is_the_value_itself() {
    let shape = Shape::new().keyed("", "id");
    let items = |order: [i64; 3]| json!(order.map(|id| json!({ "id": id, "n": id })));
    let mut doc = doc();
    bring(&mut doc, &items([1, 2, 3]), &shape);
    assert_eq!(bring(&mut doc, &items([3, 1, 2]), &shape), 1, "one moves");
}
