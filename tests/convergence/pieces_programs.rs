//! Random programs, sent in pieces: whatever the bound, merging the pieces in order comes to what one delta comes to, also with
//! other deltas between them. Pieces end between transactions, and are as small as asked for, as far as may be.

use std::collections::BTreeMap;
use std::mem::discriminant;

use proptest::prelude::*;
use support::engine::peer;
use support::exchange::Exchange;
use support::reading::Kind;
use support::scenario::{Act, Edit, Scenario, Step};
use support::{plan, programs};
use syncline::{Doc, Level, Peer, VersionVector};

/// The transactions of each peer.
type Transactions = BTreeMap<Peer, Vec<Made>>;

struct Made {
    /// One more than its last operation.
    end: u32,
    may_be_stretch: bool,
    may_be_several: bool,
}

struct Played {
    doc: Doc,
    /// What replicas had saved on the way.
    saved: Vec<Vec<u8>>,
    transactions: Transactions,
}

fn run(scenario: &Scenario) -> Played {
    let mut exchange = Exchange::new(scenario);
    let mut transactions = Transactions::new();
    let mut saved = Vec::new();
    for (at, step) in scenario.steps.iter().enumerate() {
        let Some(on) = exchange.play(step) else {
            continue;
        };
        let doc = &exchange.docs[on];
        let peer = doc.peer().expect("it was given one");
        let end = doc.version_vector().get(peer);
        let own = transactions.entry(peer).or_default();
        let count = end - own.last().map_or(0, |last| last.end);
        let Step::Do(_, edits, _) = step else {
            continue;
        };
        own.push(Made {
            end,
            may_be_stretch: may_be_stretch(edits, count),
            may_be_several: !is_plain(edits, scenario),
        });
        if at % 15 == 0 {
            saved.push(doc.save());
        }
    }
    exchange.settle();
    let doc = exchange.docs.swap_remove(0);
    Played {
        doc,
        saved,
        transactions,
    }
}

/// Whether a transaction may be one stretch: one edit made all of it, or edits of one kind that read on.
fn may_be_stretch(edits: &[Edit], made: u32) -> bool {
    let is_all = |edit: &Edit| {
        let len = match &edit.act {
            Act::Insert(_, text) => text.chars().count(),
            Act::Delete(_, count) => *count,
            Act::InsertValues(_, values) => values.len(),
            Act::Make(..) => 1,
            // Those that are taken back already are passed over.
            Act::Restore(_, _, count) => return made <= *count,
            _ => return false,
        };
        u32::try_from(len) == Ok(made)
    };
    // What is made in a list is a value that is inserted.
    let acts = edits.iter().map(|edit| match &edit.act {
        Act::Make(..) => discriminant(&Act::InsertValues(0, Vec::new())),
        act => discriminant(act),
    });
    // Removing what is not there is no operation.
    let nothing = discriminant(&Act::Remove(String::new()));
    let mut acts: Vec<_> = acts.filter(|act| *act != nothing).collect();
    acts.dedup();
    edits.iter().any(is_all) || acts.len() < 2
}

/// Whether a transaction is one stretch for certain: a path may open what is not there, which is an operation, and what left a
/// list has a place there still, between what is deleted.
fn is_plain(edits: &[Edit], scenario: &Scenario) -> bool {
    let [edit] = edits else { return false };
    let is_stretch = match edit.act {
        Act::Insert(..) => true,
        Act::Delete(..) => edit.kind == Kind::Text || !scenario.steps.iter().any(moves_something),
        _ => false,
    };
    edit.parts.is_empty() && is_stretch
}

fn moves_something(step: &Step) -> bool {
    let Step::Do(_, edits, _) = step else {
        return false;
    };
    edits.iter().any(|edit| matches!(edit.act, Act::MoveTo(..)))
}

