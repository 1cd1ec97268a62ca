//! Cuts where a document is not at rest, and what goes on from them.
//!
//! - A cut at any version loads, also beside what others did at once.
//! - A peer of the past goes on in its hash chain, wherever in a block that ended.
//! - Values in conflict, sets, sums, and containers that were removed go on as where the history is.

use proptest::prelude::*;
use support::engine::peer;
use support::exchange::Exchange;
use support::scenario::Scenario;
use support::small::{agree, cut, doc, send, shallow, type_at, write};
use support::{plan, programs};
use syncline::{Doc, SaveOptions};

#[test]
fn a_cut_beside_what_others_did_loads() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "together");
    send(&mut anna, &mut ben);
    type_at(&mut anna, 0, "Anna ");
    let version = anna.version_vector();
    type_at(&mut ben, 8, " Ben");
    send(&mut ben, &mut anna);
    type_at(&mut anna, 0, "on ");
    let bytes = anna.save_with(&SaveOptions::new().shallow_since(version));
    let mut cut = Doc::load(&bytes).expect("what was saved");
    agree(&mut cut, &mut anna);
}

#[test]
fn a_peer_of_the_past_goes_on() {
    for length in [1, 62, 63, 64, 65, 127, 128, 129] {
        let [mut anna, mut ben] = [1, 2].map(doc);
        for _ in 0..length {
            type_at(&mut anna, 0, "a");
        }
        send(&mut anna, &mut ben);
        type_at(&mut ben, 0, "b");
        let mut first = cut(&ben, 1);
        let mut second = cut(&ben, 2);
        for (turn, doc) in [&mut first, &mut second].into_iter().enumerate() {
            for _ in 0..70 {
                type_at(doc, 1 + turn, "c");
            }
        }
        send(&mut first, &mut ben);
        send(&mut ben, &mut second);
        send(&mut second, &mut first);
        send(&mut second, &mut ben);
        agree(&mut first, &mut ben);
        agree(&mut second, &mut ben);
    }
}

/// A delta names what it follows by its hash, also within blocks that were full long ago.
#[test]
fn deltas_from_anywhere_after_a_cut_are_those_of_the_whole() {
    for length in [1, 63, 64, 65] {
        let mut whole = doc(1);
        for _ in 0..length {
            type_at(&mut whole, 0, "a");
        }
        let mut cut = cut(&whole, 1);
        for turn in 0..100 {
            write(&mut cut, |tx| match turn % 3 {
                0 => tx.map("meta").set("turn", turn),
                1 => tx.text("body").delete(0..1),
                _ => tx.text("body").insert(0, "bc"),
            });
        }
        send(&mut cut, &mut whole);
        let mut known = cut.cut();
        // The newest first: the hashes of older blocks are then no longer at hand.
        for count in (known.get(peer(1))..=cut.operations()).rev() {
            known.set(peer(1), count);
            assert_eq!(
                cut.delta_since(&known),
                whole.delta_since(&known),
                "{count}"
            );
        }
    }
}

#[test]
fn who_wrote_much_at_once_goes_on() {
    let mut anna = doc(1);
    write(&mut anna, |tx| {
        tx.map("meta").set("long", "long ".repeat(2_000))
    });
    for bytes in [shallow(&anna), anna.save()] {
        let mut again = Doc::load(&bytes).expect("a snapshot");
        again.set_peer(peer(1));
        type_at(&mut again, 0, "more");
        let mut whole = Doc::load(&anna.save()).expect("a snapshot");
        send(&mut again, &mut whole);
        // What she did before is named by its hash.
        type_at(&mut again, 4, "!");
        send(&mut again, &mut whole);
        let mut reader = Doc::load(&bytes).expect("a snapshot");
        reader.set_peer(peer(2));
        for at in [0, 1] {
            send(&mut again, &mut reader);
            type_at(&mut reader, at, "-");
            send(&mut reader, &mut whole);
            send(&mut reader, &mut again);
            type_at(&mut again, 0, "+");
        }
        send(&mut again, &mut whole);
        agree(&mut again, &mut whole);
    }
}

#[test]
fn what_stands_in_places_not_shown_goes_on() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    write(&mut anna, |tx| {
        tx.list("todo").push_map()?.set("done", false)?;
        tx.map("meta").text("notes")?.push("noted")
    });
    send(&mut anna, &mut ben);
    write(&mut ben, |tx| {
        tx.list("todo").delete(0..1)?;
        tx.map("meta").remove("notes")
    });
    let mut cut = cut(&ben, 1);
    for doc in [&mut cut, &mut ben] {
        write(doc, |tx| tx.map("meta").text("notes")?.push("again"));
    }
    send(&mut cut, &mut ben);
    send(&mut ben, &mut cut);
    agree(&mut cut, &mut ben);
}

