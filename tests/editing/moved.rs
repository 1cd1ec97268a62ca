//! Containers that move from one key of a map to another, with all that is in them.
//!
//! - Wherever and by whomever it is moved, a container stands in one place, the same everywhere, and never within itself.
//! - It stays the same one: edits, anchors and undo go on in it. Both places are told of a move, and a move can be taken back.
//! - Saved, loaded, cut, compared and restored, a document says the same of where things stand.

use support::small::{all, doc, send, shallow, write};
use syncline::{Act, Doc, Error, Fate, Limits, OpId, Peer, Policy, Side, UndoManager, value};

/// A document with maps `a`, `b` and `c` in the root map `m`, each with its own name in it.
fn abc() -> Doc {
    let mut doc = doc(1);
    write(&mut doc, |tx| {
        ["a", "b", "c"]
            .iter()
            .try_for_each(|name| tx.map("m").map(name)?.set("name", *name))
    });
    doc
}

fn moves(doc: &mut Doc, from: &str, to: &str) {
    write(doc, |tx| tx.move_to(from, to));
}

fn json(doc: &Doc) -> String {
    doc.to_json().to_string()
}

/// Both come to know what either does, and are whole.
fn meet(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    support::small::agree(one, two);
    one.verify().expect("its history comes to what it shows");
}

/// A replica that knows what another one does.
fn other(peer: u64, of: &mut Doc) -> Doc {
    let mut other = doc(peer);
    send(of, &mut other);
    other
}

