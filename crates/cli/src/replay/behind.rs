//! What a replica needs that has missed the end of the trace.

use std::collections::BTreeMap;

use serde::Serialize;
use syncline::{Doc, VersionVector};

use super::trace::Trace;
use super::typing::peer;

/// Bytes of the delta for a replica so many operations behind; none where the trace is shorter.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Behind {
    #[serde(rename = "1")]
    one: Option<usize>,
    #[serde(rename = "100")]
    hundred: Option<usize>,
    #[serde(rename = "1000")]
    thousand: Option<usize>,
    #[serde(rename = "10000")]
    ten_thousand: Option<usize>,
}

impl Behind {
    /// Of a replica that holds all of the trace.
    pub(crate) fn of(trace: &Trace, doc: &mut Doc) -> Behind {
        let mut bytes = |operations| {
            let known = version_behind(trace, &doc.version_vector(), operations)?;
            Some(doc.delta_since(&known).len())
        };
        Behind {
            one: bytes(1),
            hundred: bytes(100),
            thousand: bytes(1_000),
            ten_thousand: bytes(10_000),
        }
    }
}

/// What is known of `end` without its newest transactions, as few of them as hold so many operations.
///
/// Parents come before their children in a trace, so what comes before a transaction is a version.
fn version_behind(trace: &Trace, end: &VersionVector, operations: u32) -> Option<VersionVector> {
    let mut lacking = BTreeMap::<usize, u32>::new();
    let mut left = operations;
    let mut transactions = (0..trace.len()).rev();
    while left > 0 {
        let transaction = transactions.next()?;
        let made = made_by(trace, transaction);
        *lacking.entry(trace.agent(transaction)).or_default() += made;
        left = left.saturating_sub(made);
    }
    let mut known = end.clone();
    for (agent, lacking) in lacking {
        let peer = peer(agent)?;
        known.set(peer, end.get(peer).checked_sub(lacking)?);
    }
    Some(known)
}

/// Every character inserted or deleted is an operation.
fn made_by(trace: &Trace, transaction: usize) -> u32 {
    let made = |(_, deleted, inserted): (usize, usize, &str)| deleted + inserted.chars().count();
    let made: usize = trace.patches(transaction).map(made).sum();
    u32::try_from(made).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::trace::Kind;
    use super::*;

    #[test]
    fn as_few_transactions_as_hold_the_operations_are_missing() {
        let mut trace = Trace::new(Kind::Concurrent, 2, String::new(), None);
        for (agent, deleted, inserted) in [(0, 0, "abc"), (1, 1, "Ω"), (0, 0, ""), (1, 0, "zz")] {
            trace.push_transaction(agent, &[]).unwrap();
            trace.push_patch(0, deleted, inserted).unwrap();
        }
        let (first, second) = (peer(0).unwrap(), peer(1).unwrap());
        let mut end = VersionVector::new();
        end.set(first, 3);
        end.set(second, 4);
        let counts = |operations| {
            let known = version_behind(&trace, &end, operations)?;
            Some((known.get(first), known.get(second)))
        };
        assert_eq!(counts(1), Some((3, 2)));
        assert_eq!(counts(2), Some((3, 2)));
        assert_eq!(counts(3), Some((3, 0)));
        assert_eq!(counts(5), Some((0, 0)));
        assert_eq!(counts(8), None);
    }
}
