//! The frame around every encoding: a format number and a checksum.
//!
//! ```text
//! frame := format (1 byte) checksum (CRC-32 of format and body, 4 bytes, little-endian) body
//! ```
//!
//! The checksum guards against accidents only; against attackers there are the chain values within.

use super::error::DecodeError;
use crate::column::Reader;

/// A delta: operations that one replica has and another may lack.
pub(crate) const FORMAT_DELTA: u8 = 1;
/// A snapshot: a whole document.
pub(crate) const FORMAT_SNAPSHOT: u8 = 2;

pub(super) const HEADER: usize = 5;

/// Starts a frame; [`close_frame`] completes it.
pub(super) fn start_frame(format: u8) -> Vec<u8> {
    vec![format, 0, 0, 0, 0]
}

pub(super) fn close_frame(frame: &mut [u8]) {
    if let Some((header, body)) = frame.split_first_chunk_mut::<HEADER>() {
        let checksum = checksum(header[0], body);
        header[1..].copy_from_slice(&checksum);
    }
}

fn checksum(format: u8, body: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[format]);
    hasher.update(body);
    hasher.finalize().to_le_bytes()
}

/// The format number of an encoding.
pub(crate) fn format_of(bytes: &[u8]) -> Result<u8, DecodeError> {
    match bytes.first() {
        None => Err(DecodeError::new(0, "input is empty")),
        Some(&format @ (FORMAT_DELTA | FORMAT_SNAPSHOT)) => Ok(format),
        Some(_) => Err(DecodeError::new(
            0,
            "format is none that this version of Syncline (0.1) reads",
        )),
    }
}

/// Checks a frame of that format and gives its body.
pub(crate) fn open_frame(bytes: &[u8], format: u8) -> Result<Reader<'_>, DecodeError> {
    if format_of(bytes)? != format {
        return Err(DecodeError::new(0, "another format than the one asked for"));
    }
    let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(DecodeError::new(
            bytes.len(),
            "input ends within its header",
        ));
    };
    if header[1..] != checksum(format, body) {
        return Err(DecodeError::new(
            1,
            "checksum does not match: the bytes were damaged",
        ));
    }
    Ok(Reader::new(body, HEADER))
}
