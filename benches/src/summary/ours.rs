//! Ours.

use std::time::Instant;

use syncline::{Entry, Known, Opening, Reconciliation, Summary};

use super::{Taken, World};
use crate::engine::{Outcome, said};
use crate::random::Random;

/// Both sides, hashes and symbols at hand.
pub(super) struct Sides {
    here: Summary,
    there: Summary,
    known: Known,
    differ: usize,
}

fn entry(key: u64, length: u32) -> Entry {
    let mut random = Random::new(key ^ u64::from(length) << 32);
    let mut hash = [0; 32];
    for part in hash.chunks_exact_mut(8) {
        part.copy_from_slice(&random.number().to_le_bytes());
    }
    Entry { key, length, hash }
}

impl Sides {
    pub(super) fn new(world: &World) -> Self {
        let entries = world.rows.iter().map(|row| entry(row.key, row.before));
        let mut here: Summary = entries.collect();
        let mut there = here.clone();
        let known = Known {
            ours: here.tick(),
            theirs: there.tick(),
        };
        let mut differ = 0;
        for row in &world.rows {
            if row.here > row.before {
                here.set(entry(row.key, row.here));
                differ += 1;
            } else if row.there > row.before {
                there.set(entry(row.key, row.there));
                differ += 1;
            }
        }
        here.root();
        there.root();
        Self {
            here,
            there,
            known,
            differ,
        }
    }

    pub(super) fn first(&self) -> Outcome<Taken> {
        self.exchange(Opening::FirstContact)
    }

    pub(super) fn known(&self) -> Outcome<Taken> {
        self.exchange(Opening::Known(self.known))
    }

    /// The fastest of a few.
    fn exchange(&self, opening: Opening) -> Outcome<Taken> {
        let mut fastest = self.once(opening)?;
        for _ in 0..4 {
            let taken = self.once(opening)?;
            fastest.time = fastest.time.min(taken.time);
        }
        Ok(fastest)
    }

    fn once(&self, opening: Opening) -> Outcome<Taken> {
        let begun = Instant::now();
        let (mut asker, mut messages) = Reconciliation::ask(&self.here, 7, opening);
        let mut answerer = Reconciliation::answer();
        let mut bytes = 0;
        while !messages.is_empty() {
            let mut answers = Vec::new();
            for message in &messages {
                bytes += message.len();
                answers.extend(said(answerer.receive(&self.there, message))?);
            }
            messages.clear();
            for answer in &answers {
                bytes += answer.len();
                messages.extend(said(asker.receive(&self.here, answer))?);
            }
        }
        let time = begun.elapsed();
        let found = asker.difference().ok_or("no result")?;
        if found.ours.len() + found.theirs.len() != self.differ {
            return Err("it did not find what differs".to_owned());
        }
        Ok(Taken {
            bytes,
            trips: Some(asker.turns()),
            time: Some(time),
        })
    }
}
