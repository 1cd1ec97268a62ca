//! Two sides find exactly what differs between them, whatever differs, and whatever somebody planted.

use std::collections::BTreeMap;

use super::frames::MESSAGE_MAX;
use super::{Difference, Known, Missing, Opening, Reconciliation};
use crate::summary::merkle::tests::{entry, key};
use crate::summary::{Entry, Summary};
use proptest::prelude::*;

pub(super) type Model = BTreeMap<u64, Entry>;

pub(super) fn summary(model: &Model) -> Summary {
    let mut summary: Summary = model.values().copied().collect();
    summary.root();
    summary
}

/// What `ours` and `theirs` lack of each other, the slow way.
fn truth(ours: &Model, theirs: &Model) -> Difference {
    let mut difference = Difference::default();
    let mut keys: Vec<u64> = ours.keys().chain(theirs.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let length = |model: &Model| model.get(&key).map(|entry| entry.length);
        let (our_length, their_length) = (length(ours), length(theirs));
        let missing = |from: Option<u32>| Missing {
            key,
            from: from.unwrap_or(0),
        };
        if our_length < their_length {
            difference.ours.push(missing(our_length));
        } else if their_length < our_length {
            difference.theirs.push(missing(their_length));
        } else if ours.get(&key) != theirs.get(&key) {
            difference.forks.push(key);
        }
    }
    difference
}

/// Carries all messages; gives both sides, and how many bytes went which way.
fn reconciled(
    here: &Summary,
    there: &Summary,
    begun: (Reconciliation, Vec<Vec<u8>>),
) -> (Reconciliation, Reconciliation, usize) {
    let (mut asker, mut messages) = begun;
    let mut answerer = Reconciliation::answer();
    let mut bytes = 0;
    while !messages.is_empty() {
        let mut answers = Vec::new();
        for message in &messages {
            assert!(message.len() <= MESSAGE_MAX);
            bytes += message.len();
            answers.extend(answerer.receive(there, message).expect("an honest message"));
        }
        messages.clear();
        for answer in &answers {
            assert!(answer.len() <= MESSAGE_MAX);
            bytes += answer.len();
            messages.extend(asker.receive(here, answer).expect("an honest message"));
        }
    }
    (asker, answerer, bytes)
}

/// Reconciles two models, and compares with the truth.
#[track_caller]
fn check(ours: &Model, theirs: &Model, opening: Opening) -> (u32, usize) {
    let (here, there) = (summary(ours), summary(theirs));
    let first = Reconciliation::ask_first_version(&here, 99, opening);
    let newest = Reconciliation::ask(&here, 99, opening);
    let found = [first, newest].map(|begun| {
        let (asker, answerer, bytes) = reconciled(&here, &there, begun);
        assert_eq!(asker.difference(), Some(&truth(ours, theirs)));
        assert_eq!(answerer.difference(), Some(&truth(theirs, ours)));
        assert!(asker.is_proven() != answerer.is_proven());
        (asker.turns(), bytes)
    });
    assert_eq!(found[0], found[1]);
    found[1]
}

fn model(entries: impl IntoIterator<Item = (u64, u32)>) -> Model {
    let entries = entries
        .into_iter()
        .map(|(key, length)| (key, entry(key, length)));
    entries.collect()
}

/// Another history of the same length.
fn forked(mut entry: Entry) -> Entry {
    entry.hash[31] ^= 1;
    entry
}

fn openings() -> impl Strategy<Value = Opening> {
    let known =
        (0u64..90, 0u64..90).prop_map(|(ours, theirs)| Opening::Known(Known { ours, theirs }));
    prop_oneof![
        Just(Opening::FirstContact),
        Just(Opening::ExpectingEqual),
        known
    ]
}

proptest! {
    #[test]
    fn sides_find_exactly_what_differs(
        both in prop::collection::btree_map(key(), 0u32..9, 0..400),
        here in prop::collection::btree_map(key(), 0u32..9, 0..60),
        there in prop::collection::btree_map(key(), 0u32..9, 0..60),
        forks in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        opening in openings(),
    ) {
        let both = model(both);
        let (mut ours, mut theirs) = (both.clone(), both);
        ours.extend(model(here));
        theirs.extend(model(there));
        for fork in forks {
            if !theirs.is_empty() {
                let keys: Vec<u64> = theirs.keys().copied().collect();
                let at = fork.get(&keys);
                theirs.insert(*at, forked(theirs[at]));
            }
        }
        check(&ours, &theirs, opening);
    }

    #[test]
    fn a_known_pair_names_what_changed(
        both in prop::collection::btree_map(key(), 1u32..9, 0..200),
        here in prop::collection::vec((any::<prop::sample::Index>(), 1u32..9), 0..30),
        there in prop::collection::vec((any::<prop::sample::Index>(), 1u32..9), 0..30),
        new in prop::collection::vec((key(), any::<bool>()), 0..20),
    ) {
        let both = model(both);
        let (mut here_summary, mut there_summary) = (summary(&both), summary(&both));
        let known = Known { ours: here_summary.tick(), theirs: there_summary.tick() };
        let (mut ours, mut theirs) = (both.clone(), both.clone());
        let keys: Vec<u64> = both.keys().copied().collect();
        let grow = |model: &mut Model, summary: &mut Summary, key: u64, by: u32| {
            let length = model.get(&key).map_or(0, |entry| entry.length);
            model.insert(key, entry(key, length + by));
            summary.set(entry(key, length + by));
        };
        if !keys.is_empty() {
            for (at, by) in here {
                grow(&mut ours, &mut here_summary, *at.get(&keys), by);
            }
            for (at, by) in there {
                grow(&mut theirs, &mut there_summary, *at.get(&keys), by);
            }
        }
        for (key, is_here) in new {
            match is_here {
                true => grow(&mut ours, &mut here_summary, key, 1),
                false => grow(&mut theirs, &mut there_summary, key, 1),
            }
        }
        let (asker, answerer, _) = reconciled(&here_summary, &there_summary, Reconciliation::ask(&here_summary, 99, Opening::Known(known)));
        prop_assert_eq!(asker.difference(), Some(&truth(&ours, &theirs)));
        prop_assert_eq!(answerer.difference(), Some(&truth(&theirs, &ours)));
    }
}

