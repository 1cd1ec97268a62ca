//! Limits.
//!
//! - A limit stands at its figure, also for what other replicas send, and one that is exceeded is named.
//! - Nothing stays of what would exceed it, not even in what is saved.

use support::assert_matches;
use support::engine::peer;
use support::small::{whole, write};
use syncline::{Doc, Error, Limits, Transaction, Value, VersionVector, value};

/// Each limit, also for what others send: the delta is refused whole, and taken where it is allowed.
#[test]
fn limits_hold_for_what_others_send() {
    let mut writer = Doc::with_peer(peer(2));
    write(&mut writer, |tx| {
        tx.text("body").push("first")?;
        tx.map("meta").set("a long key", "a long value")?;
        tx.map("meta").map("b")?.map("c")?.set("d", 1)
    });
    let delta = writer.delta_since(&VersionVector::new());
    let narrow = |narrow: fn(&mut Limits)| {
        let mut limits = Limits::default();
        narrow(&mut limits);
        limits
    };
    for limits in [
        narrow(|limits| limits.key_bytes = 9),
        narrow(|limits| limits.value_bytes = 11),
        narrow(|limits| limits.nesting = 1),
        narrow(|limits| limits.content_bytes = 20),
    ] {
        let mut doc = Doc::with_limits(limits.clone());
        let refused = doc.merge(&delta);
        assert!(
            matches!(refused, Err(Error::Limit { .. })),
            "{limits:?}: {refused:?}"
        );
        assert_eq!(doc.operations(), 0);
        doc.check().expect("the invariants");
        doc.set_limits(Limits::default());
        doc.merge(&delta).expect("it is allowed now");
        assert_eq!(doc.to_json(), writer.to_json());
    }
}

/// Lists in lists, so deep.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]))
}

#[test]
fn limits_are_named_and_stand_at_their_figure() {
    let mut limits = Limits::default();
    limits.key_bytes = 8;
    limits.value_bytes = 100;
    limits.nesting = 5;
    let mut doc = Doc::with_limits(limits);
    doc.set_peer(peer(1));
    write(&mut doc, |tx| {
        tx.map("meta").set("Ω234567", 1)?;
        tx.map("meta").set("a", "x".repeat(90))?;
        tx.map("meta").set("b", nested(3))
    });
    let before = whole(&doc);
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [Work; 10] = [
        |tx| tx.text("Ω23456789").push("x"),
        |tx| tx.map("meta").set("Ω23456789", 1),
        |tx| tx.map("meta").text("Ω23456789").map(drop),
        |tx| tx.map("meta").set("m", value!({"Ω23456789": 1})),
        |tx| tx.map("meta").set("a", "x".repeat(101)),
        |tx| tx.map("meta").set("a", vec![0u8; 101]),
        |tx| tx.list("todo").push("x".repeat(101)),
        |tx| {
            tx.list("todo")
                .insert_all(0, [1.into(), "x".repeat(101).into()])
        },
        |tx| tx.map("meta").set("c", nested(6)),
        |tx| {
            let mut map = tx.map("meta");
            for _ in 0..6 {
                map = map.map("d")?;
            }
            Ok(())
        },
    ];
    for (index, work) in works.into_iter().enumerate() {
        match doc.transact(work).expect_err("over the limit") {
            Error::Limit { limit, found, .. } => assert!(found > limit, "work {index}"),
            error => panic!("work {index}: {error:?}"),
        }
        assert!(whole(&doc) == before, "work {index} left something");
    }
}

