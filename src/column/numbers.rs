//! Numbers as symbols and bits: small ones are symbols, of larger ones the symbol tells size and leading bit.
//!
//! ```text
//! 0 to 7      the number itself
//! 8 + 2e + h  numbers of e + 4 bits, 1h…; the e + 2 bits after those two follow as they are
//! ```

use super::bits::PEEKED;
use super::prefix::no_symbol;
use super::{BitReader, BitWriter, Decoder, Encoder, ReadError};

/// How many symbols there are for numbers of 64 bits.
pub(crate) const SYMBOLS: usize = 8 + 2 * 61;

/// The symbol of a number, and how many bits follow it.
#[inline]
pub(crate) fn symbol_of(number: u64) -> (u8, u32) {
    match number {
        0..8 => (number.to_le_bytes()[0], 0),
        _ => {
            let top = 63 - number.leading_zeros();
            let half = (number >> (top - 1) & 1).to_le_bytes()[0];
            (8 + 2 * (top.to_le_bytes()[0] - 3) + half, top - 1)
        }
    }
}

/// Appends a number.
#[inline]
pub(crate) fn put_number(code: &Encoder, number: u64, out: &mut BitWriter) {
    let (symbol, more) = symbol_of(number);
    code.put(symbol, out);
    put_long(number & !(u64::MAX << more), more, out);
}

fn put_long(bits: u64, count: u32, out: &mut BitWriter) {
    let low = count.min(32);
    out.put(bits & !(u64::MAX << low), low);
    out.put(bits >> low, count - low);
}

/// Takes a number.
#[inline(always)]
pub(crate) fn take_number(code: &Decoder, input: &mut BitReader<'_>) -> Result<u64, ReadError> {
    let bits = input.peek();
    let (symbol, len) = code.look(bits);
    if len == 0 {
        return Err(no_symbol(input));
    }
    if symbol < 8 {
        input.skip(len)?;
        return Ok(u64::from(symbol));
    }
    let more = u32::from(symbol - 8) / 2 + 2;
    let high = (2 | u64::from(symbol & 1)) << more;
    if len + more <= PEEKED {
        input.skip(len + more)?;
        return Ok(high | bits >> len & !(u64::MAX << more));
    }
    input.skip(len)?;
    let low = input.take(32)?;
    Ok(high | input.take(more - 32)? << 32 | low)
}

#[cfg(test)]
mod tests {
    use super::{SYMBOLS, put_number, symbol_of, take_number};
    use crate::column::{BitReader, BitWriter, Decoder, Encoder, Lengths};

    #[test]
    fn numbers_of_every_size_come_back() {
        let numbers: Vec<u64> = (0..64)
            .flat_map(|bit| [1 << bit, (1 << bit) - 1, 3 << bit >> 1, u64::MAX >> bit])
            .collect();
        let mut counts = [0; SYMBOLS];
        numbers
            .iter()
            .for_each(|&number| counts[usize::from(symbol_of(number).0)] += 1);
        let lengths = Lengths::for_counts(&counts).expect("there are numbers");
        let encoder = Encoder::new(&lengths.0);
        let mut writer = BitWriter::default();
        numbers
            .iter()
            .for_each(|&number| put_number(&encoder, number, &mut writer));
        let bytes = writer.finish();
        let decoder = Decoder::new(&lengths.0);
        let mut reader = BitReader::new(&bytes, 0);
        for &number in &numbers {
            assert_eq!(take_number(&decoder, &mut reader), Ok(number));
        }
        assert_eq!(reader.finish(), Ok(()));
    }
}
