//! Many replicas with ten concurrent edits each of a shared text, all merged by one that made none: in one delta, or
//! each replica's delta as it arrives.

use super::apart::{edit, edits, shared, sharing};
use super::{Ready, timed};
use crate::engine::{Exchange, Outcome};

const EDITS_EACH: usize = 10;

/// What the crowd sends.
struct Crowd {
    shared: Vec<u8>,
    singles: Vec<Vec<u8>>,
    together: Vec<u8>,
    text: String,
}

fn gather<E: Exchange>(replicas: usize) -> Outcome<Crowd> {
    let shared = shared::<E>()?;
    let mut singles = Vec::with_capacity(replicas);
    for number in 0..replicas as u64 {
        let mut replica = sharing::<E>(number + 10, &shared)?;
        let start = replica.version();
        edit(&mut replica, &edits(100 + number, EDITS_EACH))?;
        singles.push(replica.delta_since(&start)?);
    }
    let mut hub = sharing::<E>(2, &shared)?;
    let start = hub.version();
    hub.merge_many(&singles.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    Ok(Crowd {
        shared,
        singles,
        together: hub.delta_since(&start)?,
        text: hub.text(),
    })
}

fn received<E: Exchange + 'static>(
    crowd: Crowd,
    receive: impl Fn(&Crowd, &mut E) -> Outcome<()> + 'static,
) -> Ready {
    Ready::new(move || {
        let mut replica = sharing::<E>(3, &crowd.shared)?;
        let (took, text) = timed(|| {
            receive(&crowd, &mut replica)?;
            Ok(replica.text())
        })?;
        if text == crowd.text {
            Ok(took)
        } else {
            Err("it does not converge".to_owned())
        }
    })
}

pub(super) fn at_once<E: Exchange + 'static>(replicas: usize) -> Outcome<Ready> {
    Ok(received::<E>(gather::<E>(replicas)?, |crowd, replica| {
        replica.merge(&crowd.together)
    }))
}

pub(super) fn one_by_one<E: Exchange + 'static>(replicas: usize) -> Outcome<Ready> {
    Ok(received::<E>(gather::<E>(replicas)?, |crowd, replica| {
        crowd
            .singles
            .iter()
            .try_for_each(|single| replica.merge(single))
    }))
}
