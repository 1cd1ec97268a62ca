//! Carrying messages between the two sides, and counting them.

use std::time::{Duration, Instant};

use syncline::{Opening, ReconcileError, Reconciliation};

use super::world::World;

/// A measured exchange runs again until this much time has passed.
const PATIENCE: Duration = Duration::from_millis(200);
const RUNS_MAX: u32 = 20;

/// What an exchange took.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) bytes_out: usize,
    pub(super) bytes_in: usize,
    pub(super) round_trips: u32,
    pub(super) exact: bool,
    pub(super) ms: f64,
}

impl Exchange {
    /// The fastest of a few runs; all else is the same in each.
    pub(super) fn measured(world: &World, opening: Opening) -> Result<Self, ReconcileError> {
        let begun = Instant::now();
        let mut fastest = Exchange::once(world, opening)?;
        let mut runs = 1;
        while begun.elapsed() < PATIENCE && runs < RUNS_MAX {
            let exchange = Exchange::once(world, opening)?;
            runs += 1;
            if exchange.ms < fastest.ms {
                fastest = exchange;
            }
        }
        Ok(fastest)
    }

    fn once(world: &World, opening: Opening) -> Result<Self, ReconcileError> {
        let (mut bytes_out, mut bytes_in) = (0, 0);
        let begun = Instant::now();
        // Any number, as long as it is not known beforehand; here it need not be secret.
        let nonce = 0x5359_4E43_4C49_4E45;
        let (mut asker, mut messages) = Reconciliation::ask(&world.here, nonce, opening);
        let mut answerer = Reconciliation::answer();
        while !messages.is_empty() {
            let mut answers = Vec::new();
            for message in &messages {
                bytes_out += message.len();
                answers.extend(answerer.receive(&world.there, message)?);
            }
            messages.clear();
            for answer in &answers {
                bytes_in += answer.len();
                messages.extend(asker.receive(&world.here, answer)?);
            }
        }
        let ms = begun.elapsed().as_secs_f64() * 1e3;
        let exact = asker.difference() == Some(&world.truth)
            && answerer.difference() == Some(&world.truth_there());
        Ok(Exchange {
            bytes_out,
            bytes_in,
            round_trips: asker.turns(),
            exact,
            ms,
        })
    }
}
