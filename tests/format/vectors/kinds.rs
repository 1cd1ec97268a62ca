//! Vectors of every kind of value and container.

use support::small::{doc, made, write};
use syncline::{Error, Transaction, Value, value};

use super::{CARL, Vectors};

/// Values of every kind, and containers in each other.
fn every_kind(tx: &mut Transaction<'_>) -> Result<(), Error> {
    let mut map = tx.map("values");
    map.set("null", Value::Null)?;
    map.set("false", false)?;
    map.set("true", true)?;
    map.set("int", 7)?;
    map.set("negative", -1_000_000)?;
    map.set("least", i64::MIN)?;
    map.set("most", i64::MAX)?;
    map.set("float", 0.25)?;
    map.set("nan", f64::NAN)?;
    map.set("minus zero", -0.0)?;
    map.set("string", "\u{fc}ber \u{1f600}")?;
    map.set("bytes", vec![0_u8, 255, 128])?;
    map.set("removed", "soon gone")?;
    map.remove("removed")?;
    map.set("made list", value!([1, "two", [3.5]]))?;
    map.set("made map", value!({ "in": { "deep": true } }))?;
    map.by_ref().text("text")?.insert(0, "nested")?;
    map.by_ref().list("list")?.push(1)?;
    map.by_ref().map("map")?.text("text")?.push("deeper")?;
    map.by_ref().counter("counter")?.add(-5)?;
    map.remove("map")?;
    map.by_ref().map("map")?.set("second", "generation")?;
    tx.counter("votes").add(3)?;
    tx.counter("votes").add(-4)?;
    let mut list = tx.list("todo");
    list.insert_all(0, [value!(1), value!("two"), value!(null)])?;
    list.set(1, value!({ "done": true }))?;
    list.by_ref().push_text()?.insert(0, "in a list")?;
    list.by_ref().push_counter()?.add(2)?;
    list.by_ref().push_list()?.push(false)?;
    list.by_ref().push_map()?.set("k", "v")?;
    list.delete(0..1)?;
    list.insert(0, 2.5)
}

pub(super) fn kinds(vectors: &mut Vectors) {
    let mut doc_of_kinds = doc(CARL);
    write(&mut doc_of_kinds, every_kind);
    for (name, about, written) in [
        (
            "kinds-none",
            "every kind of value and container, nested, nothing packed",
            "none",
        ),
        ("kinds-fast", "the same, packed fast", "fast"),
        (
            "kinds-compact",
            "the same, packed with Brotli where that is smaller",
            "compact",
        ),
    ] {
        vectors.whole(name, about, written, &mut doc_of_kinds);
    }
    vectors.add(
        "snapshot",
        "a snapshot: the same again, saved",
        None,
        "save",
        doc_of_kinds.save(),
    );

    let bytes = made(&mut doc_of_kinds, |doc| {
        write(doc, |tx| tx.counter("votes").add(1))
    });
    vectors.add(
        "kinds-on",
        "goes on in a counter: its mark stands for every kind of value and container",
        Some("kinds-fast"),
        "fast",
        bytes,
    );
}