/// Random keys, and every so many of them longer on one side, the sides in turn.
pub(super) fn apart(count: u32, every: u32) -> (Model, Model) {
    let key = |at: u32| u64::from(at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let both = model((0..count).map(|at| (key(at), at % 50 + 1)));
    let (mut ours, mut theirs) = (both.clone(), both);
    for at in (0..count).step_by(every as usize) {
        let longer = entry(key(at), at % 50 + 3);
        match at / every % 2 {
            0 => ours.insert(longer.key, longer),
            _ => theirs.insert(longer.key, longer),
        };
    }
    (ours, theirs)
}

#[test]
fn large_sets_far_apart() {
    for (count, every, turns) in [
        (3_000, 1_500, 1),
        (3_000, 30, 2),
        (3_000, 1, 2),
        (20_000, 15, 2),
    ] {
        let (ours, theirs) = apart(count, every);
        let (took, _) = check(&ours, &theirs, Opening::FirstContact);
        assert!(
            took <= turns,
            "{took} turns for {count} of which every {every}th differs"
        );
    }
}

#[test]
fn one_side_alone_holds_something() {
    let all = model((1..3_000).map(|at| (at << 40, 3)));
    check(&all, &Model::new(), Opening::FirstContact);
    check(&Model::new(), &all, Opening::FirstContact);
    check(&Model::new(), &all, Opening::ExpectingEqual);
    check(&Model::new(), &Model::new(), Opening::FirstContact);
    let half = model((1..1_500).map(|at| (at << 40, 3)));
    check(&all, &half, Opening::FirstContact);
    check(&half, &all, Opening::FirstContact);
}

#[test]
fn what_lies_together_is_found_by_descent() {
    let both = model((1..60_000).map(|at| (at, 3)));
    let mut theirs = both.clone();
    theirs.extend(model((59_500..60_100).map(|at| (at, 5))));
    let (turns, bytes) = check(&both, &theirs, Opening::FirstContact);
    assert!(turns <= 3 && bytes < 5_000, "{turns} turns, {bytes} bytes");
}

/// A fork whose hash begins as the other's does: no symbol and no sketch shows it.
#[test]
fn planted_entries_that_cancel_out_are_found_by_descent() {
    for (count, every) in [(3_000, 1_000), (3_000, 10_000), (40, 10), (3_000, 30)] {
        let (ours, mut theirs) = apart(count, every);
        let same = ours.iter().filter(|&(key, entry)| theirs[key] == *entry);
        let planted: Vec<Entry> = same
            .map(|(_, &entry)| forked(entry))
            .step_by(17)
            .take(2)
            .collect();
        theirs.extend(planted.into_iter().map(|entry| (entry.key, entry)));
        check(&ours, &theirs, Opening::FirstContact);
        check(&ours, &theirs, Opening::ExpectingEqual);
        check(&ours, &theirs, Opening::Known(Known::default()));
    }
}

/// What changed and changed back is no difference, and what was taken out is one.
#[test]
fn a_known_pair_whose_entries_did_not_only_grow() {
    let (ours, _) = apart(300, 9_999);
    let here = summary(&ours);
    let mut there = here.clone();
    let known = Known {
        ours: here.tick(),
        theirs: there.tick(),
    };
    let held: Vec<Entry> = ours.values().copied().take(3).collect();
    there.set(entry(held[0].key, 99));
    there.set(held[0]);
    there.remove(held[1].key);
    there.set(entry(held[2].key, 99));
    let (asker, _, _) = reconciled(
        &here,
        &there,
        Reconciliation::ask(&here, 99, Opening::Known(known)),
    );
    let theirs: Model = there.iter().map(|&entry| (entry.key, entry)).collect();
    assert_eq!(asker.difference(), Some(&truth(&ours, &theirs)));
    let (asker, _, _) = reconciled(
        &there,
        &here,
        Reconciliation::ask(&there, 99, Opening::Known(known)),
    );
    assert_eq!(asker.difference(), Some(&truth(&theirs, &ours)));
}

/// A pair that remembers wrongly, as after one of them was restored from a backup.
#[test]
fn a_pair_that_remembers_wrongly_begins_again() {
    let (ours, theirs) = apart(3_000, 500);
    for (our_tick, their_tick) in [
        (3_000, 3_000),
        (3_000, 0),
        (0, 3_000),
        (10, 2_995),
        (9_999, 1),
    ] {
        let known = Known {
            ours: our_tick,
            theirs: their_tick,
        };
        check(&ours, &theirs, Opening::Known(known));
    }
}

#[test]
fn equal_sides_need_one_short_trip() {
    let (ours, _) = apart(3_000, 9_999);
    let (turns, bytes) = check(&ours, &ours, Opening::ExpectingEqual);
    assert!(turns == 1 && bytes <= 64, "{bytes} bytes");
}
