//! Cuts where a document is not at rest, and what goes on from them.
//!
//! - A cut at any version loads, also beside what others did at once.
//! - A peer of the past goes on in its hash chain, wherever in a block that ended.
//! - Values in conflict, sets, sums, and containers that were removed go on as where the history is.
//! - Deltas across the cut are taken in, and a fork there is noticed.
//! - What waits is kept.

use proptest::prelude::*;
use support::engine::peer;
use support::exchange::Exchange;
use support::scenario::Scenario;
use support::{plan, programs};
use syncline::{Doc, Error, SaveOptions, Transaction, VersionVector};

fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

fn type_at(doc: &mut Doc, at: usize, text: &str) {
    write(doc, |tx| tx.text("body").insert(at, text));
}

fn send(from: &mut Doc, to: &mut Doc) {
    let delta = from.delta_since(&to.version_vector());
    let change = to.merge(&delta).expect("a delta");
    assert!(change.waiting().is_empty() && change.rejected().is_empty());
}

fn doc(id: u64) -> Doc {
    Doc::with_peer(peer(id))
}

fn shallow(doc: &Doc) -> Vec<u8> {
    doc.save_with(&SaveOptions::new().shallow())
}

fn cut(doc: &Doc, id: u64) -> Doc {
    let mut cut = Doc::load(&shallow(doc)).expect("a snapshot");
    cut.set_peer(peer(id));
    cut
}

/// The same is shown and known, by the same hashes.
fn agree(one: &mut Doc, other: &mut Doc) {
    one.check().expect("sound");
    other.check().expect("sound");
    assert_eq!(one.to_json(), other.to_json());
    assert_eq!(one.version_vector(), other.version_vector());
    assert_eq!(one.frontier(), other.frontier());
    let entries = |doc: &mut Doc| {
        let summary = doc.summary().expect("its history");
        summary.iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(entries(one), entries(other));
}

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

#[test]
fn a_peer_of_the_past_goes_on_beside_its_encoded_history() {
    for length in [1, 63, 64, 65] {
        let [mut anna, mut ben] = [1, 2].map(doc);
        for _ in 0..length {
            type_at(&mut anna, 0, "a");
        }
        send(&mut anna, &mut ben);
        type_at(&mut ben, 0, "b");
        let mut again = Doc::load(&ben.save()).expect("a snapshot");
        again.set_peer(peer(1));
        for _ in 0..3 {
            type_at(&mut again, 1, "c");
            send(&mut again, &mut ben);
        }
        let mut saved = Doc::load(&again.save()).expect("what was saved");
        agree(&mut again, &mut ben);
        agree(&mut saved, &mut ben);
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
fn what_follows_only_some_of_a_cut_needs_its_base() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    type_at(&mut ben, 0, "Ben");
    send(&mut ben, &mut anna);
    let mut cut = cut(&anna, 3);
    let shown = cut.to_json();
    type_at(&mut ben, 3, " alone");
    let known = cut.version_vector();
    for delta in [
        ben.delta_since(&known),
        ben.delta_since(&VersionVector::new()),
    ] {
        let merged = cut.merge(&delta);
        assert!(matches!(merged, Err(Error::NeedsBase { .. })), "{merged:?}");
        assert_eq!(cut.to_json(), shown);
    }
    send(&mut ben, &mut anna);
    let mut opened = Doc::load(&anna.save()).expect("a snapshot");
    agree(&mut opened, &mut anna);
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

/// A delta that begins before a cut and ends after it.
#[test]
fn a_delta_across_a_cut_is_taken_in() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "before");
    let mut cut = cut(&anna, 2);
    type_at(&mut anna, 6, ", after");
    let all = anna.delta_since(&VersionVector::new());
    cut.merge(&all).expect("it goes on");
    assert_eq!(cut.merge(&all).expect("known").applied(), 0);
    agree(&mut cut, &mut anna);
    type_at(&mut anna, 0, "more");
    let all = anna.delta_since(&VersionVector::new());
    cut.merge(&all).expect("it goes on");
    agree(&mut cut, &mut anna);
}

/// Deltas that say where they are by what came before, which lies before the cut.
#[test]
fn what_came_before_a_cut_may_come_again() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let mut deltas = Vec::new();
    for at in 5..9 {
        let known = anna.version_vector();
        type_at(&mut anna, at, "x");
        if at == 7 {
            write(&mut anna, |tx| tx.map("meta").set("at", "seven"));
            type_at(&mut anna, 0, "y");
        }
        deltas.push(anna.delta_since(&known));
    }
    let mut cut = cut(&anna, 2);
    for delta in &deltas {
        let change = cut.merge(delta).expect("it is known");
        assert_eq!((change.applied(), change.waiting().len()), (0, 0));
    }
    // What begins before the cut and ends after it cannot be placed.
    let mut known = anna.version_vector();
    known.set(peer(1), known.get(peer(1)) - 1);
    type_at(&mut anna, 10, "z");
    for _ in 0..2 {
        let across = cut.merge(&anna.delta_since(&known));
        assert!(matches!(across, Err(Error::NeedsBase { .. })), "{across:?}");
        send(&mut anna, &mut cut);
    }
    agree(&mut cut, &mut anna);
}

