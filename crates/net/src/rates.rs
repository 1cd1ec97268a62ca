//! What a relay takes from a connection in a second: so many of several kinds of things.

use crate::rate::Rate;

/// What may come from a connection in a second, and at once. More is taken later: nobody is let go for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Rates {
    /// Frames of all kinds. 4,000, and 20,000.
    pub frames: Rate,
    /// Frames that bring operations, or what people show of themselves: others are sent these. The first piece of a document that is
    /// begun with is not counted. What is written faster comes in fewer and larger ones. 100, and 1,000.
    pub changes: Rate,
    /// Documents that are begun with, since one side has of them what the other lacks. 1,000, and 20,000.
    pub opens: Rate,
    /// Bytes. 1 MiB, and 16 MiB.
    pub bytes: Rate,
}

/// Each of them, where it is bounded: frames, changes, opens, bytes.
pub(crate) type Each = [Option<Rate>; 4];

/// So many bytes, and the rest as it comes.
pub(crate) fn of_bytes(bytes: Rate) -> Each {
    [None, None, None, Some(bytes)]
}

impl Rates {
    /// So many times as much.
    #[must_use]
    pub fn times(self, times: u32) -> Rates {
        let more = |rate: Rate| {
            Rate::per_second(rate.per_second.saturating_mul(times))
                .burst(rate.burst.saturating_mul(times))
        };
        Rates {
            frames: more(self.frames),
            changes: more(self.changes),
            opens: more(self.opens),
            bytes: more(self.bytes),
        }
    }

    pub(crate) fn each(&self) -> Each {
        [self.frames, self.changes, self.opens, self.bytes].map(Some)
    }
}

impl Default for Rates {
    fn default() -> Rates {
        Rates {
            frames: Rate::per_second(4_000).burst(20_000),
            changes: Rate::per_second(100).burst(1_000),
            opens: Rate::per_second(1_000).burst(20_000),
            bytes: Rate::per_second(1 << 20).burst(16 << 20),
        }
    }
}
