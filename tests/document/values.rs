//! Values: what goes in comes back, through a transaction, a delta and what is saved.

use serde::Serialize;
use serde_json::json;
use support::engine::peer;
use syncline::{Doc, Error, Value, VersionVector, value};

#[test]
fn values_come_back_as_they_went_in() -> Result<(), Error> {
    let values = [
        Value::Null,
        true.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        (-0.0).into(),
        f64::MAX.into(),
        5e-324.into(),
        "Ω🙂\0".into(),
        "".into(),
        vec![0u8, 255, 128].into(),
        Vec::<u8>::new().into(),
        value!([]),
        value!({}),
        value!({"a": [1, true, null, {"b": 1.5}], "": ""}),
    ];
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.list("all").insert_all(0, values.clone())?;
        values
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| tx.map("each").set(&index.to_string(), value.clone()))
    })?;
    let mut received = Doc::with_peer(peer(2));
    received.merge(&doc.delta_since(&VersionVector::new()))?;
    for doc in [&doc, &Doc::load(&doc.save())?, &received] {
        for (index, value) in values.iter().enumerate() {
            assert_eq!(doc.list("all").get(index).as_ref(), Some(value));
            assert_eq!(
                doc.map("each").get(&index.to_string()).as_ref(),
                Some(value)
            );
        }
        let zero = doc.list("all").get(4);
        assert!(
            matches!(zero, Some(Value::Float(zero)) if zero.is_sign_negative()),
            "{zero:?}"
        );
    }
    Ok(())
}

#[test]
fn json_numbers_keep_their_kind() {
    assert_eq!(value!(1), Value::Int(1));
    assert_eq!(value!(1.0), Value::Float(1.0));
    assert_eq!(Value::from(json!(i64::MIN)).to_json(), json!(i64::MIN));
    assert_eq!(Value::Float(2.0).to_json(), json!(2.0));
    assert!(matches!(Value::from(json!(u64::MAX)), Value::Float(_)));
}

/// What is not a number in JSON is stored all the same, and nothing panics on its way.
#[test]
fn floats_that_json_lacks() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.list("all")
            .insert_all(0, [f64::NAN.into(), f64::INFINITY.into()])
    })?;
    let doc = Doc::load(&doc.save())?;
    assert!(matches!(doc.list("all").get(0), Some(Value::Float(float)) if float.is_nan()));
    assert_eq!(doc.list("all").get(1), Some(Value::Float(f64::INFINITY)));
    assert!(doc.to_json()["all"].is_array());
    Ok(())
}

#[test]
fn counters_add_up_at_the_ends_of_their_range() -> Result<(), Error> {
    let mut docs = [1, 2, 3].map(|id| Doc::with_peer(peer(id)));
    for (doc, amount) in docs.iter_mut().zip([i64::MAX, i64::MAX, i64::MIN]) {
        doc.transact(|tx| tx.counter("votes").add(amount))?;
    }
    let deltas = [0, 1, 2].map(|index: usize| docs[index].delta_since(&VersionVector::new()));
    for (index, doc) in docs.iter_mut().enumerate() {
        doc.merge(&deltas[(index + 1) % 3])?;
        doc.merge(&deltas[(index + 2) % 3])?;
    }
    let values = docs.each_ref().map(|doc| doc.counter("votes").value());
    assert_eq!(values, [values[0]; 3]);
    Ok(())
}

