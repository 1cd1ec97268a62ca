//! Bits, least significant first.

use super::ReadError;

/// Collects bits.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    /// With room for about so many bytes.
    pub(crate) fn expecting(bytes: usize) -> Self {
        BitWriter {
            out: Vec::with_capacity(bytes),
            ..BitWriter::default()
        }
    }

    /// Appends the `count` lowest bits of `bits`; the others are 0. At most 56 at a time.
    #[inline]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= 56 && bits >> count == 0);
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// The bits as bytes, the last filled up with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.out.push(self.held.to_le_bytes()[0]);
        }
        self.out
    }
}

/// Reads bits from outside.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// How many bits have been taken: never more than there are.
    at: u64,
    /// Where `bytes` starts in the whole input, for errors.
    base: usize,
}

/// Bits that can be peeked at, at least.
pub(super) const PEEKED: u32 = 57;

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], base: usize) -> Self {
        BitReader { bytes, at: 0, base }
    }

    /// The next [`PEEKED`] bits or more; past the end there are zeros.
    #[inline]
    pub(crate) fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.byte()..).unwrap_or(&[]);
        let word = match rest.first_chunk() {
            Some(next) => u64::from_le_bytes(*next),
            None => last_word(rest),
        };
        word >> (self.at % 8)
    }

    /// The byte of the next bit.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // a place within a slice
    fn byte(&self) -> usize {
        (self.at / 8) as usize
    }

    /// Passes over bits that have been peeked at.
    #[inline]
    pub(crate) fn skip(&mut self, count: u32) -> Result<(), ReadError> {
        if u64::from(count) > self.left() {
            return Err(self.ends_early());
        }
        self.at += u64::from(count);
        Ok(())
    }

    /// Takes at most 56 bits.
    #[inline]
    pub(crate) fn take(&mut self, count: u32) -> Result<u64, ReadError> {
        let bits = self.peek() & !(u64::MAX << count);
        self.skip(count)?;
        Ok(bits)
    }

    #[cold]
    fn ends_early(&self) -> ReadError {
        self.error("input ends early")
    }

    pub(crate) fn error(&self, what: &'static str) -> ReadError {
        ReadError {
            offset: self.base + self.byte(),
            what,
        }
    }

    #[inline]
    fn left(&self) -> u64 {
        self.bytes.len() as u64 * 8 - self.at
    }

    /// Bits that remain.
    pub(crate) fn remaining(&self) -> usize {
        usize::try_from(self.left()).unwrap_or(usize::MAX)
    }

    /// Checks that nothing is left but the zeros that fill the last byte.
    pub(crate) fn finish(&self) -> Result<(), ReadError> {
        if self.left() >= 8 || self.peek() != 0 {
            return Err(self.error("bits after the end"));
        }
        Ok(())
    }
}

/// Fewer than eight bytes, and zeros behind them.
#[cold]
fn last_word(rest: &[u8]) -> u64 {
    rest.iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::{BitReader, BitWriter};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(fields in proptest::collection::vec((any::<u64>(), 0u32..57), 0..200)) {
            let mut writer = BitWriter::default();
            let fields: Vec<_> = fields.iter().map(|&(bits, count)| (bits & !(u64::MAX << count), count)).collect();
            for &(bits, count) in &fields {
                writer.put(bits, count);
            }
            let bytes = writer.finish();
            let total: u32 = fields.iter().map(|field| field.1).sum();
            prop_assert_eq!(bytes.len(), total.div_ceil(8) as usize);
            let mut reader = BitReader::new(&bytes, 0);
            for &(bits, count) in &fields {
                prop_assert_eq!(reader.take(count).unwrap(), bits);
            }
            reader.finish().unwrap();
            prop_assert!(reader.take(8).is_err());
        }
    }

    #[test]
    fn set_bits_after_the_end_are_refused() {
        let mut reader = BitReader::new(&[0b101], 7);
        assert_eq!(reader.take(2).unwrap(), 0b01);
        assert_eq!(reader.finish().unwrap_err().offset, 7);
    }
}
