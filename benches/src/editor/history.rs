//! Going back in one peer: medians, in milliseconds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::run::Figures;
use crate::engine::{Outcome, Returning};
use crate::random::Random;
use crate::trace::Trace;

/// Places at which each question is asked.
const PLACES: usize = 51;

/// Transactions between the two versions of a difference.
pub(super) const APART: usize = 1_000;

/// Types a history, and goes back in it; no question is asked again after `limit`.
///
/// # Errors
/// The engine's while typing.
pub(super) fn measure<E: Returning>(trace: &Trace, limit: Duration) -> Outcome<Figures> {
    let mut peer = E::new(1)?;
    let mut moments = Vec::with_capacity(trace.txns.len());
    for txn in &trace.txns {
        peer.transact(&txn.patches)?;
        moments.push(peer.moment());
    }
    let last = moments.len().saturating_sub(1);
    let apart = APART.min(last);
    let any = |most: usize| {
        let mut random = Random::new(7);
        move || random.below(most.max(1))
    };
    let mut places = any(moments.len());
    let checkout = median(limit, || {
        let moment = &moments[places()];
        black_box(peer.text_at(moment)?);
        Ok(())
    });
    let mut places = any(moments.len() - apart);
    let on = median(limit, || {
        let from = places();
        black_box(peer.diff(&moments[from], &moments[from + apart])?);
        Ok(())
    });
    let mut places = any(moments.len() - apart);
    let back = median(limit, || {
        let to = places();
        black_box(peer.diff(&moments[to + apart], &moments[to])?);
        Ok(())
    });
    let blame = median(limit, || {
        black_box(peer.blame()?);
        Ok(())
    });
    Ok(Figures::from([
        ("checkout", checkout),
        ("diff-on", on),
        ("diff-back", back),
        ("blame", blame),
    ]))
}

fn median(limit: Duration, mut ask: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let begun = Instant::now();
    let mut times = Vec::with_capacity(PLACES);
    while times.len() < PLACES && (times.len() < 3 || begun.elapsed() < limit) {
        let asked = Instant::now();
        ask()?;
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64() * 1e3)
}
