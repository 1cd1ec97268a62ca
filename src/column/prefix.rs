//! Prefix codes: frequent symbols get short codes (Huffman 1952), none longer than 11 bits, so that one look into a small
//! table decodes a symbol.
//!
//! A code is told by the lengths of its codes alone: codes of one length are numbers in the order of their symbols,
//! shorter ones first. They stand in the stream highest bit first.

use super::bits::PEEKED;
use super::packages;
use super::{BitReader, BitWriter, ReadError};

/// The longest code, in bits.
pub(super) const LONGEST: u32 = 11;
const TABLE: usize = 1 << LONGEST;

/// Code lengths by symbol; 0 for one that has no code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lengths(pub(crate) Vec<u8>);

impl Lengths {
    /// How many bits [`write`](Lengths::write) takes at the least.
    pub(crate) const BITS_LEAST: u64 = 12;

    /// The best lengths for symbols that occur so often; `None` if none occurs. One that stands alone gets a bit.
    pub(crate) fn for_counts(counts: &[u32]) -> Option<Lengths> {
        packages::lengths(counts).map(Lengths)
    }

    /// How many bits a code takes at the least, with all it says of itself, for symbols that occur so often. Near what
    /// the best one takes: a code is not worth finding where this is too much.
    pub(crate) fn bits_at_least(counts: &[u32]) -> u64 {
        let (mut lengths, mut zeros) = (8, 0usize);
        let (mut all, mut each) = (0, 0);
        for &count in counts {
            if count == 0 {
                zeros += 1;
                continue;
            }
            lengths += 4 + 8 * zeros.div_ceil(16) as u64;
            zeros = 0;
            let count = u64::from(count);
            all += count;
            // At most 2 less than it is.
            each += count * (log2(count) + 2);
        }
        // No code is shorter than the entropy (Shannon 1948).
        let entropy = (all * log2(all.max(1))).saturating_sub(each) >> LOG_BITS;
        lengths + entropy.max(all)
    }

    /// How many bits [`write`](Lengths::write) takes.
    pub(crate) fn written_bits(&self) -> u64 {
        let bits = |group: &[u8]| if group[0] == 0 { 8 } else { 4 };
        8 + self.groups().map(bits).sum::<u64>()
    }

    /// Writes the lengths: how many (less one, 8 bits); then each in 4 bits, a stretch of zeros as a zero and its length
    /// less one.
    pub(crate) fn write(&self, out: &mut BitWriter) {
        out.put(self.0.len() as u64 - 1, 8);
        for group in self.groups() {
            match group[0] {
                0 => out.put((group.len() as u64 - 1) << 4, 8),
                len => out.put(u64::from(len), 4),
            }
        }
    }

    /// Lengths one by one, and stretches of at most 16 zeros.
    fn groups(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .chunk_by(|a, b| *a == 0 && *b == 0)
            .flat_map(|group| group.chunks(16))
    }

    /// Reads lengths for symbols below `most`.
    pub(crate) fn read(input: &mut BitReader<'_>, most: usize) -> Result<Lengths, ReadError> {
        let [count, ..] = input.take(8)?.to_le_bytes();
        let count = usize::from(count) + 1;
        if count > most {
            return Err(input.error("a code for symbols that there are not"));
        }
        let mut lengths = Vec::with_capacity(count);
        while lengths.len() < count {
            let [len, ..] = input.take(4)?.to_le_bytes();
            if u32::from(len) > LONGEST {
                return Err(input.error("a code that is too long"));
            }
            if len > 0 {
                lengths.push(len);
                continue;
            }
            let [zeros, ..] = input.take(4)?.to_le_bytes();
            let zeros = usize::from(zeros) + 1;
            if lengths.len() + zeros >= count {
                return Err(input.error("a code that ends in nothing"));
            }
            lengths.resize(lengths.len() + zeros, 0);
        }
        let lengths = Lengths(lengths);
        if !is_complete(&lengths.0) {
            return Err(input.error("codes that do not share out all bits"));
        }
        Ok(lengths)
    }
}

/// Bits after the point in [`log2`].
const LOG_BITS: u32 = 8;