/// Whether that many operations of a peer are whole transactions, or end within a stretch.
fn may_end(transactions: &Transactions, (peer, count): (Peer, u32)) -> bool {
    let own = transactions.get(&peer).map_or(&[][..], Vec::as_slice);
    own.iter()
        .find(|made| made.end >= count)
        .is_some_and(|made| made.end == count || made.may_be_stretch)
}

/// Whether what a piece brought may be larger than it should: one operation, or a transaction of several stretches with the
/// typing that it goes on from.
fn may_be_large(
    transactions: &Transactions,
    before: &VersionVector,
    after: &VersionVector,
) -> bool {
    let mut brought = after
        .iter()
        .filter(|&(peer, count)| before.get(peer) < count);
    let (Some((peer, count)), None) = (brought.next(), brought.next()) else {
        return false;
    };
    let several = |made: &Made| made.end == count && made.may_be_several;
    count == before.get(peer) + 1 || transactions[&peer].iter().any(several)
}

fn pieces_come_to_one_delta(
    scenario: &Scenario,
    bytes: usize,
    level: Level,
) -> Result<(), TestCaseError> {
    if cfg!(feature = "small-nodes") {
        // There the log cuts wide text after every few characters, and forgets that a transaction goes on.
        return Ok(());
    }
    let Played {
        mut doc,
        saved,
        transactions,
    } = run(scenario);
    let empty = Doc::with_peer(peer(80)).save();
    for (at, start) in saved.iter().chain([&empty]).enumerate() {
        let mut copy = Doc::load(start).expect("it was saved");
        copy.set_peer(peer(90));
        let mut pieces = doc
            .pieces_since(&copy.version_vector())
            .bytes_most(bytes)
            .level(level);
        let missing = pieces.left();
        let mut before = copy.version_vector();
        while let Some(piece) = pieces.next(&mut doc).expect("its history") {
            let after = pieces.version().clone();
            prop_assert_eq!(pieces.done() + pieces.left(), missing);
            for end in after
                .iter()
                .filter(|&(peer, count)| before.get(peer) < count)
            {
                prop_assert!(
                    may_end(&transactions, end),
                    "a piece ends at {:?} {:?}",
                    end,
                    scenario.steps
                );
            }
            prop_assert!(
                piece.len() <= bytes || may_be_large(&transactions, &before, &after),
                "{} bytes from {before:?} to {after:?}",
                piece.len()
            );
            let change = copy.merge(&piece).expect("a delta");
            prop_assert!(change.waiting().is_empty() && change.rejected().is_empty());
            copy.check().expect("the invariants");
            // Between pieces comes what somebody else sends.
            if at % 2 == 1 && pieces.done() % 3 == 0 {
                let other = &saved[piece.len() % saved.len()];
                prop_assert!(copy.merge(other).is_ok());
            }
            before = after;
        }
        let mut whole = Doc::load(start).expect("it was saved");
        let delta = doc.delta_since(&whole.version_vector());
        whole.merge(&delta).expect("a delta");
        prop_assert_eq!(copy.to_json(), whole.to_json());
        prop_assert_eq!(copy.frontier(), whole.frontier());
        prop_assert!(copy.save() == whole.save());
    }
    Ok(())
}

fn bounds() -> impl Strategy<Value = usize> {
    prop_oneof![
        Just(0),
        Just(1),
        20..200usize,
        100..2000usize,
        Just(256 << 10)
    ]
}

fn levels() -> impl Strategy<Value = Level> {
    proptest::sample::select(&[Level::None, Level::Fast][..])
}

proptest! {
    #![proptest_config(programs::config(16, 10_000))]

    #[test]
    fn programs_come_in_pieces((replicas, choices) in programs::program(40), bytes in bounds(), level in levels()) {
        pieces_come_to_one_delta(&plan::scenario(replicas, &choices), bytes, level)?;
    }

    #[test]
    fn typing_comes_in_pieces((replicas, choices) in programs::typing(40), bytes in bounds(), level in levels()) {
        pieces_come_to_one_delta(&plan::scenario(replicas, &choices), bytes, level)?;
    }
}