/// What was opened at a key and never written is no container of any operation, and is still not opened again.
#[test]
fn what_was_opened_and_removed_stays_another() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    for (doc, key) in [(&mut anna, "b"), (&mut ben, "a")] {
        write(doc, |tx| {
            tx.map("meta").text(key)?;
            tx.map("meta").remove(key)
        });
    }
    send(&mut anna, &mut ben);
    send(&mut ben, &mut anna);
    let options = SaveOptions::new();
    for options in [options.clone(), options.shallow()] {
        let saved = [&anna, &ben].map(|doc| doc.save_with(&options));
        assert_eq!(saved[0], saved[1]);
        let mut whole = doc(3);
        whole.merge(&anna.save()).expect("a snapshot");
        let mut again = Doc::load(&saved[0]).expect("a snapshot");
        again.set_peer(peer(3));
        let known = again.version_vector();
        for doc in [&mut whole, &mut again] {
            for key in ["a", "b"] {
                write(doc, |tx| tx.map("meta").text(key)?.push("again"));
            }
        }
        assert_eq!(again.delta_since(&known), whole.delta_since(&known));
    }
}

#[test]
fn rivals_outlive_a_cut() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    write(&mut anna, |tx| tx.map("meta").set("title", "A"));
    write(&mut ben, |tx| tx.map("meta").set("title", "B"));
    send(&mut anna, &mut ben);
    send(&mut ben, &mut anna);
    let mut cut = cut(&anna, 3);
    let rivals = |doc: &Doc| doc.map("meta").conflicts("title").len();
    assert_eq!(rivals(&cut), rivals(&anna));
    write(&mut cut, |tx| tx.map("meta").set("title", "C"));
    write(&mut ben, |tx| tx.map("meta").set("title", "D"));
    send(&mut cut, &mut anna);
    send(&mut ben, &mut cut);
    send(&mut cut, &mut ben);
    send(&mut ben, &mut anna);
    assert_eq!(rivals(&cut), rivals(&anna));
    agree(&mut cut, &mut anna);
    agree(&mut ben, &mut anna);
}

#[test]
fn sets_and_counts_go_on_after_a_cut() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    write(&mut anna, |tx| {
        for value in 0..100 {
            tx.list("l").push(value)?;
        }
        tx.list("l").set(3, "three")?;
        tx.counter("c").add(5)
    });
    send(&mut anna, &mut ben);
    let mut cut = cut(&anna, 3);
    write(&mut cut, |tx| {
        tx.list("l").set(3, "cut")?;
        tx.list("l").delete(5..7)?;
        tx.counter("c").add(1)
    });
    write(&mut ben, |tx| {
        tx.list("l").set(3, "ben")?;
        tx.list("l").set(5, "gone")?;
        tx.list("l").insert(5, "in")?;
        tx.counter("c").add(-10)
    });
    send(&mut cut, &mut anna);
    send(&mut ben, &mut cut);
    send(&mut cut, &mut ben);
    send(&mut ben, &mut anna);
    agree(&mut cut, &mut anna);
    agree(&mut ben, &mut anna);
}

#[test]
fn what_waits_moves_no_cut() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    write(&mut ben, |tx| tx.text("body").insert(0, "a"));
    let begun = ben.version_vector();
    send(&mut ben, &mut anna);
    write(&mut ben, |tx| tx.text("body").insert(0, "b"));
    send(&mut ben, &mut anna);
    write(&mut anna, |tx| tx.list("todo").push("c"));
    let known = [(peer(1), 1), (peer(2), 1)];
    write(&mut anna, |tx| tx.text("body").insert(0, "d"));
    // What Ben wrote second comes along with something that has to wait.
    let delta = anna.delta_since(&known.into_iter().collect());
    ben.merge(&delta).expect("a delta");
    let options = SaveOptions::new().shallow_since(begun.clone());
    let mut cut = Doc::load(&ben.save_with(&options)).expect("a snapshot");
    assert_eq!(cut.cut(), begun);
    let mut again = Doc::load(&cut.save_with(&options)).expect("cut again");
    assert_eq!(again.cut(), begun);
    for one in [&mut cut, &mut again] {
        send(&mut anna, one);
        agree(one, &mut anna);
    }
}

fn loads_at_each_version(scenario: &Scenario) -> Result<(), TestCaseError> {
    let mut exchange = Exchange::new(scenario);
    let mut versions = Vec::new();
    for (turn, step) in scenario.steps.iter().enumerate() {
        exchange.play(step);
        if turn % 8 == 0 {
            versions.extend(exchange.docs.first().map(Doc::version_vector));
        }
    }
    for doc in &mut exchange.docs {
        for version in &versions {
            let options = SaveOptions::new().shallow_since(version.clone());
            let mut cut = Doc::load(&doc.save_with(&options)).expect("what was saved");
            prop_assert!(version.includes(&cut.cut()));
            agree(&mut cut, doc);
            let again = Doc::load(&cut.save_with(&options)).expect("cut again");
            prop_assert_eq!(again.cut(), cut.cut());
            prop_assert!(doc.merge(&cut.save()).is_ok(), "it knows all of that");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(programs::config(60, 2_000))]

    #[test]
    fn a_cut_at_any_version_loads((replicas, choices) in programs::program(40)) {
        loads_at_each_version(&plan::scenario(replicas, &choices))?;
    }
}
