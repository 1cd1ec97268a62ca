//! Valid encodings of small documents, for the fuzzer to start from.

use std::sync::OnceLock;

use syncline::{Doc, Error, Expand, OpId, Peer, SaveOptions, Transaction, Value, VersionVector};

/// A peer by its number.
pub fn peer(id: u64) -> Peer {
    Peer::new(id).expect("a peer id is not zero")
}

/// Makes a transaction that fits.
pub fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

/// The saved form of a small document with something of everything in it: concurrency, conflicts, deletions, nesting.
pub fn small() -> &'static [u8] {
    static SAVED: OnceLock<Vec<u8>> = OnceLock::new();
    SAVED.get_or_init(|| make().save())
}

fn make() -> Doc {
    let [mut doc, mut other] = [1, 2].map(|id| Doc::with_peer(peer(id)));
    for (doc, word) in [(&mut doc, "Hello wörld 🙂"), (&mut other, "and others")] {
        write(doc, |tx| {
            tx.text("body").push(word)?;
            tx.list("todo").push(Value::List(vec![
                Value::Bool(true),
                Value::Float(1.5),
                Value::Null,
            ]))?;
            tx.map("meta").set("title", word)?;
            tx.map("meta").text("notes")?.push(word)?;
            tx.map("meta").set("raw", vec![0u8, 1, 255])?;
            tx.counter("votes").add(-3)
        });
        let known = doc.version_vector();
        doc.set_author(word).expect("a short name");
        write(doc, |tx| {
            tx.set_message("again, and again")?;
            tx.set_time(1_795_000_000_000);
            tx.text("body").delete(1..4)?;
            tx.text("body").insert(2, "x")?;
            tx.text("body")
                .mark_with(1..3, "bold", true, Expand::Both)?;
            tx.list("todo").set(0, "replaced")?;
            tx.list("todo").move_to(0, 0)?;
            tx.map("meta").remove("raw")
        });
        for (peer, seq) in known.iter() {
            write(doc, |tx| tx.restore(OpId { peer, seq }, 2).map(drop));
        }
    }
    doc.merge(&other.delta_since(&VersionVector::new()))
        .expect("a delta");
    write(&mut doc, |tx| {
        tx.list("todo").move_to(1, 0)?;
        tx.text("body")
            .mark_with(0..2, "link", "somewhere", Expand::None)?;
        tx.text("body").insert(3, "again")
    });
    write(&mut doc, |tx| {
        tx.map("meta").set(
            "made",
            Value::Map([("x".to_owned(), Value::Map([].into()))].into()),
        )?;
        tx.move_to("meta/made/x", "other/x")?;
        tx.move_to("meta/notes", "other/x/notes")?;
        tx.list("todo").insert_map(0)?.set("card", true)?;
        tx.list("todo").insert_list(1)?.push("part")?;
        tx.move_to("todo/0", "meta/card")?;
        tx.move_to("todo/0", "meta/gone")?;
        tx.map("meta").remove("gone")?;
        tx.move_to("meta/card", "todo/1")?;
        tx.move_to("todo/1", "todo/0")?;
        tx.move_to("todo/0", "other/card")?;
        tx.move_to("other/x", "todo/0")
    });
    doc
}

/// A document that holds two histories of one peer, and what somebody wrote who knew both; and one that holds one of them.
fn forked() -> [Doc; 2] {
    let original = make();
    let [mut one, mut other] = [1, 2].map(|number| {
        let mut copy = Doc::load(&original.save()).expect("it was saved");
        copy.set_peer(peer(1));
        let (mark, values) = (number.to_string(), vec![Value::Int(number)]);
        write(&mut copy, |tx| {
            tx.text("body").insert(0, &mark)?;
            tx.list("todo").push(Value::List(values))
        });
        copy
    });
    let seq = original.version_vector().get(peer(1));
    other.split_peer(peer(1), seq).expect("it has its history");
    let whole = one.save();
    one.merge(&other.delta_since(&VersionVector::new()))
        .expect("both histories");
    one.set_peer(peer(8));
    let last = one.list("todo").len() - 1;
    write(&mut one, |tx| {
        tx.list("todo").list(last)?.push("read")?;
        tx.text("body").push("!")
    });
    [one, Doc::load(&whole).expect("it was saved")]
}

/// Encodings by replicas of the small document and by others: deltas and snapshots, one of them with deltas waiting, and
/// some of a peer that was split.
pub fn all() -> &'static [Vec<u8>] {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut full = make();
        let behind = full.version_vector();
        write(&mut full, |tx| {
            tx.text("body")
                .insert(1, &"a line of some length, and again ".repeat(4))?;
            tx.list("todo").insert(0, 7)
        });
        let further = full.version_vector();
        write(&mut full, |tx| {
            tx.map("meta").set("title", "New")?;
            tx.map("meta").map("deep")?.map("deeper")?.set("key", 1)?;
            tx.text("body").delete(4..9)
        });
        let mut waiting = Doc::with_peer(peer(4));
        let mut keystroke = Doc::with_peer(peer(6));
        write(&mut keystroke, |tx| tx.text("body").push("x"));
        let none = VersionVector::new();
        let deltas = [
            Doc::with_peer(peer(1)).delta_since(&none),
            keystroke.delta_since(&none),
            full.delta_since(&none),
            full.delta_since(&behind),
            full.delta_since(&further),
        ];
        for delta in &deltas[3..] {
            waiting.merge(delta).expect("it waits");
        }
        let saved = [&Doc::with_peer(peer(1)), &keystroke, &full, &waiting].map(Doc::save);
        let [mut forked, one] = forked();
        let shallow = forked.save_with(&SaveOptions::new().shallow());
        let split = [
            forked.delta_since(&none),
            forked.delta_since(&one.version_vector()),
            forked.save(),
            shallow,
            one.save(),
        ];
        deltas.into_iter().chain(saved).chain(split).collect()
    })
}
