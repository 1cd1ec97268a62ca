//! A block of bytes, packed or not.
//!
//! ```text
//! block  := packing (1 byte) length [packed length] bytes
//! packing: 0 as they are | 1 lz4 | 2 prefix code | 3 lz4, then prefix code | 4 Brotli
//! ```
//!
//! `length` counts bytes when unpacked, `packed length` the bytes that follow; the latter is left out of packing 0. A
//! prefix code's bytes are bits: its lengths, as [`Lengths::write`] puts them, then the codes. With packing 3, the
//! unpacked length of the prefix code (the lz4 block's length) stands before them as a varint of its own.

use std::borrow::Cow;

use super::Level;
use super::error::DecodeError;
use crate::column::{BitReader, BitWriter, Decoder, Encoder, Lengths, Reader, put_unsigned};

const PLAIN: u8 = 0;
const LZ4: u8 = 1;
const PREFIX: u8 = 2;
const LZ4_PREFIX: u8 = 3;
const BROTLI: u8 = 4;

/// Below so many bytes, packing does not pay.
const PACK_FROM: usize = 24;

/// Appends a block in the packing that comes out smallest.
pub(super) fn put_block(out: &mut Vec<u8>, bytes: &[u8], level: Level) {
    let mut best: (u8, Cow<'_, [u8]>) = (PLAIN, Cow::Borrowed(bytes));
    if level != Level::None && bytes.len() >= PACK_FROM {
        try_one(&mut best, PREFIX, |most| prefixed(Vec::new(), bytes, most));
        let packed = lz4_flex::block::compress(bytes);
        let mut head = Vec::new();
        put_unsigned(&mut head, packed.len() as u64);
        try_one(&mut best, LZ4_PREFIX, |most| prefixed(head, &packed, most));
        try_one(&mut best, LZ4, |_| Some(packed));
    }
    if level == Level::Compact && bytes.len() >= PACK_FROM {
        try_one(&mut best, BROTLI, |_| brotli_packed(bytes));
    }
    let (packing, packed) = best;
    out.push(packing);
    put_unsigned(out, bytes.len() as u64);
    if packing != PLAIN {
        put_unsigned(out, packed.len() as u64);
    }
    out.extend_from_slice(&packed);
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

/// Appends bytes in a prefix code of their own, if that can be no more than so many in all.
fn prefixed(mut out: Vec<u8>, bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut counts = [0; 256];
    bytes
        .iter()
        .for_each(|&byte| counts[usize::from(byte)] += 1);
    let least = Lengths::bits_at_least(&counts).div_ceil(8);
    if least > most.saturating_sub(out.len()) as u64 {
        return None;
    }
    let lengths = Lengths::for_counts(&counts)?;
    let mut bits = BitWriter::default();
    lengths.write(&mut bits);
    let code = Encoder::new(&lengths.0);
    bytes.iter().for_each(|&byte| code.put(byte, &mut bits));
    out.extend_from_slice(&bits.finish());
    Some(out)
}

/// The bits of the smallest Brotli window that holds so many bytes: a reader has memory for no more.
#[cfg(feature = "compact")]
fn window_of(len: usize) -> u8 {
    (10..24).find(|&bits| (1 << bits) - 16 >= len).unwrap_or(24)
}

/// The bits of the window that a Brotli stream asks for (RFC 7932, 9.1); `None` for those that are not of that format.
#[cfg(feature = "compact")]
fn window_asked(first: u8) -> Option<u8> {
    match (first & 1, first >> 1 & 7, first >> 4 & 7) {
        (0, ..) => Some(16),
        (_, 0, 0) => Some(17),
        (_, 0, 1) => None,
        (_, 0, bits) => Some(8 + bits),
        (_, bits, _) => Some(17 + bits),
    }
}

#[cfg(feature = "compact")]
fn brotli_packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: i32::from(window_of(bytes.len())),
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).ok()?;
    Some(packed)
}

