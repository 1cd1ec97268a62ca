//! A share of the time: what may be done now, and what has to wait since too much of it was done before. Reads no clock.

use std::time::Duration;

/// Of so many parts of the time it takes one; what was not needed is kept up to this.
const SHARE: u32 = 20;
const MOST: Duration = Duration::from_millis(50);

/// See the module. Times are counted from whenever its owner does.
pub(super) struct Share {
    /// There is none left until as long before this as what is kept takes to come.
    since: Duration,
}

impl Share {
    /// All that may be kept is there.
    pub(super) fn full() -> Share {
        Share {
            since: Duration::ZERO,
        }
    }

    /// Whether there is time for something now.
    pub(super) fn has_some(&self, now: Duration) -> bool {
        now + MOST * SHARE > self.since
    }

    /// So much was taken, and it is now so late.
    pub(super) fn take(&mut self, took: Duration, now: Duration) {
        let kept = self.since.max(now);
        self.since = kept.saturating_add(took.saturating_mul(SHARE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_its_share_however_long_each_thing_takes() {
        for took in [1, 10, 49, 500, 3000].map(Duration::from_millis) {
            let (mut share, mut all) = (Share::full(), Duration::ZERO);
            let mut now = Duration::from_secs(1000);
            while now < Duration::from_secs(2000) {
                match share.has_some(now) {
                    true => {
                        now += took;
                        all += took;
                        share.take(took, now);
                    }
                    false => now += Duration::from_millis(7),
                }
            }
            // A twentieth, what was kept, and the last thing.
            let most = Duration::from_millis(50_051) + 2 * took;
            assert!(
                all > Duration::from_secs(45) && all <= most,
                "{took:?}: {all:?}"
            );
        }
    }
}
