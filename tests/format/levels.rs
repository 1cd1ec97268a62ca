//! How hard an encoding is packed makes no difference but in its size.
//!
//! - Whatever the level, the same document comes of it, and the reader need not be told.
//! - A harder level is not larger, on text and on structure.
//! - A delta for any older copy brings it to the same end.

use syncline::{Doc, Error, Level, Limits, Peer, Value, VersionVector};

const LEVELS: [Level; 3] = [Level::None, Level::Fast, Level::Compact];

fn peer(id: u64) -> Peer {
    Peer::new(id).expect("not zero")
}

/// A document of all kinds, by two people, and what was saved on the way.
fn written() -> (Doc, Vec<Vec<u8>>) {
    let mut doc = Doc::with_peer(peer(1));
    let mut other = Doc::with_peer(peer(2));
    let mut saved = Vec::new();
    for round in 0..60_i64 {
        for (at, writer) in [&mut doc, &mut other].into_iter().enumerate() {
            writer
                .transact(|tx| {
                    let line = format!("In round {round} the writer {at} said: \u{e9}\u{1f600}. ");
                    tx.text("body").insert(0, &line)?;
                    tx.map("meta")
                        .set(&format!("round {round}"), round * 7919)?;
                    let mut item = tx.list("todo").push_map()?;
                    item.set("title", format!("Buy milk and write report {round}"))?;
                    item.set("weight", 0.25)?;
                    tx.counter("rounds").add(round - 30)
                })
                .expect("writes");
        }
        saved.extend([doc.save(), other.save()]);
        if round % 7 == 0 {
            let delta = other.delta_since(&doc.version_vector());
            doc.merge(&delta).expect("merges");
            let delta = doc.delta_since(&other.version_vector());
            other.merge(&delta).expect("merges");
        }
    }
    let delta = other.delta_since(&doc.version_vector());
    doc.merge(&delta).expect("merges");
    (doc, saved)
}

#[test]
fn every_level_gives_the_same_document() {
    let (mut doc, _) = written();
    let mut sizes = Vec::new();
    for level in LEVELS {
        let bytes = doc.delta_since_with(&VersionVector::new(), level);
        let mut copy = Doc::new();
        copy.merge(&bytes).expect("merges");
        copy.check().expect("sound");
        assert_eq!(copy.to_json(), doc.to_json());
        assert_eq!(
            copy.delta_since_with(&VersionVector::new(), level),
            bytes,
            "written again"
        );
        sizes.push(bytes.len());
    }
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
}

#[test]
fn whoever_is_behind_comes_to_the_same_end() {
    let (mut doc, saved) = written();
    for old in saved {
        for level in [Level::None, Level::Fast] {
            let mut copy = Doc::load(&old).expect("loads");
            let delta = doc.delta_since_with(&copy.version_vector(), level);
            let change = copy.merge(&delta).expect("merges");
            assert!(change.waiting().is_empty());
            copy.check().expect("sound");
            assert_eq!(copy.to_json(), doc.to_json());
        }
    }
}

/// Packed columns may hold many operations in few bytes.
#[test]
fn operations_may_take_what_may_be_inflated_and_some_times_their_bytes() {
    let mut doc = Doc::with_peer(peer(1));
    for _ in 0..10_000 {
        doc.transact(|tx| tx.map("meta").set("same", 0))
            .expect("it fits");
    }
    let bytes = doc.delta_since_with(&VersionVector::new(), Level::Compact);
    assert!(bytes.len() < 1_000, "{}", bytes.len());
    let mut limits = Limits::default();
    Doc::with_limits(limits.clone())
        .merge(&bytes)
        .expect("within the limits");
    limits.inflated_bytes = 130_000;
    let refused = Doc::with_limits(limits).merge(&bytes);
    let Err(Error::Decode(error)) = refused else {
        panic!("10,000 operations in {} bytes: {refused:?}", bytes.len());
    };
    assert!(error.what.contains("so few bytes"), "{error}");
}

/// What a limit says is of all blocks of an encoding together.
#[test]
fn blocks_unpack_together_to_what_one_may() {
    let mut doc = Doc::with_peer(peer(1));
    let written = doc.transact(|tx| {
        tx.text("text").push(&"a".repeat(2_000))?;
        tx.map("map").set("key", "b".repeat(2_000))
    });
    written.expect("it fits");
    for bytes in [doc.delta_since(&VersionVector::new()), doc.save()] {
        assert!(bytes.len() < 1_000, "{} bytes", bytes.len());
        for (most, fits) in [(3_000, false), (10_000, true)] {
            let mut limits = Limits::default();
            limits.inflated_bytes = most;
            let mut copy = Doc::with_limits(limits);
            let merged = copy.merge(&bytes);
            assert_eq!(merged.is_ok(), fits, "{most}: {merged:?}");
            assert_eq!(copy.operations() > 0, fits);
        }
    }
}

/// What holds more than its bytes are trusted with is gone through before it is kept: all kinds of operations are.
#[test]
fn many_operations_in_few_bytes_are_taken() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.list("list").insert_all(0, (0..10).map(Value::Int))?;
        for at in 0..10_000_usize {
            tx.list("list").move_to(9 - at % 3, at % 3)?;
            tx.list("list").set(5, at % 2 == 0)?;
            tx.text("text").insert(0, "xé")?;
            tx.text("text").delete(0..1)?;
            tx.map("map").set("key", true)?;
            tx.counter("votes").add(1)?;
        }
        Ok(())
    })
    .expect("it fits");
    for level in [Level::None, Level::Fast, Level::Compact] {
        let bytes = doc.delta_since_with(&VersionVector::new(), level);
        let mut copy = Doc::with_peer(peer(2));
        copy.merge(&bytes).expect("a delta");
        assert_eq!(copy.to_json(), doc.to_json());
        assert!(copy.save() == doc.save(), "other bytes are saved");
    }
    let mut opened = Doc::load(&doc.save()).expect("it was saved");
    opened.read_history().expect("it was saved");
    assert!(opened.save() == doc.save(), "other bytes are saved");
}
