//! Many symbols of a prefix code at once: two at a look, where the codes of both are short.

use super::bits::PEEKED;
use super::prefix::{Decoder, LONGEST, no_symbol};
use super::{BitReader, ReadError};

/// So many bits are looked at: two codes of common symbols, and at least one of any.
const WIDE: u32 = 12;
const TABLE: usize = 1 << WIDE;

/// How often can be looked at what was peeked at, and how many symbols that gives at most.
const LOOKS: usize = (PEEKED / WIDE) as usize;
const GIVEN: usize = 2 * LOOKS;

/// From so many symbols on, a table of pairs is worth making.
const WORTH: usize = TABLE / 2;

const _: () = assert!(LONGEST <= WIDE);

/// The symbols with which some bits begin.
#[derive(Clone, Copy)]
struct Pair {
    symbols: [u8; 2],
    /// 1 or 2, or 0 where the bits are no code.
    count: u8,
    /// Bits that they take together.
    len: u8,
}

impl Decoder {
    /// Takes so many symbols as there is room for.
    pub(crate) fn take_all(
        &self,
        input: &mut BitReader<'_>,
        symbols: &mut [u8],
    ) -> Result<(), ReadError> {
        let taken = match symbols.len() {
            ..WORTH => 0,
            _ => self.take_pairs(input, symbols)?,
        };
        for few in symbols[taken..].chunks_mut((PEEKED / LONGEST) as usize) {
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

    /// Takes symbols until fewer remain than two looks may give; says how many.
    fn take_pairs(
        &self,
        input: &mut BitReader<'_>,
        symbols: &mut [u8],
    ) -> Result<usize, ReadError> {
        let table = self.pairs();
        let mut at = 0;
        while let Some(room) = symbols.get_mut(at..at + GIVEN) {
            let mut bits = input.peek();
            let (mut given, mut taken) = (0, 0);
            for _ in 0..LOOKS {
                #[allow(clippy::cast_possible_truncation)] // only the lowest bits count
                let pair = table[bits as usize & (TABLE - 1)];
                if pair.count == 0 {
                    return Err(no_symbol(input));
                }
                // The second is written over where it is none.
                room[given..given + 2].copy_from_slice(&pair.symbols);
                given += usize::from(pair.count);
                bits >>= pair.len;
                taken += u32::from(pair.len);
            }
            input.skip(taken)?;
            at += given;
        }
        Ok(at)
    }

    #[allow(clippy::cast_possible_truncation)] // of at most 12 bits
    fn pairs(&self) -> Box<[Pair; TABLE]> {
        let none = Pair {
            symbols: [0; 2],
            count: 0,
            len: 0,
        };
        let mut table = Box::new([none; TABLE]);
        for (bits, pair) in table.iter_mut().enumerate() {
            let (first, len) = self.look(bits as u64);
            if len == 0 {
                continue;
            }
            let (second, and) = self.look(bits as u64 >> len);
            let both = and > 0 && len + and <= WIDE;
            *pair = Pair {
                symbols: [first, second],
                count: 1 + u8::from(both),
                len: (len + if both { and } else { 0 }) as u8,
            };
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, WORTH};
    use crate::column::{BitReader, BitWriter, Encoder, Lengths};
    use proptest::prelude::*;

    /// Symbols as a code writes them.
    fn written(symbols: &[u8]) -> (Vec<u8>, Lengths) {
        let mut counts = [0; 256];
        symbols
            .iter()
            .for_each(|&symbol| counts[usize::from(symbol)] += 1);
        let lengths = Lengths::for_counts(&counts).unwrap();
        let encoder = Encoder::new(&lengths.0);
        let mut writer = BitWriter::default();
        symbols
            .iter()
            .for_each(|&symbol| encoder.put(symbol, &mut writer));
        (writer.finish(), lengths)
    }

    /// Half of all are one of three symbols, a quarter one of three others, and so on.
    fn common_or_rare(seed: &u16) -> u8 {
        let [third, ..] = (seed % 3).to_le_bytes();
        let [rare, ..] = seed.leading_zeros().to_le_bytes();
        rare * 4 + third
    }

    proptest! {
        #[test]
        fn many_come_as_one_by_one(seeds in proptest::collection::vec(any::<u16>(), 1..3 * WORTH)) {
            let count = seeds.len();
            let symbols: Vec<u8> = seeds.iter().map(common_or_rare).collect();
            let (bytes, lengths) = written(&symbols);
            let decoder = Decoder::new(&lengths.0);
            let mut all = vec![0; count];
            let mut reader = BitReader::new(&bytes, 0);
            decoder.take_all(&mut reader, &mut all).unwrap();
            reader.finish().unwrap();
            prop_assert_eq!(&all, &symbols);
            // Bits that are missing at the end are seen as such.
            let short = bytes.len() - 1;
            prop_assert!(decoder.take_all(&mut BitReader::new(&bytes[..short], 0), &mut all).is_err());
        }
    }

    /// A code with one symbol leaves half of all bits without a meaning.
    #[test]
    fn bits_without_a_meaning_are_refused_anywhere() {
        let (mut bytes, lengths) = written(&[7; 2 * WORTH]);
        let decoder = Decoder::new(&lengths.0);
        for at in [0, 1, 13, 8 * bytes.len() - 1] {
            bytes[at / 8] ^= 1 << (at % 8);
            let refused = decoder.take_all(&mut BitReader::new(&bytes, 0), &mut [0; 2 * WORTH]);
            assert_eq!(
                refused.unwrap_err().what,
                "bits that stand for nothing",
                "{at}"
            );
            bytes[at / 8] ^= 1 << (at % 8);
        }
    }
}
