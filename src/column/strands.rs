//! Symbols of a prefix code in strands: where a code ends is known only when it has been looked up, so one strand of
//! codes is read one look after another; several go side by side.

use super::bits::PEEKED;
use super::prefix::{Decoder, LONGEST, no_symbol};
use super::{BitReader, ReadError};

/// As many as a processor can have in hand at once, and zstd has (RFC 8878, 4.2.2).
pub(crate) const STRANDS: usize = 4;

/// How often can be looked at what was peeked at.
const LOOKS: usize = (PEEKED / LONGEST) as usize;

/// How many of so many symbols stand in each strand; the last has what is left.
fn strand_len(symbols: usize) -> usize {
    symbols.div_ceil(STRANDS).max(1)
}

impl Decoder {
    /// Takes so many symbols as there is room for, of each strand its share.
    pub(crate) fn take_strands(
        &self,
        inputs: &mut [BitReader<'_>; STRANDS],
        symbols: &mut [u8],
    ) -> Result<(), ReadError> {
        let mut parts = symbols.chunks_mut(strand_len(symbols.len()));
        let mut strands = [(); STRANDS].map(|()| parts.next().unwrap_or_default());
        let [.., last] = &strands;
        let together = last.len() / LOOKS;
        let mut rounds = strands
            .each_mut()
            .map(|strand| strand.as_chunks_mut().0.iter_mut());
        for _ in 0..together {
            let [Some(a), Some(b), Some(c), Some(d)] = rounds.each_mut().map(Iterator::next) else {
                break;
            };
            self.take_round(inputs, [a, b, c, d])?;
        }
        for (input, strand) in inputs.iter_mut().zip(strands) {
            self.take_all(
                input,
                strand.get_mut(together * LOOKS..).unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    /// Takes some of each strand at once.
    #[inline]
    fn take_round(
        &self,
        inputs: &mut [BitReader<'_>; STRANDS],
        [a, b, c, d]: [&mut [u8; LOOKS]; STRANDS],
    ) -> Result<(), ReadError> {
        let mut bits = inputs.each_ref().map(BitReader::peek);
        let mut taken = [0; STRANDS];
        let mut shortest = LONGEST;
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            for ((taken, bits), next) in taken.iter_mut().zip(&mut bits).zip([a, b, c, d]) {
                let (symbol, len) = self.look(*bits);
                *next = symbol;
                *bits >>= len;
                *taken += len;
                shortest = shortest.min(len);
            }
        }
        if shortest == 0 {
            return Err(no_symbol(&inputs[0]));
        }
        for (input, taken) in inputs.iter_mut().zip(taken) {
            input.skip(taken)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, STRANDS, strand_len};
    use crate::column::{BitReader, BitWriter, Encoder, Lengths};
    use proptest::prelude::*;

    /// Symbols as a code writes them, in strands.
    fn written(symbols: &[u8]) -> ([Vec<u8>; STRANDS], Decoder) {
        let mut counts = [0; 256];
        symbols
            .iter()
            .for_each(|&symbol| counts[usize::from(symbol)] += 1);
        let lengths = Lengths::for_counts(&counts).unwrap();
        let encoder = Encoder::new(&lengths.0);
        let mut parts = symbols.chunks(strand_len(symbols.len()));
        let strands = [(); STRANDS].map(|()| {
            let mut writer = BitWriter::default();
            for &symbol in parts.next().unwrap_or_default() {
                encoder.put(symbol, &mut writer);
            }
            writer.finish()
        });
        (strands, Decoder::new(&lengths.0))
    }

    fn readers(strands: &[Vec<u8>; STRANDS]) -> [BitReader<'_>; STRANDS] {
        strands.each_ref().map(|strand| BitReader::new(strand, 0))
    }

    /// Half of all are one of three symbols, a quarter one of three others, and so on.
    fn common_or_rare(seed: &u16) -> u8 {
        let [third, ..] = (seed % 3).to_le_bytes();
        let [rare, ..] = seed.leading_zeros().to_le_bytes();
        rare * 4 + third
    }

    proptest! {
        #[test]
        fn strands_come_back(seeds in proptest::collection::vec(any::<u16>(), 1..400)) {
            let symbols: Vec<u8> = seeds.iter().map(common_or_rare).collect();
            let (strands, decoder) = written(&symbols);
            let mut inputs = readers(&strands);
            let mut all = vec![0; symbols.len()];
            decoder.take_strands(&mut inputs, &mut all).unwrap();
            prop_assert_eq!(&all, &symbols);
            for (nth, input) in inputs.iter().enumerate() {
                input.finish().unwrap();
                let mut short = strands.clone();
                if short[nth].pop().is_some() {
                    prop_assert!(decoder.take_strands(&mut readers(&short), &mut all).is_err());
                }
            }
        }
    }

    /// A code with one symbol leaves half of all bits without a meaning.
    #[test]
    fn bits_without_a_meaning_are_refused_anywhere() {
        let (mut strands, decoder) = written(&[7; 200]);
        for nth in 0..STRANDS {
            for at in [0, 1, 13, 49] {
                strands[nth][at / 8] ^= 1 << (at % 8);
                let refused = decoder.take_strands(&mut readers(&strands), &mut [0; 200]);
                assert_eq!(refused.unwrap_err().what, "bits that stand for nothing");
                strands[nth][at / 8] ^= 1 << (at % 8);
            }
        }
    }
}
