//! Documents without their history.
//!
//! - They show the same, know the same, and go on with others who have the history, in both directions.
//! - What does not follow the cut is `NeedsBase`, changes nothing, and what follows that waits.
//! - With the history since a version, who knows that version can be served, and who does not can not.
//! - Replicas with the same operations cut alike.
//! - After random programs, replicas that are cut go on exactly as those that are not.

use proptest::prelude::*;
use support::engine;
use support::exchange::Exchange;
use support::scenario::{Scenario, Step};
use support::small::{cut, doc, send, type_at};
use support::{plan, programs};
use syncline::{Doc, Error, Level, SaveOptions, VersionVector};

/// Two who wrote at once, and agree.
fn two() -> [Doc; 2] {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, &"a long beginning ".repeat(30));
    send(&mut anna, &mut ben);
    type_at(&mut anna, 2, "Anna");
    type_at(&mut ben, 7, "Ben");
    ben.transact(|tx| {
        let mut item = tx.list("todo").push_map()?;
        item.set("done", false)?;
        tx.map("meta").text("notes")?.push("noted")?;
        tx.counter("votes").add(3)
    })
    .expect("it fits");
    send(&mut anna, &mut ben);
    send(&mut ben, &mut anna);
    [anna, ben]
}

#[test]
fn the_same_is_shown_and_known() {
    let [anna, _] = two();
    let cut = cut(&anna, 3);
    cut.check().expect("sound");
    assert_eq!(cut.to_json(), anna.to_json());
    assert_eq!(cut.version_vector(), anna.version_vector());
    assert_eq!(cut.frontier(), anna.frontier());
    assert_eq!(cut.cut(), anna.version_vector());
    assert_eq!(anna.cut(), VersionVector::new());
}

#[test]
fn both_sides_go_on() {
    let [mut anna, mut ben] = two();
    let mut cut = cut(&anna, 3);
    // More than a block of the hash chain, by everybody.
    for turn in 0..90_usize {
        type_at(&mut anna, turn, "x");
        type_at(&mut ben, turn / 2, "y");
        type_at(&mut cut, 3 * turn, "z");
        cut.transact(|tx| {
            tx.map("meta").text("notes")?.insert(0, "-")?;
            tx.list("todo").set(0, turn as i64)
        })
        .expect("it fits");
        send(&mut anna, &mut cut);
        send(&mut cut, &mut ben);
        send(&mut ben, &mut anna);
        send(&mut cut, &mut anna);
        cut.check().expect("sound");
    }
    send(&mut anna, &mut cut);
    send(&mut anna, &mut ben);
    assert_eq!(cut.to_json(), anna.to_json());
    assert_eq!(ben.to_json(), anna.to_json());
    let again = Doc::load(&cut.save()).expect("what it saved");
    assert_eq!(again.to_json(), anna.to_json());
    assert_eq!(again.version_vector(), anna.version_vector());
    assert_eq!(cut.verify(), Ok(()));
    let known = cut.cut();
    assert_eq!(cut.delta_since(&known), anna.delta_since(&known));
}

#[test]
fn what_does_not_follow_the_cut_needs_its_base() {
    let [mut anna, mut ben] = two();
    let known = ben.version_vector();
    type_at(&mut ben, 0, "apart ");
    let apart = ben.delta_since(&known);
    let known_then = ben.version_vector();
    type_at(&mut ben, 0, "more ");
    let more = ben.delta_since(&known_then);
    type_at(&mut anna, 0, "then the cut ");
    let mut cut = cut(&anna, 3);
    let before = (cut.to_json(), cut.version_vector(), cut.save());
    let refused = cut.merge(&apart);
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    assert_eq!((cut.to_json(), cut.version_vector(), cut.save()), before);
    let waits = cut.merge(&more).expect("it waits");
    assert_eq!(waits.applied(), 0);
    assert_eq!(waits.waiting().len(), 1);
    // Where the history is, it merges; what is saved there is a base for what follows.
    anna.merge(&apart).expect("a delta");
    anna.merge(&more).expect("a delta");
    send(&mut anna, &mut ben);
    let mut newer = Doc::load(&anna.save_with(&SaveOptions::new().shallow())).expect("a snapshot");
    type_at(&mut ben, 0, "on ");
    send(&mut ben, &mut newer);
    assert_eq!(newer.to_json(), ben.to_json());
}

#[test]
fn history_since_a_version_serves_who_knows_that() {
    let [mut anna, mut ben] = two();
    let version = ben.version_vector();
    for at in 0..20 {
        type_at(&mut anna, at, "since");
    }
    let options = SaveOptions::new().shallow_since(version.clone());
    let mut cut = Doc::load(&anna.save_with(&options)).expect("a snapshot and a delta");
    assert_eq!(cut.to_json(), anna.to_json());
    assert_eq!(cut.cut(), version);
    send(&mut cut, &mut ben);
    assert_eq!(ben.to_json(), anna.to_json());
    let mut nobody = Doc::new();
    let whole = cut.delta_since(&VersionVector::new());
    let waits = nobody.merge(&whole).expect("it waits");
    assert!(!waits.waiting().is_empty());
    assert!(matches!(
        nobody.merge(&cut.save()),
        Err(Error::NeedsBase { .. })
    ));
    ben.merge(&cut.save()).expect("he knows all of it");
}

