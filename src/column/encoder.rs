//! Writing symbols in a prefix code.

use super::BitWriter;
use super::prefix::LONGEST;

/// Codes by symbol, for writing.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    /// The code as it stands in the stream, and its length.
    codes: [(u16, u8); 256],
}

/// How much of all strings of bits a code of that length takes.
const fn share(len: u8) -> u32 {
    match len {
        0 => 0,
        len => 1 << (LONGEST - len as u32),
    }
}

impl Encoder {
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn new(lengths: &[u8]) -> Self {
        // Shorter codes come first, and among codes of one length the lower symbol.
        let mut next = [0_u32; LONGEST as usize + 2];
        let mut at = 0;
        while at < lengths.len() {
            next[lengths[at] as usize + 1] += share(lengths[at]);
            at += 1;
        }
        let mut len = 2;
        while len < next.len() {
            next[len] += next[len - 1];
            len += 1;
        }
        let mut codes = [(0, 0); 256];
        at = 0;
        while at < lengths.len() {
            let len = lengths[at];
            if len > 0 {
                let code = (next[len as usize] >> (LONGEST - len as u32)) as u16;
                codes[at] = (code.reverse_bits() >> (16 - len), len);
                next[len as usize] += share(len);
            }
            at += 1;
        }
        Encoder { codes }
    }

    #[inline]
    pub(crate) fn put(&self, symbol: u8, out: &mut BitWriter) {
        let (code, len) = self.codes[usize::from(symbol)];
        debug_assert!(len > 0, "symbol {symbol} has no code");
        out.put(u64::from(code), u32::from(len));
    }
}
