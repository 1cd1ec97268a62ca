//! Two sides, the same for everyone.

use crate::random::Random;

/// What stands under a key on each side: a number that grows.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The key.
    pub key: u64,
    /// How long the entry is before anything differs.
    pub before: u32,
    /// The asker's length.
    pub here: u32,
    /// The other side's length.
    pub there: u32,
}

/// All rows.
#[derive(Clone, Debug)]
pub struct World {
    /// By no order.
    pub rows: Vec<Row>,
}

impl World {
    /// `entries` rows of which `differ` differ: the newest of consecutive keys, or any of random ones.
    #[must_use]
    pub fn new(entries: usize, differ: usize, newest: bool) -> Self {
        let mut random = Random::new(1);
        let mut length = Random::new(2);
        let rows = (0..entries).map(|at| {
            let before = 1 + u32::try_from(length.below(1_000)).unwrap_or(0);
            Row {
                key: if newest {
                    at as u64 + 1
                } else {
                    random.number()
                },
                before,
                here: before,
                there: before,
            }
        });
        let mut rows: Vec<Row> = rows.collect();
        for (at, row) in rows.iter_mut().rev().take(differ).enumerate() {
            let grown = 1 + u32::try_from(length.below(20)).unwrap_or(0);
            if at % 2 == 0 {
                row.there += grown;
            } else {
                row.here += grown;
            }
        }
        Self { rows }
    }
}
