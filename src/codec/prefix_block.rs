//! Bytes in a prefix code of their own, in one strand or several.

use super::error::DecodeError;
use crate::column::{BitReader, BitWriter, Decoder, Encoder, Lengths, Reader, put_unsigned};

/// Appends bytes in a prefix code of their own, in so many strands, if that can be no more than so many in all.
pub(super) fn packed(
    mut out: Vec<u8>,
    bytes: &[u8],
    most: usize,
    strands: usize,
) -> Option<Vec<u8>> {
    let mut counts = [0; 256];
    bytes
        .iter()
        .for_each(|&byte| counts[usize::from(byte)] += 1);
    let least = Lengths::bits_at_least(&counts).div_ceil(8);
    if least > most.saturating_sub(out.len()) as u64 {
        return None;
    }
    let lengths = Lengths::for_counts(&counts)?;
    let code = Encoder::new(&lengths.0);
    let mut bits = BitWriter::default();
    lengths.write(&mut bits);
    let mut packed = Vec::new();
    for strand in bytes.chunks(bytes.len().div_ceil(strands)) {
        strand.iter().for_each(|&byte| code.put(byte, &mut bits));
        packed.push(std::mem::take(&mut bits).finish());
    }
    for strand in packed.iter().take(strands - 1) {
        put_unsigned(&mut out, strand.len() as u64);
    }
    out.extend(packed.concat());
    Some(out)
}

/// Reads so many bytes in one strand.
pub(super) fn unpacked(packed: &[u8], len: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
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

fn strand<'a>(reader: &mut Reader<'a>, len: usize) -> Result<BitReader<'a>, DecodeError> {
    let at = reader.offset();
    Ok(BitReader::new(reader.take(len)?, at))
}

/// Reads so many bytes in several strands, and how long those are.
pub(super) fn unpacked_strands(mut reader: Reader<'_>, len: usize) -> Result<Vec<u8>, DecodeError> {
    let offset = reader.offset();
    let [a, b, c] = [reader.count(1)?, reader.count(1)?, reader.count(1)?];
    let mut first = strand(&mut reader, a)?;
    let code = Decoder::new(&Lengths::read(&mut first, 256)?.0);
    let (second, third) = (strand(&mut reader, b)?, strand(&mut reader, c)?);
    let rest = reader.remaining();
    let mut strands = [first, second, third, strand(&mut reader, rest)?];
    // Each byte takes a bit at least.
    if len > strands.iter().map(BitReader::remaining).sum() {
        return Err(DecodeError::new(
            offset,
            "a block that cannot unpack to its length",
        ));
    }
    let mut bytes = vec![0; len];
    code.take_strands(&mut strands, &mut bytes)?;
    for strand in &strands {
        strand.finish()?;
    }
    Ok(bytes)
}
