//! A block of bytes, packed or not.
//!
//! ```text
//! block  := packing (1 byte) length [packed length] bytes
//! packing: 0 as they are | 1 lz4 | 2 prefix code | 3 lz4, then prefix code | 4 Brotli
//!          | 5 lz4, then prefix code in strands
//! ```
//!
//! `length` counts bytes when unpacked, `packed length` the bytes that follow; the latter is left out of packing 0. A
//! prefix code's bytes are bits: its lengths, as [`Lengths::write`] puts them, then the codes. With packing 3, the
//! unpacked length of the prefix code (the lz4 block's length) stands before them as a varint of its own. With packing 5 there
//! follow the lengths of all strands but the last, then the strands, the first with the code's lengths before it.

use std::borrow::Cow;

use super::Level;
use super::error::DecodeError;
use super::{brotli_block, prefix_block};
use crate::column::{Reader, STRANDS, put_unsigned};

const PLAIN: u8 = 0;
const LZ4: u8 = 1;
const PREFIX: u8 = 2;
const LZ4_PREFIX: u8 = 3;
pub(super) const BROTLI: u8 = 4;
const LZ4_STRANDS: u8 = 5;

/// From so many bytes in a prefix code on, strands are worth the bytes that they take.
const STRANDS_FROM: usize = 4096;

/// Below so many bytes, packing does not pay.
const PACK_FROM: usize = 24;