#[test]
fn a_fork_across_a_cut_is_noticed() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "before");
    let mut cut = cut(&anna, 1);
    type_at(&mut anna, 6, ", after");
    type_at(&mut cut, 6, ", other");
    let before = (cut.to_json(), cut.version_vector());
    for known in [VersionVector::new(), cut.cut()] {
        let delta = anna.delta_since(&known);
        let merged = cut.merge(&delta);
        assert!(matches!(merged, Err(Error::Forked { .. })), "{merged:?}");
    }
    type_at(&mut anna, 0, "longer");
    for known in [VersionVector::new(), cut.cut()] {
        let delta = anna.delta_since(&known);
        let merged = cut.merge(&delta);
        assert!(matches!(merged, Err(Error::Forked { .. })), "{merged:?}");
    }
    assert_eq!((cut.to_json(), cut.version_vector()), before);
}

#[test]
fn a_cut_of_another_history_is_a_fork() {
    let [mut anna, mut twin] = [1, 1].map(doc);
    type_at(&mut anna, 0, "one");
    type_at(&mut twin, 0, "two");
    let merged = anna.merge(&shallow(&twin));
    assert!(matches!(merged, Err(Error::Forked { .. })), "{merged:?}");
    let mut both = cut(&anna, 3);
    let merged = both.merge(&shallow(&twin));
    assert!(matches!(merged, Err(Error::Forked { .. })), "{merged:?}");
    anna.merge(&shallow(&anna)).expect("her own");
    both.merge(&shallow(&anna)).expect("the same");
}

#[test]
fn what_waits_is_kept_by_a_shallow_document() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "begun");
    let mut cut = cut(&anna, 3);
    send(&mut anna, &mut ben);
    let known = ben.version_vector();
    type_at(&mut ben, 0, "first ");
    let first = ben.delta_since(&known);
    let known = ben.version_vector();
    type_at(&mut ben, 0, "second ");
    let second = ben.delta_since(&known);
    let mut file = cut.save();
    let point = cut.save_point();
    assert_eq!(cut.merge(&second).expect("it waits").waiting().len(), 1);
    file.extend(cut.save_since(&point));
    let since = SaveOptions::new().shallow_since(cut.version_vector());
    let whole = SaveOptions::new();
    let saved =
        [&SaveOptions::new().shallow(), &since, &whole].map(|options| cut.save_with(options));
    for bytes in saved.iter().chain([&file]) {
        let mut again = Doc::load(bytes).expect("what was saved");
        let point = again.save_point();
        let mut twice = again.save();
        again.merge(&first).expect("what was missing");
        agree(&mut again, &mut ben);
        twice.extend(again.save_since(&point));
        agree(&mut Doc::load(&twice).expect("a file"), &mut ben);
    }
}

#[test]
fn pieces_go_on_beside_an_encoded_history() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "begun");
    send(&mut anna, &mut ben);
    type_at(&mut ben, 0, "apart ");
    let mut file = anna.save();
    for turn in 0..5 {
        let mut open = Doc::load(&file).expect("a file");
        open.set_peer(peer(10 + turn));
        let point = open.save_point();
        type_at(&mut open, 0, "x");
        if turn == 3 {
            send(&mut ben, &mut open);
        }
        file.extend(open.save_since(&point));
        let mut again = Doc::load(&file).expect("a file");
        agree(&mut again, &mut open);
        let mut merged = Doc::new();
        merged.merge(&file).expect("a file");
        agree(&mut merged, &mut open);
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
