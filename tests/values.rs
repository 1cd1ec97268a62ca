//! Values: what goes in comes back, through a transaction, a delta and what is saved.

mod support;

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
