//! What many histories came to.

use std::ops::Range;

use syncline_sim::Outcome;

/// What many histories came to.
pub(super) struct Sum {
    pub(super) histories: u64,
    /// Their seeds.
    pub(super) failed: Vec<u64>,
    pub(super) hash: blake3::Hasher,
    pub(super) bytes: u64,
    pub(super) round_trips: u64,
    pub(super) steps: u64,
    pub(super) faults: u64,
    pub(super) operations: u64,
    pub(super) simulated_ms: u64,
    pub(super) seconds: f64,
}

impl Sum {
    /// Of these seeds' histories, before any is made.
    pub(super) fn new(seeds: &Range<u64>) -> Sum {
        Sum {
            histories: seeds.end - seeds.start,
            failed: Vec::new(),
            hash: blake3::Hasher::new(),
            bytes: 0,
            round_trips: 0,
            steps: 0,
            faults: 0,
            operations: 0,
            simulated_ms: 0,
            seconds: 0.0,
        }
    }

    /// Adds what one came to.
    pub(super) fn add(&mut self, end: &Outcome) {
        self.hash.update(end.hash.as_bytes());
        self.bytes += end.bytes;
        self.round_trips += end.round_trips;
        self.steps += end.steps;
        self.faults += end.faults;
        self.operations += end.operations;
        self.simulated_ms += end.simulated_ms;
    }
}
