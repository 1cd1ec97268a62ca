//! Numbers of any size in bits: exponential Golomb codes.
//!
//! Of order `k`: the number without its `k` lowest bits, plus one, in Elias gamma (as many zeros as it has bits after its
//! first, then itself, the highest bit first in this sense: a one, then the lower bits), then those `k` bits.

use crate::column::{BitReader, BitWriter, ReadError};

/// The order for numbers that stand alone.
const PLAIN: u32 = 3;

/// Appends the lowest `count` bits, at most 64.
pub(super) fn put(out: &mut BitWriter, bits: u64, count: u32) {
    let low = count.min(32);
    out.put(bits & !(u64::MAX << low), low);
    if count > 32 {
        out.put(bits >> 32 & !(u64::MAX << (count - 32)), count - 32);
    }
}

/// Takes so many bits, at most 64.
pub(super) fn take(bits: &mut BitReader<'_>, count: u32) -> Result<u64, ReadError> {
    let low = bits.take(count.min(32))?;
    Ok(match count {
        0..=32 => low,
        _ => low | bits.take(count - 32)? << 32,
    })
}

/// How many bits the code of a number takes.
pub(super) fn cost(number: u64, order: u32) -> u64 {
    let quotient = u128::from(number >> order) + 1;
    u64::from(2 * quotient.ilog2() + 1 + order)
}

/// Appends a number's code.
pub(super) fn put_number(out: &mut BitWriter, number: u64, order: u32) {
    let quotient = u128::from(number >> order) + 1;
    let digits = quotient.ilog2();
    put(out, 0, digits);
    out.put(1, 1);
    let below = quotient - (1 << digits);
    put(out, u64::try_from(below).unwrap_or(u64::MAX), digits);
    put(
        out,
        number & !u64::MAX.checked_shl(order).unwrap_or(0),
        order,
    );
}

/// Takes a number.
pub(super) fn take_number(bits: &mut BitReader<'_>, order: u32) -> Result<u64, ReadError> {
    let mut digits = 0;
    loop {
        let zeros = bits.peek().trailing_zeros().min(32);
        bits.skip(zeros)?;
        digits += zeros;
        if zeros < 32 {
            break;
        }
    }
    bits.skip(1)?;
    if digits + order > 64 {
        return Err(bits.error("number too large"));
    }
    let below = take(bits, digits)?;
    let quotient = (1u128 << digits) + u128::from(below) - 1;
    let low = take(bits, order)?;
    u64::try_from(quotient << order | u128::from(low)).map_err(|_| bits.error("number too large"))
}

/// Appends a number that stands alone.
pub(super) fn put_plain(out: &mut BitWriter, number: u64) {
    put_number(out, number, PLAIN);
}

/// Takes a number that stands alone.
pub(super) fn take_plain(bits: &mut BitReader<'_>) -> Result<u64, ReadError> {
    take_number(bits, PLAIN)
}

/// The order in which these numbers are shortest, or near it. At least 1, so that whatever is listed takes four bits: that
/// bounds what a byte can make the reader hold.
pub(super) fn order_for(numbers: impl Iterator<Item = u64> + Clone) -> u32 {
    let count = numbers.clone().count().max(1) as u128;
    let sum: u128 = numbers.clone().map(u128::from).sum();
    let about = (sum / count + 1).ilog2().min(62);
    // A few large ones draw the mean up.
    let candidates = (1..=about + 1).rev();
    let total = |order: u32| -> u128 {
        numbers
            .clone()
            .map(|number| u128::from(cost(number, order)))
            .sum()
    };
    let mut best = (u128::MAX, 1);
    for order in candidates {
        let bits = total(order);
        if bits > best.0 {
            break;
        }
        best = (bits, order);
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::{cost, put_number, take_number};
    use crate::column::{BitReader, BitWriter};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(
            numbers in prop::collection::vec((any::<u64>(), 0u32..64, 0u32..64), 0..50),
        ) {
            let mut out = BitWriter::default();
            let mut bits = 0;
            for &(number, shift, order) in &numbers {
                put_number(&mut out, number >> shift, order);
                bits += cost(number >> shift, order);
            }
            let bytes = out.finish();
            prop_assert_eq!(bytes.len() as u64, bits.div_ceil(8));
            let mut reader = BitReader::new(&bytes, 0);
            for &(number, shift, order) in &numbers {
                prop_assert_eq!(take_number(&mut reader, order).unwrap(), number >> shift);
            }
            reader.finish().unwrap();
        }

        #[test]
        fn anything_reads_or_is_refused(bytes in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..40), order in 0u32..64) {
            let mut reader = BitReader::new(&bytes, 0);
            while take_number(&mut reader, order).is_ok() {}
        }
    }

    #[test]
    fn the_largest_number_fits() {
        for order in 0..64 {
            let mut out = BitWriter::default();
            put_number(&mut out, u64::MAX, order);
            let bytes = out.finish();
            assert_eq!(
                take_number(&mut BitReader::new(&bytes, 0), order),
                Ok(u64::MAX)
            );
        }
    }
}
