//! Typing a sequential history into one replica, one transaction per edit.

use super::{Ready, timed};
use crate::engine::{Outcome, Typing};
use crate::heap;
use crate::trace::Trace;

pub(super) fn type_all<E: Typing>(trace: &Trace) -> Outcome<E> {
    let mut replica = E::new(1)?;
    for txn in &trace.txns {
        replica.transact(&txn.patches)?;
    }
    Ok(replica)
}

fn compare<E: Typing>(replica: &E, trace: &Trace) -> Outcome<()> {
    match &trace.end {
        Some(end) if replica.text() != *end => Err("its text is not the history's".to_owned()),
        _ => Ok(()),
    }
}

pub(super) fn time<E: Typing + 'static>(trace: Trace) -> Outcome<Ready> {
    Ok(Ready::new(move || {
        let (took, replica) = timed(|| type_all::<E>(&trace))?;
        compare(&replica, &trace)?;
        Ok(took)
    }))
}

pub(super) fn heap<E: Typing + 'static>(trace: Trace) -> Outcome<Ready> {
    Ok(Ready::new(move || {
        let before = heap::live()?;
        let replica = type_all::<E>(&trace)?;
        let held = heap::live()? - before;
        compare(&replica, &trace)?;
        Ok(held as f64 / 1e6)
    }))
}
