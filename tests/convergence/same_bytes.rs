//! Replicas that hold the same operations write the same bytes, however those came to them.
//!
//! - A keystroke is one also where its operations arrived apart.
//! - After random programs, what everybody lacks of what anybody once knew is the same from each.

use proptest::prelude::*;
use support::exchange::Exchange;
use support::scenario::Scenario;
use support::{engine, plan, programs};
use syncline::{Doc, VersionVector};

fn send(from: &mut Doc, to: &mut Doc) {
    let delta = from.delta_since(&to.version_vector());
    to.merge(&delta).expect("a delta");
}

fn type_at(doc: &mut Doc, at: usize, text: &str) {
    doc.transact(|tx| tx.text("body").insert(at, text))
        .expect("it fits");
}

#[test]
fn a_keystroke_that_arrived_in_parts_is_one() {
    let [mut anna, mut ben, mut carl] = [1, 2, 3].map(|id| Doc::with_peer(engine::peer(id)));
    type_at(&mut anna, 0, "base");
    send(&mut anna, &mut ben);
    send(&mut anna, &mut carl);
    type_at(&mut carl, 0, "c");
    let known = carl.version_vector();
    type_at(&mut anna, 4, "x");
    send(&mut anna, &mut ben);
    send(&mut carl, &mut ben);
    type_at(&mut anna, 5, "y");
    send(&mut anna, &mut ben);
    // For Anna these are one stretch; to Ben they came with another's operation between them.
    let delta = anna.delta_since(&known);
    assert_eq!(ben.delta_since(&known), delta);
    assert_eq!(delta.first(), Some(&1), "a keystroke");
}

/// Runs a program; gives its replicas, all with everything, and versions on the way.
fn run(scenario: &Scenario) -> (Vec<Doc>, Vec<VersionVector>) {
    let mut exchange = Exchange::new(scenario);
    let mut versions: Vec<VersionVector> = vec![VersionVector::new()];
    for step in &scenario.steps {
        if let Some(on) = exchange.play(step) {
            let known = exchange.docs[on].version_vector();
            // What two knew between them, one of whom has forgotten nothing since.
            let mut both = known.clone();
            both.join(&versions[versions.len() / 2]);
            versions.extend([known, both]);
        }
    }
    exchange.settle();
    (exchange.docs, versions)
}

fn same_from_each(scenario: &Scenario) -> Result<(), TestCaseError> {
    let (mut docs, versions) = run(scenario);
    let Some((first, others)) = docs.split_first_mut() else {
        return Ok(());
    };
    for version in &versions {
        let delta = first.delta_since(version);
        for other in others.iter_mut() {
            prop_assert_eq!(&other.delta_since(version), &delta, "since {:?}", version);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(programs::config(64, 5_000))]

    #[test]
    fn programs_come_to_the_same_bytes((replicas, choices) in programs::program(40)) {
        same_from_each(&plan::scenario(replicas, &choices))?;
    }

    #[test]
    fn typing_comes_to_the_same_bytes((replicas, choices) in programs::typing(40)) {
        same_from_each(&plan::scenario(replicas, &choices))?;
    }
}
