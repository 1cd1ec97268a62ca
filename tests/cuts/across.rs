//! What meets a cut: deltas, files and other cuts.
//!
//! - Deltas across the cut are taken in, if they follow all of its heads.
//! - A fork is noticed there, whichever way the two histories meet.
//! - What waits is kept, and does no harm.

use support::assert_matches;
use support::engine::peer;
use support::small::{agree, all, cut, doc, made, send, shallow, type_at, write};
use syncline::{Doc, Error, Limits, SaveOptions, VersionVector};

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
    for delta in [ben.delta_since(&known), all(&mut ben)] {
        let merged = cut.merge(&delta);
        assert_matches!(merged, Err(Error::NeedsBase { .. }));
        assert_eq!(cut.to_json(), shown);
    }
    send(&mut ben, &mut anna);
    let mut opened = Doc::load(&anna.save()).expect("a snapshot");
    agree(&mut opened, &mut anna);
}

/// A delta that begins before a cut and ends after it.
#[test]
fn a_delta_across_a_cut_is_taken_in() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "before");
    let mut cut = cut(&anna, 2);
    type_at(&mut anna, 6, ", after");
    let whole = all(&mut anna);
    cut.merge(&whole).expect("it goes on");
    assert_eq!(cut.merge(&whole).expect("known").applied(), 0);
    agree(&mut cut, &mut anna);
    type_at(&mut anna, 0, "more");
    cut.merge(&all(&mut anna)).expect("it goes on");
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
        assert_matches!(across, Err(Error::NeedsBase { .. }));
        send(&mut anna, &mut cut);
    }
    agree(&mut cut, &mut anna);
}

#[test]
fn a_fork_across_a_cut_is_noticed() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "before");
    let mut cut = cut(&anna, 1);
    type_at(&mut cut, 6, ", other");
    let before = (cut.to_json(), cut.version_vector());
    for (at, more) in [(6, ", after"), (0, "longer")] {
        type_at(&mut anna, at, more);
        for known in [VersionVector::new(), cut.cut()] {
            let merged = cut.merge(&anna.delta_since(&known));
            assert_matches!(merged, Err(Error::Forked { .. }));
        }
    }
    assert_eq!((cut.to_json(), cut.version_vector()), before);
}

#[test]
fn a_cut_of_another_history_is_a_fork() {
    let [mut anna, mut twin] = [1, 1].map(doc);
    type_at(&mut anna, 0, "one");
    type_at(&mut twin, 0, "two");
    let merged = anna.merge(&shallow(&twin));
    assert_matches!(merged, Err(Error::Forked { .. }));
    let mut both = cut(&anna, 3);
    let merged = both.merge(&shallow(&twin));
    assert_matches!(merged, Err(Error::Forked { .. }));
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

/// A delta that waits may not follow all heads of a cut that is made meanwhile: then it is lost, and nothing with it.
#[test]
fn what_waits_beside_a_cut_does_not_keep_it_from_loading() {
    let [mut anna, mut ben, mut carl] = [1, 2, 3].map(doc);
    type_at(&mut anna, 0, "Anna");
    type_at(&mut ben, 0, "Ben");
    send(&mut ben, &mut anna);
    type_at(&mut carl, 0, "Carl");
    send(&mut carl, &mut ben);
    let known = ben.version_vector();
    type_at(&mut ben, 0, "and ");
    let waits = ben.delta_since(&known);
    assert_eq!(anna.merge(&waits).expect("it waits").waiting().len(), 1);
    let since = SaveOptions::new().shallow_since(anna.version_vector());
    for options in [SaveOptions::new().shallow(), since] {
        let bytes = anna.save_with(&options);
        let mut cut = Doc::load(&bytes).expect("what was saved");
        let mut again = Doc::load(&anna.save()).expect("what was saved");
        agree(&mut cut, &mut again);
        let merged = cut.merge(&waits);
        assert_matches!(merged, Err(Error::NeedsBase { .. }));
        // Who knows what lies before the cut takes it in when its time comes.
        let mut whole = doc(4);
        send(&mut anna, &mut whole);
        assert_eq!(whole.merge(&bytes).expect("a cut").waiting().len(), 1);
        send(&mut carl, &mut whole);
        agree(
            &mut whole,
            &mut Doc::load(&{
                send(&mut anna, &mut ben);
                ben.save()
            })
            .expect("what was saved"),
        );
    }
}

/// Several heads are followed all or not at all, also by the peer of the first.
#[test]
fn a_run_of_one_head_of_a_cut_goes_on_beside_the_others() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    type_at(&mut ben, 0, "Ben");
    let mut both = doc(3);
    send(&mut anna, &mut both);
    send(&mut ben, &mut both);
    for alone in [&mut anna, &mut ben] {
        let id = alone.peer().expect("it wrote").get();
        let mut cut = cut(&both, id);
        type_at(alone, 0, "alone, ");
        let merged = cut.merge(&all(alone));
        assert_matches!(merged, Err(Error::NeedsBase { .. }));
        // Once the peer has written on from all heads, it has two histories.
        let last = cut.version_vector().get(peer(id));
        type_at(&mut cut, 0, "together, ");
        let before = cut.save();
        let merged = cut.merge(&all(alone));
        let forked = Err(Error::Forked {
            peer: peer(id),
            seq: last,
        });
        assert_eq!(merged.map(|change| change.applied()), forked);
        assert_eq!(cut.save(), before);
    }
}