#[cfg(not(feature = "compact"))]
fn brotli_packed(_: &[u8]) -> Option<Vec<u8>> {
    None
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
        PREFIX => prefix_unpacked(packed, len, offset)?,
        LZ4_PREFIX => {
            let mut inner = Reader::new(packed, offset);
            let lz4_len = inner.u32()? as usize;
            // lz4 makes nothing much longer than it was.
            if lz4_len > len + len / 128 + 16 {
                return Err(inner
                    .error("an lz4 block longer than what it stands for")
                    .into());
            }
            let at = inner.offset();
            let rest = inner.take(inner.remaining())?;
            lz4_unpacked(&prefix_unpacked(rest, lz4_len, at)?, len, at)?
        }
        BROTLI => brotli_unpacked(packed, len, offset)?,
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

fn prefix_unpacked(packed: &[u8], len: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
    let mut bits = BitReader::new(packed, offset);
    let code = Decoder::new(&Lengths::read(&mut bits, 256)?.0);
    // Each byte takes a bit at least.
    if len > bits.remaining() {
        return Err(DecodeError::new(
            offset,
            "a block that cannot unpack to its length",
        ));
    }
    let mut bytes = vec![0; len];
    code.take_all(&mut bits, &mut bytes)?;
    bits.finish()?;
    Ok(bytes)
}

#[cfg(feature = "compact")]
fn brotli_unpacked(packed: &[u8], len: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
    use std::io::Read;

    let asked = packed.first().and_then(|&first| window_asked(first));
    if asked.is_none_or(|asked| asked > window_of(len).max(16)) {
        return Err(DecodeError::new(
            offset,
            "a Brotli stream that asks for more memory than its block has bytes",
        ));
    }
    // Grows with what comes out, never beyond what was announced. The last byte is handed out by itself: whether it was
    // needed tells whether the stream ends where the block does.
    let mut bytes = Vec::new();
    let most = len as u64 + 1;
    let (first, mut last) = packed.split_at(packed.len().saturating_sub(1));
    let read = brotli::Decompressor::new(first.chain(&mut last), 4096)
        .take(most)
        .read_to_end(&mut bytes);
    match read {
        Ok(read) if read == len && last.is_empty() => Ok(bytes),
        _ => Err(DecodeError::new(offset, "a packed block is damaged")),
    }
}

#[cfg(not(feature = "compact"))]
fn brotli_unpacked(_: &[u8], _: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::new(
        offset,
        "packed with Brotli, which this build cannot read: it lacks the feature `compact`",
    ))
}

#[cfg(test)]
mod tests {
    use super::{LZ4, LZ4_PREFIX, PLAIN, PREFIX, put_block, read_block};
    use crate::codec::Level;
    use crate::column::{Reader, put_unsigned};
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
        assert_eq!(packing_of(&letters, Level::None), PLAIN);
    }

    /// A decoder makes room for what a stream says of itself, whatever comes of it.
    #[cfg(feature = "compact")]
    #[test]
    fn brotli_that_asks_for_more_memory_than_its_block_has_bytes_is_refused() {
        let text = "over and over again, ".repeat(20);
        let block = |packed: &[u8]| {
            let mut bytes = vec![super::BROTLI];
            put_unsigned(&mut bytes, text.len() as u64);
            put_unsigned(&mut bytes, packed.len() as u64);
            bytes.extend_from_slice(packed);
            read_block(&mut Reader::new(&bytes, 0), text.len())
                .map(drop)
                .map_err(|error| error.what)
        };
        let mut wide = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            lgwin: 24,
            ..Default::default()
        };
        brotli::BrotliCompress(&mut text.as_bytes(), &mut wide, &params).unwrap();
        let refused = Err("a Brotli stream that asks for more memory than its block has bytes");
        assert_eq!(block(&wide), refused);
        // A window of more than 24 bits, which is another format.
        assert_eq!(block(&[0x11, 30, 0, 0]), refused);
        assert_eq!(
            block(&super::brotli_packed(text.as_bytes()).unwrap()),
            Ok(())
        );
    }

    #[cfg(feature = "compact")]
    #[test]
    fn windows_hold_their_blocks() {
        for (len, bits) in [
            (0, 10),
            (1008, 10),
            (1009, 11),
            (1 << 20, 21),
            (usize::MAX, 24),
        ] {
            assert_eq!(super::window_of(len), bits, "{len} bytes");
        }
        for len in [100, 1000, 3000, 70_000] {
            let bytes = b"abc".repeat(len);
            let packed = super::brotli_packed(&bytes).unwrap();
            assert_eq!(
                super::window_asked(packed[0]),
                Some(super::window_of(bytes.len()))
            );
        }
    }

    #[cfg(feature = "compact")]
    #[test]
    fn bytes_after_the_end_of_what_is_packed_are_refused() {
        let text = "over and over again, ".repeat(20);
        for packing in 1..5 {
            let packed = match packing {
                LZ4 => lz4_flex::block::compress(text.as_bytes()),
                PREFIX => super::prefixed(Vec::new(), text.as_bytes(), usize::MAX).unwrap(),
                LZ4_PREFIX => continue,
                _ => super::brotli_packed(text.as_bytes()).unwrap(),
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