/// Appends a block in the packing that comes out smallest.
pub(super) fn put_block(out: &mut Vec<u8>, bytes: &[u8], level: Level) {
    let mut best: (u8, Cow<'_, [u8]>) = (PLAIN, Cow::Borrowed(bytes));
    if level != Level::None && bytes.len() >= PACK_FROM {
        try_one(&mut best, PREFIX, |most| {
            prefix_block::packed(Vec::new(), bytes, most, 1)
        });
        if may_repeat(bytes) {
            let packed = lz4_flex::block::compress(bytes);
            let mut head = Vec::new();
            put_unsigned(&mut head, packed.len() as u64);
            let (packing, strands) = match packed.len() {
                ..STRANDS_FROM => (LZ4_PREFIX, 1),
                _ => (LZ4_STRANDS, STRANDS),
            };
            try_one(&mut best, packing, |most| {
                prefix_block::packed(head, &packed, most, strands)
            });
            try_one(&mut best, LZ4, |_| Some(packed));
        }
    }
    if level == Level::Compact && bytes.len() >= PACK_FROM {
        try_one(&mut best, BROTLI, |_| brotli_block::packed(bytes));
    }
    let (packing, packed) = best;
    out.push(packing);
    put_unsigned(out, bytes.len() as u64);
    if packing != PLAIN {
        put_unsigned(out, packed.len() as u64);
    }
    out.extend_from_slice(&packed);
}

/// Whether any four bytes come twice: lz4 makes nothing smaller without, and clears tables of 8 KiB to find out. Long bytes
/// may.
fn may_repeat(bytes: &[u8]) -> bool {
    // Where four bytes were seen, plus 1, in the first free slot from their hash on.
    let mut seen = [0_u8; 256];
    if bytes.len() > seen.len() / 2 {
        return true;
    }
    let fours = bytes.windows(4).filter_map(|four| four.first_chunk());
    for (at, four) in (1..).zip(fours) {
        let [mut slot, ..] = u32::from_le_bytes(*four)
            .wrapping_mul(0x9e37_79b1)
            .to_be_bytes();
        while seen[usize::from(slot)] != 0 {
            let before = usize::from(seen[usize::from(slot)]) - 1;
            if bytes[before..].starts_with(four) {
                return true;
            }
            slot = slot.wrapping_add(1);
        }
        seen[usize::from(slot)] = at;
    }
    false
}

/// Takes another packing if it is worth telling its length: of at most so many bytes.
fn try_one<'a>(
    best: &mut (u8, Cow<'a, [u8]>),
    packing: u8,
    pack: impl FnOnce(usize) -> Option<Vec<u8>>,
) {
    let Some(most) = best.1.len().checked_sub(2) else {
        return;
    };
    if let Some(packed) = pack(most).filter(|packed| packed.len() <= most) {
        *best = (packing, Cow::Owned(packed));
    }
}

/// Walks what the block between two places of the input held. Errors in what was packed are told at the block.
#[allow(clippy::ptr_arg, reason = "it tells whether it was packed")]
pub(super) fn reader_of<'b>(block: &'b Cow<'_, [u8]>, start: usize, end: usize) -> Reader<'b> {
    match block {
        Cow::Borrowed(bytes) => Reader::new(bytes, end.saturating_sub(bytes.len())),
        Cow::Owned(bytes) => Reader::unpacked(bytes, start),
    }
}

/// Reads a block that unpacks to at most `limit` bytes.
pub(super) fn read_block<'a>(
    reader: &mut Reader<'a>,
    limit: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let packing = reader.byte()?;
    if packing == PLAIN {
        let len = reader.count(1)?;
        return Ok(Cow::Borrowed(reader.take(len)?));
    }
    let len = reader.unsigned()?;
    let packed_len = reader.count(1)?;
    let offset = reader.offset();
    let packed = reader.take(packed_len)?;
    let len = usize::try_from(len)
        .ok()
        .filter(|&len| len <= limit)
        .ok_or(DecodeError::new(
            offset,
            "a block would unpack beyond its limit",
        ))?;
    let unpacked = match packing {
        LZ4 => lz4_unpacked(packed, len, offset)?,
        PREFIX => prefix_block::unpacked(packed, len, offset)?,
        LZ4_PREFIX | LZ4_STRANDS => {
            let mut inner = Reader::new(packed, offset);
            let lz4_len = inner.u32()? as usize;
            // lz4 makes nothing much longer than it was.
            if lz4_len > len + len / 128 + 16 {
                return Err(inner
                    .error("an lz4 block longer than what it stands for")
                    .into());
            }
            let at = inner.offset();
            let lz4 = match packing {
                LZ4_PREFIX => prefix_block::unpacked(inner.take(inner.remaining())?, lz4_len, at)?,
                _ => prefix_block::unpacked_strands(inner, lz4_len)?,
            };
            lz4_unpacked(&lz4, len, at)?
        }
        BROTLI => brotli_block::unpacked(packed, len, offset)?,
        _ => {
            return Err(DecodeError::new(
                offset,
                "a packing that Syncline 0.1 does not know: a newer version is needed",
            ));
        }
    };
    Ok(Cow::Owned(unpacked))
}

fn lz4_unpacked(packed: &[u8], len: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
    // No byte of lz4 stands for more than 255.
    if len / 255 > packed.len() {
        return Err(DecodeError::new(
            offset,
            "a block that cannot unpack to its length",
        ));
    }
    let mut bytes = vec![0; len];
    match lz4_flex::block::decompress_into(packed, &mut bytes) {
        Ok(written) if written == len => Ok(bytes),
        _ => Err(DecodeError::new(offset, "a packed block is damaged")),
    }
}

#[cfg(test)]
mod tests {
    use super::{LZ4, LZ4_PREFIX, LZ4_STRANDS, PLAIN, PREFIX, may_repeat, put_block, read_block};
    use crate::codec::{Level, brotli_block, prefix_block};
    use crate::column::{Reader, STRANDS, put_unsigned};
    use proptest::prelude::*;

    fn packing_of(bytes: &[u8], level: Level) -> u8 {
        let mut out = Vec::new();
        put_block(&mut out, bytes, level);
        let mut reader = Reader::new(&out, 0);
        assert_eq!(read_block(&mut reader, bytes.len()).unwrap(), bytes);
        assert!(reader.is_at_end());
        out[0]
    }