/// Two worlds in which the same two peers wrote, and the first once more than the second knows of.
fn worlds() -> [Doc; 2] {
    ["one", "two"].map(|text| {
        let [mut anna, mut ben] = [1, 2].map(doc);
        type_at(&mut ben, 0, text);
        send(&mut ben, &mut anna);
        type_at(&mut anna, 0, "-");
        anna
    })
}

#[test]
fn a_cut_of_another_history_behind_its_heads_is_a_fork() {
    let [mut one, other] = worlds();
    type_at(&mut one, 0, "more");
    // Of its own past it only knows the last operations: of Ben's this is the same.
    let (mut later, earlier) = (cut(&one, 3), shallow(&other));
    let merged = later.merge(&earlier);
    let is_ben =
        |error: &Error| matches!(error, Error::Forked { peer: forked, .. } if *forked == peer(2));
    assert!(merged.as_ref().is_err_and(is_ben), "{merged:?}");
    let [same, _] = worlds();
    later.merge(&shallow(&same)).expect("its own past");
}

/// Its operations may all be known by their numbers, and be others.
#[test]
fn a_file_of_another_history_is_a_fork() {
    let [mut anna, mut twin] = [1, 1].map(doc);
    type_at(&mut anna, 0, "one, and more than the other has");
    type_at(&mut twin, 0, "two");
    let mut file = shallow(&twin);
    let point = twin.save_point();
    type_at(&mut twin, 0, "more");
    file.extend(twin.save_since(&point));
    let merged = anna.merge(&file);
    assert_matches!(merged, Err(Error::Forked { .. }));
}

#[test]
fn what_is_cut_twice_is_the_same() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    type_at(&mut ben, 0, "Ben");
    send(&mut ben, &mut anna);
    let bytes = shallow(&anna);
    let now = SaveOptions::new().shallow_since(anna.version_vector());
    assert!(anna.save_with(&now) == bytes, "nothing stands behind it");
    assert!(cut(&anna, 3).save() == bytes, "nothing was written since");
}

#[test]
fn values_beyond_the_limits_are_not_opened() {
    let mut anna = doc(1);
    write(&mut anna, |tx| tx.map("meta").set("long", "x".repeat(100)));
    let mut limits = Limits::default();
    for (most, fits) in [(99, false), (100, true)] {
        limits.value_bytes = most;
        for bytes in [shallow(&anna), anna.save()] {
            let loaded = Doc::load_with_limits(&bytes, limits.clone());
            assert_eq!(loaded.is_ok(), fits);
            assert!(
                fits || matches!(
                    loaded,
                    Err(Error::Limit {
                        what: "value_bytes",
                        ..
                    })
                )
            );
        }
    }
}

/// Those who wrote nothing before a cut, one on top of the other, in any order and twice.
#[test]
fn new_peers_go_on_from_a_cut() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let mut reader = cut(&anna, 2);
    let [mut ben, mut carl] = [3, 4].map(|id| cut(&anna, id));
    let first = made(&mut ben, |ben| type_at(ben, 5, "!"));
    send(&mut ben, &mut carl);
    let second = made(&mut carl, |carl| write(carl, |tx| tx.list("todo").push(1)));
    assert_eq!(reader.merge(&second).expect("it waits").waiting().len(), 1);
    assert_eq!(reader.merge(&first).expect("a delta").applied(), 2);
    for again in [&second, &first] {
        let change = reader.merge(again).expect("it is known");
        assert_eq!((change.applied(), change.waiting().len()), (0, 0));
    }
    agree(&mut reader, &mut carl);
}
