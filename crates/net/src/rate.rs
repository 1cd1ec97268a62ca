//! How much may come, or go, in a second. Reads no clock.

use std::time::Duration;

/// So much a second, and so much at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Rate {
    /// Per second.
    pub per_second: u32,
    /// At once, after a while without any.
    pub burst: u32,
}

impl Rate {
    /// So much a second, and at once as much as in one.
    pub fn per_second(per_second: u32) -> Rate {
        Rate {
            per_second,
            burst: per_second,
        }
    }

    /// So much at once.
    #[must_use]
    pub fn burst(mut self, burst: u32) -> Rate {
        self.burst = burst;
        self
    }
}

/// What is left of a rate: it fills as time passes. What is larger than all of it is let through, and waited for afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    /// In parts of a thousand millions; below nothing where more was taken than there was.
    left: i128,
    /// Since whatever the times that are told are counted from.
    filled: Duration,
}

const WHOLE: i128 = 1_000_000_000;

impl Bucket {
    pub(crate) fn full(rate: Rate, now: Duration) -> Bucket {
        Bucket {
            rate,
            left: i128::from(rate.burst) * WHOLE,
            filled: now,
        }
    }

    /// Whether it has been filled up by now.
    pub(crate) fn is_full(&self, now: Duration) -> bool {
        let mut later = self.clone();
        later.take(0, now);
        later.left >= i128::from(self.rate.burst) * WHOLE
    }

    /// Takes so much; gives how long to wait before any more is taken.
    pub(crate) fn take(&mut self, amount: u64, now: Duration) -> Duration {
        let passed = now.saturating_sub(self.filled);
        self.filled = self.filled.max(now);
        let per_second = i128::from(self.rate.per_second.max(1));
        let passed = i128::try_from(passed.as_nanos()).unwrap_or(i128::MAX / per_second);
        let most = i128::from(self.rate.burst) * WHOLE;
        self.left = (self.left + passed * per_second).min(most) - i128::from(amount) * WHOLE;
        let missing = (-self.left).max(0) / per_second;
        Duration::from_nanos(u64::try_from(missing).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_comes_in_a_second_however_it_is_cut() {
        for piece in [1, 7, 100, 900] {
            let rate = Rate::per_second(100).burst(50);
            let (mut now, mut taken) = (Duration::ZERO, 0);
            let mut bucket = Bucket::full(rate, now);
            while now < Duration::from_secs(100) {
                now += bucket.take(piece, now);
                taken += piece;
            }
            // A hundred seconds' worth, what was there at first, and at most a piece.
            assert!(
                (10_000..=10_050 + 2 * piece).contains(&taken),
                "{piece}: {taken}"
            );
        }
    }

    #[test]
    fn what_was_not_used_is_there_up_to_the_burst() {
        let mut bucket = Bucket::full(Rate::per_second(10).burst(30), Duration::ZERO);
        assert_eq!(bucket.take(30, Duration::ZERO), Duration::ZERO);
        assert_eq!(bucket.take(5, Duration::ZERO), Duration::from_millis(500));
        let later = Duration::from_secs(1000);
        assert_eq!(bucket.take(30, later), Duration::ZERO);
        assert_eq!(bucket.take(1, later), Duration::from_millis(100));
        // A clock that goes back gives nothing.
        assert_eq!(bucket.take(1, Duration::ZERO), Duration::from_millis(200));
    }
}