    proptest! {
        #[test]
        fn blocks_come_back(words in proptest::collection::vec("[a-z]{1,6} ", 0..200), times in 1usize..4) {
            let bytes = words.concat().repeat(times).into_bytes();
            for level in [Level::None, Level::Fast, Level::Compact] {
                packing_of(&bytes, level);
            }
        }
    }

    proptest! {
        #[test]
        fn what_does_not_repeat_is_no_shorter_by_lz4(bytes in proptest::collection::vec(0_u8..6, 0..140)) {
            let all: Vec<&[u8]> = bytes.windows(4).collect();
            let repeats = (1..all.len()).any(|at| all[..at].contains(&all[at]));
            proptest::prop_assert_eq!(may_repeat(&bytes), repeats || bytes.len() > 128);
            if !repeats {
                proptest::prop_assert!(lz4_flex::block::compress(&bytes).len() > bytes.len());
            }
        }
    }

    #[test]
    fn each_packing_has_its_use() {
        let letters: Vec<u8> = (0..400_u32)
            .map(|n| b"eeeetttaaoinshr"[(n * n * 7 % 15) as usize])
            .collect();
        let incompressible: Vec<u8> = (0..=255)
            .map(|n: u8| n.wrapping_mul(167) ^ n >> 3)
            .collect();
        assert_eq!(packing_of(b"short", Level::Fast), PLAIN);
        assert_eq!(packing_of(&incompressible.repeat(2), Level::Fast), LZ4);
        let scrambled: Vec<u8> = letters
            .iter()
            .enumerate()
            .map(|(n, &letter)| {
                if n % 3 == 0 {
                    letter
                } else {
                    b"abcdefghijklmnopqrstuvw"[n * n % 23]
                }
            })
            .collect();
        assert!([PREFIX, LZ4_PREFIX].contains(&packing_of(&scrambled, Level::Fast)));
        // Words of a few letters, in no order.
        let word =
            |nth: u32| &scrambled[(nth.wrapping_mul(2_654_435_761) >> 23) as usize % 390..][..9];
        let long: Vec<u8> = (0..4000).flat_map(word).copied().collect();
        assert_eq!(packing_of(&long, Level::Fast), LZ4_STRANDS);
        assert_eq!(packing_of(&letters, Level::None), PLAIN);
    }

    #[cfg(feature = "compact")]
    #[test]
    fn bytes_after_the_end_of_what_is_packed_are_refused() {
        let text = "over and over again, ".repeat(20);
        let lz4 = lz4_flex::block::compress(text.as_bytes());
        let mut head = Vec::new();
        put_unsigned(&mut head, lz4.len() as u64);
        let in_strands = |head: &[u8], bytes: &[u8], strands| {
            prefix_block::packed(head.to_vec(), bytes, usize::MAX, strands).unwrap()
        };
        for packing in 1..=5 {
            let packed = match packing {
                LZ4 => lz4.clone(),
                PREFIX => in_strands(&[], text.as_bytes(), 1),
                LZ4_PREFIX => in_strands(&head, &lz4, 1),
                LZ4_STRANDS => in_strands(&head, &lz4, STRANDS),
                _ => brotli_block::packed(text.as_bytes()).unwrap(),
            };
            for more in [0, 1] {
                let mut bytes = vec![packing];
                put_unsigned(&mut bytes, text.len() as u64);
                put_unsigned(&mut bytes, packed.len() as u64 + more);
                bytes.extend_from_slice(&packed);
                bytes.resize(bytes.len() + usize::try_from(more).unwrap(), 0);
                let read = read_block(&mut Reader::new(&bytes, 0), text.len());
                assert_eq!(read.is_ok(), more == 0, "packing {packing}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        for packing in 1..5 {
            let mut bytes = vec![packing];
            put_unsigned(&mut bytes, 1 << 40);
            put_unsigned(&mut bytes, 3);
            bytes.extend_from_slice(&[0; 3]);
            let error = read_block(&mut Reader::new(&bytes, 0), 1 << 20).unwrap_err();
            assert_eq!(error.what, "a block would unpack beyond its limit");
        }
    }
}
