//! When to try again: longer and longer waits, with chance in them so that not all who lost a relay come back at once; and after many
//! failures in a row, or one that only a person can mend, a long pause with single tries (a circuit breaker). Reads no clock.

use std::time::Duration;

/// How long to wait between tries.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pace {
    /// Before the second try. 500 ms.
    pub first: Duration,
    /// Each wait is twice the one before, up to this. 60 s.
    pub longest: Duration,
    /// After so many failures in a row the pauses are long ones. 10.
    pub failures: u32,
    /// Such a pause. 5 min.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            failures: 10,
            pause: Duration::from_secs(300),
        }
    }
}

/// How tries went so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tries {
    /// In a row.
    pub(crate) failed: u32,
}

impl Tries {
    /// One failed: how long to wait, by a random number. Between half the wait and all of it.
    pub(crate) fn fail(&mut self, pace: &Pace, needs_somebody: bool, random: u64) -> Duration {
        self.failed = self.failed.saturating_add(1);
        let doublings = self.failed.saturating_sub(1).min(30);
        let wait = match needs_somebody || self.failed >= pace.failures {
            true => pace.pause,
            false => pace.first.saturating_mul(1 << doublings).min(pace.longest),
        };
        let half = wait / 2;
        let part = u32::try_from(random % 1024).unwrap_or(0);
        half + half * part / 1024
    }

    pub(crate) fn succeed(&mut self) {
        self.failed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_drawn_from_their_upper_half() {
        let pace = Pace::default();
        let (mut least, mut most) = (Tries::default(), Tries::default());
        for (failed, expected) in [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
            .into_iter()
            .enumerate()
        {
            let wait = Duration::from_millis(expected);
            assert_eq!(least.fail(&pace, false, 1024), wait / 2, "{failed}");
            let longest = most.fail(&pace, false, 1023);
            assert!(longest < wait && longest > wait * 9 / 10, "{failed}");
        }
    }

    #[test]
    fn after_many_failures_it_pauses_until_one_succeeds() {
        let pace = Pace::default();
        let mut tries = Tries::default();
        for _ in 0..9 {
            assert!(tries.fail(&pace, false, 1023) <= pace.longest);
        }
        for _ in 0..100 {
            assert_eq!(tries.fail(&pace, false, 0), pace.pause / 2);
        }
        tries.succeed();
        assert_eq!(tries.fail(&pace, false, 0), pace.first / 2);
        assert_eq!(tries.fail(&pace, true, 0), pace.pause / 2);
    }
}
