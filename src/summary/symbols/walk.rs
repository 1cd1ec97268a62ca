//! Which cells a key falls into.

/// Cells that can be asked for, at most.
pub(crate) const CELLS_MAX: usize = 1 << 20;

/// Spreads a key over all 64-bit numbers, one to one.
#[inline]
pub(super) fn mix(key: u64) -> u64 {
    let mut mixed = key ^ key >> 33;
    mixed = mixed.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed ^= mixed >> 33;
    mixed = mixed.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    mixed ^ mixed >> 33
}

/// The key of which this is the [`mix`].
pub(super) fn unmix(mixed: u64) -> u64 {
    let mut key = mixed ^ mixed >> 33;
    key = key.wrapping_mul(0x9CB4_B2F8_1293_37DB);
    key ^= key >> 33;
    key = key.wrapping_mul(0x4F74_430C_22A5_4005);
    key ^ key >> 33
}

/// The cells of a key, ascending: 0, then cell `j` with probability 2 / (j + 2), each on its own.
///
/// The chance that none of the cells after `i` up to `x` is among them is the product of `j / (j + 2)` over them,
/// `(i + 1)(i + 2) / ((x + 1)(x + 2))`. So for a random number `r` from 1 to 2^24 the next cell is the least `x` with
/// `(x + 1)(x + 2) > (i + 1)(i + 2) · 2^24 / r`.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    state: u64,
    next: u64,
}

impl Walk {
    /// Of a key that is mixed already.
    #[inline]
    pub(super) fn of(mixed: u64) -> Walk {
        Walk {
            state: mixed,
            next: 0,
        }
    }

    #[inline]
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (mix(self.state) >> 40) + 1
    }
}

impl Iterator for Walk {
    type Item = usize;

    /// Endless; exact up to [`CELLS_MAX`].
    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )] // the root is a guess, corrected in whole numbers
    fn next(&mut self) -> Option<usize> {
        let at = self.next;
        if at < CELLS_MAX as u64 {
            let bound = (((at + 1) * (at + 2)) << 24) / self.random();
            let mut after = (bound as f64).sqrt() as u64;
            while after.saturating_mul(after + 1) <= bound {
                after += 1;
            }
            while after > 1 && (after - 1).saturating_mul(after) > bound {
                after -= 1;
            }
            self.next = after - 1;
        }
        Some(at as usize)
    }
}