#[test]
fn the_literal_takes_expressions() {
    let (x, done, title, key) = (3, true, "Notes".to_owned(), "computed");
    let list = || vec![1, 2].into_iter().map(Value::from).collect::<Value>();
    let literal = value!({
        "negative": -1,
        "sum": x + 1,
        "call": title.len() == 5,
        "variable": &title,
        (key): null,
        (format!("{key}/{x}")): [-1, -2.5, x * 2, [null, { "deep": !done }],],
        title: if x > 2 { "more" } else { "less" },
        "nested": { "a": { "b": -x, }, "empty": {}, "none": [] },
        "made": list(),
        "json": json!({"a": [1]}),
        "option": Some(x).filter(|x| *x > 9),
    });
    assert_eq!(
        literal.to_json(),
        json!({
            "negative": -1,
            "sum": 4,
            "call": true,
            "variable": "Notes",
            "computed": null,
            "computed/3": [-1, -2.5, 6, [null, {"deep": false}]],
            "Notes": "more",
            "nested": {"a": {"b": -3}, "empty": {}, "none": []},
            "made": [1, 2],
            "json": {"a": [1]},
            "option": null,
        })
    );
    assert_eq!(value!(-x), Value::Int(-3));
    assert_eq!(value!([x, x + 1]), Value::List(vec![3.into(), 4.into()]));
    assert_eq!(value!([(x)]), Value::List(vec![3.into()]));
    assert_eq!(
        (value!([]), value!({})),
        (Value::List(vec![]), Value::Map([].into()))
    );
    // Long literals of plain elements take no recursion of the macro.
    let long = value!([
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    assert_eq!(long.as_list().map(<[Value]>::len), Some(148));
}

#[test]
fn rust_types_become_values_without_loss() {
    let ints = [
        Value::from(-1i8),
        (-1i16).into(),
        (-1i32).into(),
        (-1i64).into(),
        (-1isize).into(),
    ];
    assert_eq!(ints, [const { Value::Int(-1) }; 5]);
    assert_eq!(
        [Value::from(1u8), 1u16.into(), 1u32.into()],
        [const { Value::Int(1) }; 3]
    );
    // These may not fit, and say so.
    assert_eq!(Value::try_from(7usize), Ok(Value::Int(7)));
    assert_eq!(Value::try_from(7u64), Ok(Value::Int(7)));
    assert!(Value::try_from(u64::MAX).is_err());
    assert!(Value::try_from(i128::MIN).is_err() && Value::try_from(u128::MAX).is_err());
    assert_eq!(Value::from('Ω'), "Ω".into());
    assert_eq!(
        Value::from(&"a".to_owned()),
        std::borrow::Cow::Borrowed("a").into()
    );
    assert_eq!(Value::from(b"ab"), Value::Bytes(vec![97, 98]));
    assert_eq!(Value::from([97u8, 98]), Value::Bytes(vec![97, 98]));
    assert_eq!(
        ["a", "b"].into_iter().collect::<Value>(),
        value!(["a", "b"])
    );
    assert_eq!(
        [("a", 1), ("b", 2)].into_iter().collect::<Value>(),
        value!({"a": 1, "b": 2})
    );
}

#[test]
fn every_kind_of_value_has_its_accessor() {
    let values = value!([null, true, -7, 2.5, "text", (vec![1u8]), ["in"], { "key": "in" }]);
    let values = values.as_list().expect("a list");
    let found = values.iter().map(|value| {
        [
            value.is_null(),
            value.as_bool().is_some(),
            value.as_int().is_some(),
            matches!(value, Value::Float(_)) && value.as_float().is_some(),
            value.as_str().is_some(),
            value.as_bytes().is_some(),
            value.as_list().is_some(),
            value.as_map().is_some(),
        ]
    });
    for (nth, found) in found.enumerate() {
        let expected: [bool; 8] = std::array::from_fn(|kind| kind == nth);
        assert_eq!(found, expected, "value {nth}");
    }
    // An integer reads as a float too: who wrote 2 for 2.0 meant the same number.
    assert_eq!(
        (values[2].as_float(), values[3].as_float()),
        (Some(-7.0), Some(2.5))
    );
    assert_eq!(
        (values[7].get("key"), values[6].at(0)),
        (Some(&"in".into()), Some(&"in".into()))
    );
    assert_eq!(
        (values[7].get("none"), values[6].at(1), values[0].get("a")),
        (None, None, None)
    );
}

#[test]
fn a_value_is_displayed_as_json() {
    let value = value!({ "b": [1, 2.5, null], "a": "x\"y" });
    assert_eq!(value.to_string(), r#"{"a":"x\"y","b":[1,2.5,null]}"#);
    assert_eq!(format!("{:#}", value!([1])), "[\n  1\n]");
    assert_eq!(Value::from(f64::NAN).to_string(), "null");
}

#[test]
fn rust_types_go_in_by_serde() -> Result<(), Error> {
    #[derive(Serialize)]
    struct Card {
        title: &'static str,
        tags: Vec<u8>,
        size: Option<f32>,
    }
    let card = Card {
        title: "Notes",
        tags: vec![1, 2],
        size: None,
    };
    let expected = value!({ "title": "Notes", "tags": [1, 2], "size": null });
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.map("cards").set("a", Value::serialized(&card)?))?;
    assert_eq!(doc.get("cards/a"), Some(expected));
    // A map whose keys are no strings is no JSON: an error, and nothing happens.
    let pairs = std::collections::BTreeMap::from([((1, 2), 3)]);
    let refused = doc.transact(|tx| tx.map("cards").set("b", Value::serialized(&pairs)?));
    assert!(matches!(refused, Err(Error::Serde(_))), "{refused:?}");
    // Neither is a number that would come back as another.
    assert!(Value::serialized(&u64::MAX).is_err());
    Ok(())
}
