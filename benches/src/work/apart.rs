//! Two replicas of a text of 10,000 characters, apart by random edits: one merges the other's delta, decoding included.

use super::{Ready, timed};
use crate::engine::{Exchange, Outcome};
use crate::random::{self, Random};
use crate::trace::Patch;

/// Characters in the text that replicas share at first.
const SHARED_CHARS: usize = 10_000;

/// The text that everyone starts from, as a delta.
pub(super) fn shared<E: Exchange>() -> Outcome<Vec<u8>> {
    let mut first = E::new(1)?;
    let inserted = Random::new(7).letters(SHARED_CHARS);
    first.transact(&[Patch {
        at: 0,
        deleted: 0,
        inserted,
    }])?;
    first.whole()
}

/// A replica that stands at the shared text.
pub(super) fn sharing<E: Exchange>(peer: u64, shared: &[u8]) -> Outcome<E> {
    let mut replica = E::new(peer)?;
    replica.merge(shared)?;
    Ok(replica)
}

/// Random edits of the shared text.
pub(super) fn edits(seed: u64, count: usize) -> Vec<Patch> {
    random::edits(seed, SHARED_CHARS, count)
}

/// Makes each edit in a transaction of its own.
pub(super) fn edit<E: Exchange>(replica: &mut E, edits: &[Patch]) -> Outcome<()> {
    edits
        .iter()
        .try_for_each(|patch| replica.transact(std::slice::from_ref(patch)))
}

pub(super) fn merge<E: Exchange + 'static>(count: usize) -> Outcome<Ready> {
    let shared = shared::<E>()?;
    let (near_edits, far_edits) = (edits(11, count), edits(12, count));
    let mut far = sharing::<E>(3, &shared)?;
    let start = far.version();
    edit(&mut far, &far_edits)?;
    let delta = far.delta_since(&start)?;
    let mut agreed = None;
    Ok(Ready::new(move || {
        let mut near = sharing::<E>(2, &shared)?;
        edit(&mut near, &near_edits)?;
        let back = if agreed.is_none() {
            Some(near.delta_since(&start)?)
        } else {
            None
        };
        let (took, text) = timed(|| {
            near.merge(&delta)?;
            Ok(near.text())
        })?;
        if let Some(back) = back {
            far.merge(&back)?;
            agreed = Some(far.text());
        }
        if agreed.as_ref() == Some(&text) {
            Ok(took)
        } else {
            Err("it does not converge".to_owned())
        }
    }))
}