#[test]
fn it_goes_with_all_that_is_in_it() {
    let mut doc = abc();
    write(&mut doc, |tx| {
        tx.map("m").map("a")?.text("body")?.push("Hello")
    });
    let anchor = doc.anchor("m/a/body", 2, Side::After).unwrap();
    let change = doc.transact(|tx| tx.move_to("m/a", "m/b/inner")).unwrap();
    assert_eq!(change.map("m"), [("a".to_owned(), None)]);
    let contents = change.map("m/b");
    assert_eq!(contents.len(), 1);
    let inner = r#"{"body":"Hello","name":"a"}"#;
    assert_eq!(contents[0].1.as_ref().unwrap().to_json().to_string(), inner);
    assert_eq!(
        json(&doc),
        format!(r#"{{"m":{{"b":{{"inner":{inner},"name":"b"}},"c":{{"name":"c"}}}}}}"#)
    );
    let mut other = other(2, &mut doc);
    write(&mut other, |tx| {
        tx.map("m")
            .map("b")?
            .map("inner")?
            .text("body")?
            .insert(0, "> ")
    });
    meet(&mut doc, &mut other);
    assert_eq!(doc.resolve(&anchor).unwrap(), 4);
    // What is opened where it stood is another one.
    write(&mut doc, |tx| tx.map("m").map("a")?.set("name", "new"));
    meet(&mut doc, &mut other);
    assert_eq!(doc.get("m/b/inner/name"), Some("a".into()));
}

#[test]
fn what_cannot_move_is_refused_and_says_why() {
    let mut doc = abc();
    write(&mut doc, |tx| {
        tx.list("list").push_map()?.set("x", 1)?;
        tx.map("m").map("a")?.map("deep")?.set("x", 1)
    });
    let before = json(&doc);
    for (from, to) in [
        ("m", "m/a/m"),
        ("m/a", "m/a/itself"),
        ("m/a", "m/a/deep/itself"),
        ("list", "m/list"),
        ("m/a", "list/first"),
        ("m/a", "m/\0here"),
        ("m/a", "root"),
        ("m/a/name", "m/b/name"),
        ("m/a", "m/b/name/x"),
    ] {
        let refused = doc.transact(|tx| tx.move_to(from, to));
        assert!(
            matches!(refused, Err(Error::CannotMove { .. })),
            "{from} to {to}: {refused:?}"
        );
    }
    for (from, to) in [("m/x", "m/y"), ("m/a", "m/x/y"), ("m/a", "x/y/z")] {
        let refused = doc.transact(|tx| tx.move_to(from, to));
        assert!(
            matches!(refused, Err(Error::NoSuchPath { .. })),
            "{from} to {to}: {refused:?}"
        );
    }
    let operations = doc.operations();
    moves(&mut doc, "m/a", "m/a");
    assert_eq!((json(&doc), doc.operations()), (before, operations));
    doc.check().unwrap();
}

#[test]
fn a_failed_transaction_leaves_everything_where_it_was() {
    let mut doc = abc();
    moves(&mut doc, "m/c", "m/b/c");
    let before = json(&doc);
    let refused = doc.transact(|tx| {
        tx.move_to("m/a", "m/b/a")?;
        tx.move_to("m/b/c", "m/b/a/c")?;
        tx.map("m").set("a", 1)?;
        tx.move_to("m/b", "m/a")?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    assert_eq!(json(&doc), before);
    doc.check().unwrap();
    moves(&mut doc, "m/a", "m/b/c/a");
    assert_eq!(doc.get("m/b/c/a/name"), Some("a".into()));
    doc.check().unwrap();
}

#[test]
fn a_failed_transaction_that_took_a_move_back_leaves_it_where_it_was() {
    let mut doc = abc();
    moves(&mut doc, "m/a", "m/b/a");
    let id = OpId {
        peer: Peer::new(1).unwrap(),
        seq: doc.operations() - 1,
    };
    let before = json(&doc);
    let refused = doc.transact(|tx| {
        tx.restore(id, 1)?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    assert_eq!(json(&doc), before);
    doc.check().unwrap();
    moves(&mut doc, "m/b", "m/c/b");
    assert_eq!(doc.get("m/c/b/a/name"), Some("a".into()));
}

#[test]
fn two_move_a_under_b_and_b_under_a() {
    let mut one = abc();
    let mut two = other(2, &mut one);
    moves(&mut one, "m/a", "m/b/a");
    moves(&mut two, "m/b", "m/a/b");
    meet(&mut one, &mut two);
    // The move of peer 1 comes first; that of peer 2 would put b within itself.
    assert_eq!(
        json(&one),
        r#"{"m":{"b":{"a":{"name":"a"},"name":"b"},"c":{"name":"c"}}}"#
    );
    // When the first is taken back, the other one is as if it had been alone.
    let id = OpId {
        peer: Peer::new(1).unwrap(),
        seq: 6,
    };
    write(&mut one, |tx| tx.restore(id, 1).map(drop));
    meet(&mut one, &mut two);
    assert_eq!(
        json(&one),
        r#"{"m":{"a":{"b":{"name":"b"},"name":"a"},"c":{"name":"c"}}}"#
    );
}

#[test]
fn two_move_one_container_to_two_places() {
    let mut one = abc();
    let mut two = other(2, &mut one);
    moves(&mut one, "m/a", "m/b/here");
    moves(&mut two, "m/a", "m/c/there");
    meet(&mut one, &mut two);
    assert_eq!(
        json(&one),
        r#"{"m":{"b":{"name":"b"},"c":{"name":"c","there":{"name":"a"}}}}"#
    );
    let explained = one.explain("m/b/here").unwrap();
    let lost = &explained.decisions[0].competitors[0];
    assert_eq!(lost.fate, Fate::Elsewhere);
    assert!(matches!(lost.act, Act::MovedHere(_)));
    assert!(one.map("m").map("b").unwrap().conflicts("here").is_empty());
}

/// Of two moves of one container the first still holds when an earlier one comes in, and the second no longer does.
#[test]
fn a_container_falls_back_to_its_move_before() {
    let mut one = abc();
    let mut two = other(2, &mut one);
    moves(&mut one, "m/b", "m/c/b");
    moves(&mut two, "m/c", "m/here");
    moves(&mut two, "m/here", "m/b/c");
    meet(&mut one, &mut two);
    assert_eq!(
        json(&two),
        r#"{"m":{"a":{"name":"a"},"here":{"b":{"name":"b"},"name":"c"}}}"#
    );
}

/// A move that is not done leaves a container in what it was moved to before, for the moves after it too.
#[test]
fn what_is_not_done_leaves_it_where_the_move_before_put_it() {
    let mut one = abc();
    let (mut two, mut three) = (other(2, &mut one), other(3, &mut one));
    moves(&mut one, "m/c", "m/a/c");
    moves(&mut one, "m/a/c", "m/b/c");
    moves(&mut two, "m/b", "m/c/b");
    // Later than both.
    for turn in 0..3 {
        write(&mut three, |tx| tx.map("m").set("turn", turn));
    }
    moves(&mut three, "m/a", "m/c/a");
    meet(&mut one, &mut two);
    meet(&mut one, &mut three);
    assert_eq!(
        json(&one),
        r#"{"m":{"a":{"c":{"b":{"name":"b"},"name":"c"},"name":"a"},"turn":2}}"#
    );
}

/// The earlier move comes in before the later one, which is made again.
#[test]
fn a_move_that_comes_to_nothing_changes_nothing_that_shows() {
    let mut one = abc();
    let mut two = other(2, &mut one);
    moves(&mut one, "m/a", "m/b/inner");
    moves(&mut two, "m/a", "m/c/inner");
    let before = json(&two);
    let delta = one.delta_since(&two.version_vector());
    let change = two.merge(&delta).unwrap();
    assert_eq!((json(&two), change.applied()), (before, 1));
    let told: Vec<_> = change.containers().collect();
    assert_eq!(told, [], "{change:?}");
    meet(&mut one, &mut two);
}

#[test]
fn a_move_out_of_what_another_one_removes_keeps_it() {
    let mut one = abc();
    moves(&mut one, "m/a", "m/b/a");
    let mut two = other(2, &mut one);
    write(&mut one, |tx| tx.map("m").remove("b"));
    moves(&mut two, "m/b/a", "m/c/a");
    meet(&mut one, &mut two);
    assert_eq!(json(&one), r#"{"m":{"c":{"a":{"name":"a"},"name":"c"}}}"#);
    // What is removed where it stands is gone; moved away at the same time, it stays.
    write(&mut one, |tx| tx.map("m").map("c")?.remove("a"));
    moves(&mut two, "m/c/a", "m/a");
    meet(&mut one, &mut two);
    assert_eq!(json(&one), r#"{"m":{"a":{"name":"a"},"c":{"name":"c"}}}"#);
    // Moved into what another one removes, it goes with that, until that comes back.
    moves(&mut one, "m/a", "m/c/a");
    write(&mut two, |tx| tx.map("m").remove("c"));
    meet(&mut one, &mut two);
    assert_eq!(json(&one), r#"{"m":{}}"#);
}

#[test]
fn a_move_and_an_edit_within_at_once() {
    let mut one = abc();
    write(&mut one, |tx| {
        tx.map("m").map("a")?.text("body")?.push("ab")
    });
    let mut two = other(2, &mut one);
    moves(&mut one, "m/a", "m/b/a");
    write(&mut two, |tx| {
        tx.map("m").map("a")?.text("body")?.insert(1, "-")?;
        tx.map("m").map("a")?.map("more")?.set("x", 1)
    });
    let change = one.merge(&two.delta_since(&one.version_vector())).unwrap();
    assert!(
        change.paths().any(|path| path == "m/b/a/body"),
        "{change:?}"
    );
    meet(&mut one, &mut two);
    assert_eq!(one.get("m/b/a/body"), Some("a-b".into()));
    assert_eq!(one.get("m/b/a/more/x"), Some(1.into()));
}

#[test]
fn undo_puts_it_back_and_redo_away_again() {
    let mut one = abc();
    let mut two = other(2, &mut one);
    let mut undo = UndoManager::<()>::new();
    let start = json(&one);
    let change = one.transact(|tx| tx.move_to("m/a", "m/b/name")).unwrap();
    undo.record(&one, &change, 0);
    let moved = json(&one);
    meet(&mut one, &mut two);
    let undone = undo.undo(&mut one).unwrap().unwrap();
    assert_eq!(json(&one), start);
    assert_eq!(undone.change.map("m").len(), 1);
    meet(&mut one, &mut two);
    undo.redo(&mut one).unwrap().unwrap();
    assert_eq!(json(&one), moved);
    meet(&mut one, &mut two);
    // Another one has moved it on meanwhile: that stands.
    moves(&mut two, "m/b/name", "m/c/a");
    undo.undo(&mut one).unwrap().unwrap();
    meet(&mut one, &mut two);
    assert_eq!(one.get("m/c/a/name"), Some("a".into()));
    assert_eq!(one.get("m/b/name"), Some("b".into()));
    assert_eq!(one.get("m/a"), None);
}

#[test]
fn what_was_written_before_and_after_a_move_is_undone_with_it() {
    let mut doc = abc();
    let mut undo = UndoManager::<()>::new();
    let start = json(&doc);
    let change = doc.transact(|tx| {
        tx.map("m").map("a")?.set("before", 1)?;
        tx.move_to("m/a", "m/b/a")?;
        tx.map("m").map("b")?.map("a")?.set("after", 2)
    });
    undo.record(&doc, &change.unwrap(), 0);
    let end = json(&doc);
    undo.undo(&mut doc).unwrap().unwrap();
    assert_eq!(json(&doc), start);
    undo.redo(&mut doc).unwrap().unwrap();
    assert_eq!(json(&doc), end);
    doc.check().unwrap();
}

#[test]
fn policies_go_by_where_a_container_stands() {
    let mut one = abc();
    write(&mut one, |tx| tx.set_policy("b/*/n", Policy::Largest));
    let mut two = other(2, &mut one);
    write(&mut one, |tx| tx.map("m").map("a")?.set("n", 9));
    write(&mut two, |tx| tx.map("m").map("a")?.set("n", 5));
    meet(&mut one, &mut two);
    assert_eq!(one.get("m/a/n"), Some(5.into()));
    moves(&mut one, "m/a", "b/a");
    assert_eq!(one.get("b/a/n"), Some(9.into()));
    meet(&mut one, &mut two);
    moves(&mut two, "b/a", "m/a");
    assert_eq!(two.get("m/a/n"), Some(5.into()));
    meet(&mut one, &mut two);
}

#[test]
fn a_circle_of_three() {
    let mut docs = vec![abc()];
    for peer in 2..=3 {
        let next = other(peer, &mut docs[0]);
        docs.push(next);
    }
    for (doc, (from, to)) in docs.iter_mut().zip([("a", "b"), ("b", "c"), ("c", "a")]) {
        moves(doc, &format!("m/{from}"), &format!("m/{to}/{from}"));
    }
    for (from, to) in [(0, 1), (2, 0), (1, 2), (0, 1), (2, 0), (1, 2)] {
        let known = docs[to].version_vector();
        let delta = docs[from].delta_since(&known);
        docs[to].merge(&delta).unwrap();
        docs[to].check().unwrap();
    }
    for doc in &mut docs {
        assert_eq!(
            json(doc),
            r#"{"m":{"c":{"b":{"a":{"name":"a"},"name":"b"},"name":"c"}}}"#
        );
    }
}

#[test]
fn early_and_late_moves_come_in_any_order() {
    let mut base = abc();
    let mut docs: Vec<Doc> = (2..=5).map(|peer| other(peer, &mut base)).collect();
    for (at, doc) in docs.iter_mut().enumerate() {
        // So that each has another Lamport number.
        for _ in 0..at {
            write(doc, |tx| tx.counter("n").add(1));
        }
    }
    moves(&mut docs[0], "m/a", "m/b/a");
    moves(&mut docs[1], "m/b", "m/a/b");
    moves(&mut docs[2], "m/a", "m/c/a");
    moves(&mut docs[3], "m/c", "m/b/c");
    let deltas: Vec<_> = docs
        .iter_mut()
        .map(|doc| doc.delta_since(&base.version_vector()))
        .collect();
    let mut ends = std::collections::BTreeSet::new();
    for order in 0..24 {
        let (mut left, mut number) = (vec![0, 1, 2, 3], order);
        let mut doc = other(9, &mut base);
        for size in (1..=4).rev() {
            doc.merge(&deltas[left.remove(number % size)]).unwrap();
            number /= size;
            doc.check().unwrap();
        }
        doc.verify().unwrap();
        ends.insert(json(&doc));
    }
    assert_eq!(ends.len(), 1, "{ends:?}");
}

#[test]
fn thousands_move_at_once() {
    const MANY: usize = 10_000;
    let mut one = doc(1);
    write(&mut one, |tx| {
        (0..MANY).try_for_each(|at| tx.map("m").map(&at.to_string())?.set("n", 1))
    });
    let mut two = other(2, &mut one);
    // Chains of twenty, by one from the front and by the other from the back: each move of the second would close a circle.
    let in_chains = || (1..MANY).filter(|at| at % 20 != 0);
    write(&mut one, |tx| {
        in_chains().try_for_each(|at| {
            let first = at / 20 * 20;
            let way = "/in".repeat(at - first);
            tx.move_to(&format!("m/{at}"), &format!("m/{first}{way}"))
        })
    });
    write(&mut two, |tx| {
        in_chains().try_for_each(|at| tx.move_to(&format!("m/{}", at - 1), &format!("m/{at}/in")))
    });
    meet(&mut one, &mut two);
    assert_eq!(all(&mut one), all(&mut two));
}

#[test]
fn saved_loaded_and_cut_it_stands_where_it_stood() {
    let mut one = abc();
    write(&mut one, |tx| {
        tx.map("m").map("a")?.text("body")?.push("Hello")?;
        tx.map("m").set("fresh", value!({"x": {"y": 1}}))
    });
    moves(&mut one, "m/a", "m/c/a");
    moves(&mut one, "m/fresh/x", "m/c/a/x");
    moves(&mut one, "m/b", "gone/b");
    write(&mut one, |tx| {
        tx.map("m").remove("fresh")?;
        tx.map("gone").remove("b")
    });
    let shown = json(&one);
    let mut two = other(2, &mut one);
    for bytes in [one.save(), shallow(&one)] {
        let mut loaded = Doc::load(&bytes).unwrap();
        assert_eq!(json(&loaded), shown);
        loaded.check().unwrap();
        assert_eq!(loaded.save(), bytes);
        loaded.set_peer(Peer::new(7).unwrap());
        // It goes on from there, both ways.
        moves(&mut loaded, "m/c/a/x", "m/x");
        write(&mut loaded, |tx| {
            tx.map("m").map("c")?.map("a")?.text("body")?.push(" there")
        });
        moves(&mut loaded, "m/c/a", "m/x/a");
        loaded.check().unwrap();
        send(&mut loaded, &mut two);
        assert_eq!(json(&loaded), json(&two));
        moves(&mut two, "m/x/a", "m/a");
        send(&mut two, &mut loaded);
        assert_eq!(json(&loaded), json(&two));
        loaded.check().unwrap();
        two = other(2, &mut one);
    }
}

/// `inner`, named by a key in `a`, goes to where a value is written over it; `a` had gone into it.
fn hidden_around_each_other() -> Doc {
    let mut doc = doc(1);
    write(&mut doc, |tx| tx.map("m").map("c")?.set("name", "c"));
    moves(&mut doc, "m/c", "m/a");
    write(&mut doc, |tx| {
        tx.map("m").map("a")?.map("inner")?.set("name", "inner")
    });
    write(&mut doc, |tx| tx.map("m").set("b", 0));
    write(&mut doc, |tx| {
        tx.move_to("m/a/inner", "m/there")?;
        tx.move_to("m/a", "m/there/a")?;
        tx.map("m").set("there", 0)
    });
    doc
}

#[test]
fn what_was_named_in_what_went_into_it_is_hidden_with_it() {
    let doc = hidden_around_each_other();
    let shown = r#"{"m":{"b":0,"there":0}}"#;
    for bytes in [doc.save(), shallow(&doc)] {
        let loaded = Doc::load(&bytes).expect("it was saved");
        loaded.check().expect("it is sound");
        assert_eq!(json(&loaded), shown);
        assert_eq!(loaded.save(), bytes);
        // Nothing that is opened now has the name of what is hidden.
        let mut both = [loaded, Doc::load(&doc.save()).expect("it was saved")];
        for (doc, peer) in both.iter_mut().zip(2..) {
            doc.set_peer(Peer::new(peer).unwrap());
            write(doc, |tx| {
                tx.map("m").map("c")?.map("inner")?.set("name", "new")
            });
        }
        let [mut one, mut two] = both;
        send(&mut two, &mut one);
        let new = r#"{"m":{"b":0,"c":{"inner":{"name":"new"}},"there":0}}"#;
        assert_eq!(json(&one), new);
        one.check().expect("it is sound");
        let mut whole = Doc::load(&doc.save()).expect("it was saved");
        send(&mut one, &mut whole);
        assert_eq!(json(&whole), new);
        whole.verify().expect("its history comes to what it shows");
    }
}

#[test]
fn versions_of_the_past_have_their_own_places() {
    let mut doc = abc();
    let first = (doc.frontier(), json(&doc));
    moves(&mut doc, "m/a", "m/b/a");
    let second = (doc.frontier(), json(&doc));
    moves(&mut doc, "m/b", "m/c/b");
    write(&mut doc, |tx| tx.map("m").map("a")?.set("name", "another"));
    let third = (doc.frontier(), json(&doc));
    for (version, shown) in [&first, &second, &third] {
        assert_eq!(doc.at(version).unwrap().to_json().to_string(), *shown);
        let fork = doc.fork_at(version).unwrap();
        assert_eq!(json(&fork), *shown);
        fork.check().unwrap();
    }
    let back = doc.diff(&third.0, &first.0).unwrap();
    assert_eq!(back.map("m").len(), 2, "{back:?}");
    for (version, shown) in [&first, &third, &second] {
        doc.revert_to(version).unwrap();
        assert_eq!(json(&doc), *shown);
        doc.check().unwrap();
    }
}

/// What was removed is written anew, whether or not anything else was ever moved: others may have removed it for good.
#[test]
fn what_was_never_moved_comes_back_as_a_copy() {
    for moves_something in [false, true] {
        let mut doc = abc();
        write(&mut doc, |tx| tx.map("m").set("fresh", value!({"x": 1})));
        let (version, shown) = (doc.frontier(), json(&doc));
        if moves_something {
            moves(&mut doc, "m/a", "m/b/a");
        }
        write(&mut doc, |tx| tx.map("m").remove("fresh"));
        doc.revert_to(&version).unwrap();
        assert_eq!(json(&doc), shown);
        let explained = doc.explain("m/fresh").unwrap();
        let act = &explained.decisions[0].competitors[0].act;
        assert!(!matches!(act, Act::MovedHere(_)), "{act:?}");
        doc.check().unwrap();
    }
}

#[test]
fn what_would_stand_too_deep_is_refused() {
    let mut limits = Limits::default();
    limits.nesting = 4;
    let mut doc = Doc::with_limits(limits);
    doc.set_peer(Peer::new(1).unwrap());
    write(&mut doc, |tx| {
        tx.map("m").map("a")?.map("b")?.map("c")?.set("x", 1)?;
        tx.map("m").map("d")?.map("e")?.set("x", 1)
    });
    let before = json(&doc);
    let refused = doc.transact(|tx| tx.move_to("m/a", "m/d/e/a"));
    assert!(
        matches!(
            refused,
            Err(Error::Limit {
                what: "nesting",
                limit: 4,
                found: 5
            })
        ),
        "{refused:?}"
    );
    assert_eq!(json(&doc), before);
    moves(&mut doc, "m/a", "m/d/a");
    doc.check().unwrap();
}
