//! The frame around every encoding: a format number, a length and a checksum.
//!
//! ```text
//! frame := format (1 byte) length-of-body checksum (4 bytes, little-endian) body
//! ```
//!
//! The checksum is the CRC-32 of all that comes before it and the body. It guards against accidents only; against
//! attackers there are the chain values within. Frames may stand one after another.

use super::error::DecodeError;
use crate::column::{ReadError, Reader, put_unsigned};

/// A few operations that go on where their author's last one ended.
pub(crate) const FORMAT_KEYSTROKE: u8 = 1;
/// A delta: operations that one replica has and another may lack.
pub(crate) const FORMAT_DELTA: u8 = 2;
/// A snapshot: a whole document.
pub(crate) const FORMAT_SNAPSHOT: u8 = 3;

/// Puts a body into a frame.
pub(crate) fn frame(format: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(body.len() + 10);
    frame.push(format);
    put_unsigned(&mut frame, body.len() as u64);
    let checksum = checksum(&frame, body);
    frame.extend_from_slice(&checksum);
    frame.extend_from_slice(body);
    frame
}

pub(super) fn checksum(header: &[u8], body: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize().to_le_bytes()
}

/// A frame that has been checked.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) format: u8,
    /// The whole frame, and where it starts in the input.
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: usize,
    body: usize,
}

impl<'a> Frame<'a> {
    /// What is in the frame.
    pub(crate) fn body(&self) -> Reader<'a> {
        let body = self.bytes.get(self.body..).unwrap_or(&[]);
        Reader::new(body, self.offset + self.body)
    }
}

/// Why a frame cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Broken {
    pub(crate) error: DecodeError,
    /// Nothing readable follows it: as when writing a file was cut short.
    pub(crate) is_last: bool,
}

impl Broken {
    fn new(offset: usize, what: &'static str, is_last: bool) -> Self {
        Broken {
            error: DecodeError::new(offset, what),
            is_last,
        }
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        Broken::new(error.offset, error.what, true)
    }
}

/// Reads and checks the frame that comes next.
pub(crate) fn read_frame<'a>(reader: &mut Reader<'a>) -> Result<Frame<'a>, DecodeError> {
    read_piece(reader).map_err(|broken| broken.error)
}

/// As [`read_frame`], of a file that frames were appended to.
pub(crate) fn read_piece<'a>(reader: &mut Reader<'a>) -> Result<Frame<'a>, Broken> {
    let mut ahead = reader.clone();
    let offset = ahead.offset();
    let format = match ahead.byte() {
        Ok(format @ FORMAT_KEYSTROKE..=FORMAT_SNAPSHOT) => format,
        Ok(_) => {
            let what = "a format that Syncline 0.1 does not know: a newer version is needed";
            // Some file systems leave zeros where writing was cut short.
            let zeros = reader.rest().iter().all(|&byte| byte == 0);
            return Err(Broken::new(offset, what, zeros));
        }
        Err(_) => return Err(Broken::new(offset, "input is empty", true)),
    };
    let len = ahead.unsigned()?;
    let header_len = ahead.offset() - offset;
    let sum: [u8; 4] = ahead.array()?;
    let len = usize::try_from(len)
        .ok()
        .filter(|&len| len <= ahead.remaining())
        .ok_or_else(|| Broken::new(offset, "input ends before its frame does", true))?;
    let body = ahead.take(len)?;
    let whole = reader.take(header_len + 4 + len)?;
    let (header, _) = whole.split_at_checked(header_len).unwrap_or((whole, &[]));
    if sum != checksum(header, body) {
        let what = "checksum does not match: the bytes were damaged";
        return Err(Broken::new(offset + header_len, what, reader.is_at_end()));
    }
    Ok(Frame {
        format,
        bytes: whole,
        offset,
        body: header_len + 4,
    })
}
