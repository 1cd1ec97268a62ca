//! Random numbers.

use crate::clock::now_ms;

/// A random number; without the system's, one of the time, which is as good for waiting, and hardly comes twice.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        let now = now_ms().cast_unsigned();
        now.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