/// The logarithm, rounded down.
fn log2(number: u64) -> u64 {
    let known = usize::try_from(number).ok().and_then(|at| LOGS.get(at));
    known.map_or_else(|| log2_of(number), |&log| u64::from(log))
}

/// Most counts are small.
static LOGS: [u16; 256] = {
    let mut logs = [0; 256];
    let mut at = 1;
    while at < logs.len() {
        logs[at] = small(log2_of(at as u64));
        at += 1;
    }
    logs
};

/// The logarithm of a byte is less than 8, and has [`LOG_BITS`] behind the point.
#[allow(clippy::cast_possible_truncation)]
const fn small(log: u64) -> u16 {
    log as u16
}

const fn log2_of(number: u64) -> u64 {
    let whole = number.ilog2();
    let mut logarithm = whole as u64;
    let mut rest = match whole {
        ..31 => number << (31 - whole),
        _ => number >> (whole - 31),
    };
    let mut bits = 0;
    while bits < LOG_BITS {
        rest = (rest * rest) >> 31;
        let bit = rest >> 32;
        rest >>= bit;
        logarithm = logarithm << 1 | bit;
        bits += 1;
    }
    logarithm
}

/// Bits that symbols which occur so often take in a code of these lengths; `None` if one of them has none.
pub(crate) fn cost(lengths: &[u8], counts: &[u32]) -> Option<u64> {
    counts
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count > 0)
        .map(
            |(symbol, &count)| match lengths.get(symbol).copied().unwrap_or(0) {
                0 => None,
                len => Some(u64::from(len) * u64::from(count)),
            },
        )
        .sum()
}

/// Whether the codes share out all strings of bits; one symbol alone takes half of them.
const fn is_complete(lengths: &[u8]) -> bool {
    let (mut share, mut coded, mut at) = (0, 0, 0);
    while at < lengths.len() {
        if lengths[at] > 0 {
            share += TABLE >> lengths[at];
            coded += 1;
        }
        at += 1;
    }
    share == TABLE || (coded == 1 && share == TABLE / 2)
}

/// What the next bits stand for, by those bits: symbol and length.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    table: [(u8, u8); TABLE],
    /// The bits that a symbol depends on: as many as the longest code has.
    mask: usize,
}

impl Decoder {
    /// The decoder of a complete code. What is not a code has length 0: half of a code with one symbol.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn new(lengths: &[u8]) -> Self {
        let mut table = [(0, 0); TABLE];
        let longest = longest_of(lengths);
        let mut next = 0;
        let mut len = 1;
        while len <= longest {
            let mut symbol = 0;
            while symbol < lengths.len() {
                if lengths[symbol] as u32 == len {
                    // Bits come lowest first: the code stands reversed, with anything above it.
                    let code = (next as u16 >> (LONGEST - len)).reverse_bits() >> (16 - len);
                    let mut at = code as usize;
                    while at < 1 << longest {
                        table[at] = (symbol as u8, len as u8);
                        at += 1 << len;
                    }
                    next += 1 << (LONGEST - len);
                }
                symbol += 1;
            }
            len += 1;
        }
        let mask = (1 << longest) - 1;
        Decoder { table, mask }
    }

    /// The symbol with which these bits begin, and the length of its code; 0 where it is none.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // only the lowest bits count
    pub(super) fn look(&self, bits: u64) -> (u8, u32) {
        let (symbol, len) = self.table[bits as usize & self.mask & (TABLE - 1)];
        (symbol, u32::from(len))
    }

    #[inline]
    pub(crate) fn take(&self, input: &mut BitReader<'_>) -> Result<u8, ReadError> {
        let (symbol, len) = self.look(input.peek());
        if len == 0 {
            return Err(no_symbol(input));
        }
        input.skip(len)?;
        Ok(symbol)
    }

    /// Takes so many symbols as there is room for.
    pub(crate) fn take_all(
        &self,
        input: &mut BitReader<'_>,
        symbols: &mut [u8],
    ) -> Result<(), ReadError> {
        for few in symbols.chunks_mut((PEEKED / LONGEST) as usize) {
            let mut bits = input.peek();
            let mut taken = 0;
            for symbol in few {
                let (next, len) = self.look(bits);
                if len == 0 {
                    return Err(no_symbol(input));
                }
                *symbol = next;
                bits >>= len;
                taken += len;
            }
            input.skip(taken)?;
        }
        Ok(())
    }
}

