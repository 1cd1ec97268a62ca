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
    /// The next byte to hold.
    at: usize,
    held: u64,
    count: u32,
    /// Where `bytes` starts in the whole input, for errors.
    base: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], base: usize) -> Self {
        BitReader {
            bytes,
            at: 0,
            held: 0,
            count: 0,
            base,
        }
    }

    /// The next 56 bits or more; past the end there are zeros.
    #[inline]
    pub(crate) fn peek(&mut self) -> u64 {
        if self.count < 56 {
            self.refill();
        }
        self.held
    }

    #[inline]
    fn refill(&mut self) {
        if let Some(next) = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<8>())
        {
            self.held |= u64::from_le_bytes(*next) << self.count;
            let taken = (63 - self.count) >> 3;
            self.at += taken as usize;
            self.count += taken * 8;
            // What was read beyond whole bytes comes again.
            self.held &= u64::MAX >> (64 - self.count);
            return;
        }
        while self.count <= 56
            && let Some(&byte) = self.bytes.get(self.at)
        {
            self.held |= u64::from(byte) << self.count;
            self.count += 8;
            self.at += 1;
        }
    }

    /// Passes over bits that have been peeked at.
    #[inline]
    pub(crate) fn skip(&mut self, count: u32) -> Result<(), ReadError> {
        if count > self.count {
            return Err(self.ends_early());
        }
        self.held >>= count;
        self.count -= count;
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
            offset: self.base + self.at - self.count.div_ceil(8) as usize,
            what,
        }
    }

    /// Bits that remain.
    pub(crate) fn remaining(&self) -> usize {
        (self.bytes.len() - self.at) * 8 + self.count as usize
    }

    /// Checks that nothing is left but the zeros that fill the last byte.
    pub(crate) fn finish(&mut self) -> Result<(), ReadError> {
        if self.remaining() >= 8 || self.peek() != 0 {
            return Err(self.error("bits after the end"));
        }
        Ok(())
    }
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