/// Who lets an error pass and goes on keeps what was there before the call that failed, and nothing of that call.
#[test]
fn a_write_over_a_limit_leaves_no_part_of_itself() {
    let mut limits = Limits::default();
    limits.value_bytes = 10;
    limits.key_bytes = 10;
    limits.nesting = 3;
    let mut doc = Doc::with_limits(limits);
    doc.set_peer(peer(1));
    write(&mut doc, |tx| tx.list("todo").push(value!([1, 2])));
    let long = || Value::from("x".repeat(11));
    let parts = || {
        [
            Value::List(vec!["first".into(), long()]),
            value!({ "a": "first", "b": [1, { "c": "far too long" }] }),
            value!({ "a": "first", "a key far too long": 1 }),
            value!([1, [2, [3, [4, [5]]]]]),
        ]
    };
    type Work = fn(&mut Transaction<'_>, Value) -> Result<(), Error>;
    let works: [Work; 6] = [
        |tx, value| tx.map("meta").set("a", value),
        |tx, value| tx.list("todo").push(value),
        |tx, value| tx.list("todo").set(0, value),
        |tx, value| tx.list("todo").insert_all(1, ["before".into(), value]),
        |tx, value| tx.list("todo").list(0)?.insert(1, value),
        |tx, value| tx.map("meta").map("inner")?.set("a", value),
    ];
    write(&mut doc, |tx| tx.map("meta").map("inner").map(drop));
    let before = whole(&doc);
    for (nth, work) in works.into_iter().enumerate() {
        for part in parts() {
            let change = doc.transact(|tx| {
                let refused = work(tx, part.clone());
                assert!(matches!(refused, Err(Error::Limit { .. })), "work {nth}");
                Ok(())
            });
            let change = change.expect("the error was let pass");
            assert_eq!(change.applied(), 0, "work {nth} with {part:?}");
            assert!(whole(&doc) == before, "work {nth} left a part of {part:?}");
            doc.check().expect("the invariants");
        }
    }
}

#[test]
fn depth_far_over_the_limit_is_an_error_and_not_a_crash() {
    let mut doc = Doc::with_peer(peer(1));
    for depth in [65, 500, 2000] {
        let error = doc.transact(|tx| tx.map("meta").set("deep", nested(depth)));
        assert!(
            matches!(error, Err(Error::Limit { .. })),
            "depth {depth}: {error:?}"
        );
    }
    assert_eq!(doc.operations(), 0);
    let mut open = Limits::default();
    open.nesting = 200;
    let mut deep = Doc::with_limits(open.clone());
    deep.set_peer(peer(2));
    write(&mut deep, |tx| tx.map("meta").set("deep", nested(150)));
    // Whoever allows less refuses what is deeper, whole, and whoever allows it reads it.
    let delta = deep.delta_since(&VersionVector::new());
    let refused = doc.merge(&delta);
    assert_matches!(refused, Err(Error::Limit { .. }));
    assert_eq!(
        (doc.operations(), doc.to_json()),
        (0, serde_json::json!({}))
    );
    assert!(matches!(Doc::load(&deep.save()), Err(Error::Limit { .. })));
    let loaded = Doc::load_with_limits(&deep.save(), open).expect("it is allowed");
    assert_eq!(loaded.to_json(), deep.to_json());
}

fn within(content_bytes: u32) -> Doc {
    let mut limits = Limits::default();
    limits.content_bytes = content_bytes;
    let mut doc = Doc::with_limits(limits);
    doc.set_peer(peer(1));
    doc
}

/// What one text, one list, and all maps and counters may hold, deleted or not, is limited: positions in it are 32 bits.
#[test]
fn content_stands_at_its_limit() {
    let mut doc = within(20);
    write(&mut doc, |tx| {
        tx.text("body").push("nineteen bytes, Ω")?;
        tx.text("body").push("x")?;
        tx.text("body").push("y")?;
        tx.text("other").push("twenty bytes as well")?;
        tx.list("todo").push("8 bytes!")?;
        tx.list("todo").push("8 bytes!")?;
        tx.map("meta").set("a", "16 bytes, with 2")?;
        tx.counter("votes").add(-3)
    });
    write(&mut doc, |tx| tx.text("body").delete(0..3));
    let before = whole(&doc);
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [Work; 14] = [
        |tx| tx.text("body").push("x"),
        |tx| tx.text("body").insert(2, "Ω and more"),
        |tx| tx.text("body").replace(0..2, "x"),
        |tx| tx.text("body").utf16().replace(0..2, "x"),
        |tx| tx.text("new").push("twenty-one bytes, no?"),
        |tx| tx.list("todo").push(1),
        |tx| tx.list("todo").set(0, true),
        |tx| tx.list("todo").push_map().map(drop),
        |tx| tx.map("meta").set("b", ()),
        |tx| tx.map("meta").remove("a"),
        |tx| tx.map("meta").text("t").map(drop),
        |tx| tx.counter("votes").add(1),
        |tx| tx.list("new").push(value!([["8 bytes!", "8 bytes!", 1]])),
        |tx| tx.list("new").push(value!([{ "a": 1 }])),
    ];
    for (nth, work) in works.into_iter().enumerate() {
        let change = doc.transact(|tx| {
            match work(tx).expect_err("over the limit") {
                Error::Limit { what, limit, found } => {
                    assert_eq!((what, limit), ("content_bytes", 20), "work {nth}");
                    assert!(found > limit, "work {nth}");
                }
                error => panic!("work {nth}: {error:?}"),
            }
            Ok(())
        });
        assert_eq!(change.map(|change| change.applied()), Ok(0), "work {nth}");
        assert!(whole(&doc) == before, "work {nth} left something");
        doc.check().expect("the invariants");
    }
    // What takes no room is still allowed, and a larger limit lets go on.
    write(&mut doc, |tx| {
        tx.list("todo").delete(0..1)?;
        tx.text("body").delete(0..1)
    });
    doc.set_limits(Limits::default());
    write(&mut doc, |tx| {
        tx.text("body").push("more")?;
        tx.map("meta").remove("a")
    });
}

/// A move writes a key, an entry, and in a list an element with a key of the library's own.
#[test]
fn a_move_keeps_to_the_limits() {
    type Narrow = fn(&mut Limits);
    let cases: [(&str, &str, Narrow); 5] = [
        ("m/longer", "key_bytes", |limits| limits.key_bytes = 4),
        ("todo/0", "key_bytes", |limits| limits.key_bytes = 4),
        ("m/b", "content_bytes", |limits| limits.content_bytes = 20),
        // Of the list, and of the map that stands for its element.
        ("todo/0", "content_bytes", |limits| {
            limits.content_bytes = 24
        }),
        ("new/0", "content_bytes", |limits| limits.content_bytes = 20),
    ];
    for (to, named, narrow) in cases {
        let mut doc = Doc::with_peer(peer(1));
        write(&mut doc, |tx| {
            tx.map("m").map("a")?.set("x", 1)?;
            tx.map("m").set("y", "twelve bytes")?;
            tx.list("new").push(1)?;
            tx.list("todo").push("twenty-two bytes of it")
        });
        let before = whole(&doc);
        let mut limits = Limits::default();
        narrow(&mut limits);
        doc.set_limits(limits);
        let moved = doc.transact(|tx| {
            let refused = tx.move_to("m/a", to).expect_err("over the limit");
            assert_matches!(refused, Error::Limit { what, .. } if *what == named);
            Ok(())
        });
        assert_eq!(moved.map(|change| change.applied()), Ok(0), "{to}");
        assert!(whole(&doc) == before, "{to} left something");
        doc.check().expect("the invariants");
        doc.set_limits(Limits::default());
        write(&mut doc, |tx| tx.move_to("m/a", to));
        assert_eq!(doc.get(&format!("{to}/x")), Some(1.into()));
    }
}

/// Each of two may keep to the limit, and what they wrote together pass it.
#[test]
fn a_merge_over_the_limit_on_content_changes_nothing() {
    type Work = fn(&mut Transaction<'_>, &str) -> Result<(), Error>;
    let works: [Work; 6] = [
        |tx, word| tx.text("body").push(word),
        |tx, word| tx.list("todo").push(word),
        |tx, word| tx.list("todo").insert_all(0, [1.into(), word.into()]),
        |tx, word| tx.list("todo").set(0, word),
        |tx, word| tx.map("meta").set(word, word),
        |tx, _| (0..6).try_for_each(|by| tx.counter("votes").add(by)),
    ];
    for (nth, work) in works.into_iter().enumerate() {
        let mut doc = within(20);
        write(&mut doc, |tx| tx.list("todo").push(1));
        let mut other = Doc::load(&doc.save()).expect("it was saved");
        other.set_peer(peer(2));
        write(&mut doc, |tx| work(tx, "eleven byte"));
        write(&mut other, |tx| work(tx, "other byte"));
        let delta = other.delta_since(&doc.version_vector());
        let before = whole(&doc);
        match doc.merge(&delta) {
            Err(Error::Limit { what, .. }) => assert_eq!(what, "content_bytes", "work {nth}"),
            result => panic!("work {nth}: {result:?}"),
        }
        assert!(whole(&doc) == before, "work {nth} left something");
        doc.check().expect("the invariants");
        doc.set_limits(Limits::default());
        doc.merge(&delta).expect("it is allowed now");
        other
            .merge(&doc.delta_since(&other.version_vector()))
            .expect("it is allowed");
        assert_eq!(doc.to_json(), other.to_json());
    }
}