#[cold]
pub(super) fn no_symbol(input: &BitReader<'_>) -> ReadError {
    input.error("bits that stand for nothing")
}

const fn longest_of(lengths: &[u8]) -> u32 {
    let (mut longest, mut at) = (0, 0);
    while at < lengths.len() {
        if lengths[at] as u32 > longest {
            longest = lengths[at] as u32;
        }
        at += 1;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{Decoder, LONGEST, Lengths, cost, is_complete};
    use crate::column::{BitReader, BitWriter, Encoder};
    use proptest::prelude::*;

    /// What an unlimited Huffman code takes.
    fn huffman_cost(counts: &[u32]) -> u64 {
        let mut heap: std::collections::BinaryHeap<_> = counts
            .iter()
            .filter(|&&count| count > 0)
            .map(|&count| std::cmp::Reverse(u64::from(count)))
            .collect();
        let mut cost = 0;
        while heap.len() > 1 {
            let (a, b) = (heap.pop().unwrap().0, heap.pop().unwrap().0);
            cost += a + b;
            heap.push(std::cmp::Reverse(a + b));
        }
        cost
    }

    proptest! {
        #[test]
        fn symbols_come_back(symbols in proptest::collection::vec(any::<u8>().prop_map(|byte| byte & (byte >> 2)), 1..400)) {
            let mut counts = [0; 256];
            symbols.iter().for_each(|&symbol| counts[usize::from(symbol)] += 1);
            let lengths = Lengths::for_counts(&counts).unwrap();
            prop_assert!(is_complete(&lengths.0));
            let mut writer = BitWriter::default();
            lengths.write(&mut writer);
            let encoder = Encoder::new(&lengths.0);
            symbols.iter().for_each(|&symbol| encoder.put(symbol, &mut writer));
            let bytes = writer.finish();
            let bits = lengths.written_bits() + cost(&lengths.0, &counts).unwrap();
            prop_assert_eq!(bytes.len() as u64, bits.div_ceil(8));
            let least = Lengths::bits_at_least(&counts);
            prop_assert!(least <= bits && least + bits / 2 + 8 > bits, "{least} {bits}");
            let mut reader = BitReader::new(&bytes, 0);
            prop_assert_eq!(&Lengths::read(&mut reader, 256).unwrap(), &lengths);
            let decoder = Decoder::new(&lengths.0);
            for &symbol in &symbols {
                prop_assert_eq!(decoder.take(&mut reader).unwrap(), symbol);
            }
            reader.finish().unwrap();
        }

        #[test]
        fn no_code_is_better(counts in proptest::collection::vec(0u32..100, 2..60)) {
            prop_assume!(counts.iter().filter(|&&count| count > 0).count() > 1);
            let lengths = Lengths::for_counts(&counts).unwrap();
            // Counts under 100 never need more than 11 bits for an optimal code of 60 symbols, or hardly so.
            let best = huffman_cost(&counts);
            let bits = cost(&lengths.0, &counts).unwrap();
            prop_assert!(bits == best || (bits < best + best / 50 && lengths.0.iter().any(|&len| u32::from(len) == LONGEST)));
        }

        #[test]
        fn any_bytes_are_lengths_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut reader = BitReader::new(&bytes, 0);
            if let Ok(lengths) = Lengths::read(&mut reader, 200) {
                prop_assert!(lengths.0.len() <= 200 && is_complete(&lengths.0));
            }
        }
    }

    #[test]
    fn lengths_stay_within_bounds() {
        // Fibonacci numbers want a code as deep as they are many.
        let mut counts = vec![1, 1];
        while counts.len() < 40 {
            counts.push(counts[counts.len() - 1] + counts[counts.len() - 2]);
        }
        let lengths = Lengths::for_counts(&counts).unwrap();
        assert!(is_complete(&lengths.0));
        assert_eq!(u32::from(*lengths.0.iter().max().unwrap()), LONGEST);
    }
}