#[test]
fn marks_in_a_text_that_nothing_shows_are_left_out() {
    let mut anna = doc(1);
    anna.transact(|tx| {
        let card = tx.map("meta").map("card")?;
        let mut note = card.text("note")?;
        note.push("a note")?;
        note.mark(0..1, "bold", true)?;
        tx.move_to("meta/card/note", "meta/note")?;
        tx.map("meta").set("note", "another")
    })
    .expect("it fits");
    let options = SaveOptions::new().shallow();
    let saved = anna.save_with(&options);
    let again = Doc::load(&saved).expect("a snapshot");
    assert_eq!(again.save_with(&options), saved);
}

#[test]
fn it_is_small_at_every_level_and_reads_back() {
    let [mut anna, _] = two();
    for at in 0..300 {
        type_at(&mut anna, at, "typed and gone");
        anna.transact(|tx| tx.text("body").delete(at..at + 14))
            .expect("it fits");
    }
    for level in [Level::None, Level::Fast, Level::Compact] {
        let whole = anna.save_with(&SaveOptions::new().level(level));
        let cut = anna.save_with(&SaveOptions::new().level(level).shallow());
        assert!(cut.len() < whole.len(), "{level:?}");
        let cut = Doc::load(&cut).expect("a snapshot");
        assert_eq!(cut.to_json(), anna.to_json());
    }
}

/// Plays a step on documents that have their history and on those that were cut. What is written is written on a cut one, and
/// the whole one receives it; the same edits, made on a fork of the whole one, do the same.
///
/// They need not give the same bytes: whether an operation is told to continue its transaction follows from the runs that its
/// writer's log has.
fn play(whole: &mut [Doc], cut: &mut [Doc], step: &Step) -> Result<(), TestCaseError> {
    match step {
        Step::Do(on, edits, _) => {
            let mut beside = whole[*on].fork();
            beside.set_peer(cut[*on].peer().expect("it was given one"));
            let [made, expected] =
                [&mut cut[*on], &mut beside].map(|doc| engine::transact(doc, edits).is_ok());
            prop_assert_eq!(made, expected);
            prop_assert_eq!(cut[*on].to_json(), beside.to_json());
            prop_assert_eq!(cut[*on].version_vector(), beside.version_vector());
            pull(&mut whole[*on], &mut cut[*on]);
        }
        Step::Pull(to, from) => exchange(whole, cut, &[(*to, *from)]),
        Step::Sync(one, other) => exchange(whole, cut, &[(*one, *other), (*other, *one)]),
        _ => {}
    }
    for doc in whole.iter().chain(&*cut) {
        prop_assert_eq!(doc.check(), Ok(()));
    }
    Ok(())
}

fn exchange(whole: &mut [Doc], cut: &mut [Doc], ways: &[(usize, usize)]) {
    for docs in [whole, cut] {
        for &(to, from) in ways {
            if let Ok([to, from]) = docs.get_disjoint_mut([to, from]) {
                pull(to, from);
            }
        }
    }
}

fn pull(to: &mut Doc, from: &mut Doc) {
    let delta = from.delta_since(&to.version_vector());
    let change = to.merge(&delta).expect("it follows the cut");
    assert!(change.waiting().is_empty());
}

/// What is restored may lie before the cut.
fn without_restores(step: &Step) -> Step {
    match step {
        Step::Do(on, edits, fails) => {
            let edits = edits.iter().filter(|edit| !edit.restores());
            Step::Do(*on, edits.cloned().collect(), fails.clone())
        }
        step => step.clone(),
    }
}

fn goes_on_alike(scenario: &Scenario) -> Result<(), TestCaseError> {
    let (first, then) = scenario.steps.split_at(scenario.steps.len() / 2);
    let mut exchange = Exchange::new(scenario);
    for step in first {
        exchange.play(step);
    }
    exchange.settle();
    let options = SaveOptions::new().shallow();
    let saved: Vec<_> = exchange
        .docs
        .iter()
        .map(|doc| doc.save_with(&options))
        .collect();
    let mut cut = Vec::new();
    for (bytes, doc) in saved.iter().zip(&exchange.docs) {
        prop_assert_eq!(bytes, &saved[0]);
        let mut one = Doc::load(bytes).expect("a snapshot");
        one.set_peer(doc.peer().expect("it was given one"));
        cut.push(one);
    }
    for step in then {
        let step = &without_restores(step);
        play(&mut exchange.docs, &mut cut, step)?;
        for (one, whole) in cut.iter_mut().zip(&mut exchange.docs) {
            prop_assert_eq!(one.to_json(), whole.to_json());
            prop_assert_eq!(one.version_vector(), whole.version_vector());
            let known = one.cut();
            // Other bytes at most where a peer's last operation is in a place that is not shown.
            for from in [&mut *one, whole] {
                let mut behind = Doc::load(&saved[0]).expect("a snapshot");
                let change = behind.merge(&from.delta_since(&known));
                prop_assert!(change.expect("it follows the cut").waiting().is_empty());
                prop_assert_eq!(behind.version_vector(), from.version_vector());
                prop_assert_eq!(behind.to_json(), from.to_json());
            }
        }
    }
    for (one, whole) in cut.iter_mut().zip(&exchange.docs) {
        let again = Doc::load(&one.save_with(&options)).expect("cut again");
        prop_assert_eq!(again.to_json(), whole.to_json());
        prop_assert_eq!(one.save_with(&options), whole.save_with(&options));
    }
    Ok(())
}

proptest! {
    #![proptest_config(programs::config(150, 4_000))]

    #[test]
    fn cut_replicas_go_on_as_whole_ones((replicas, choices) in programs::program(60)) {
        goes_on_alike(&plan::scenario(replicas, &choices))?;
    }
}
