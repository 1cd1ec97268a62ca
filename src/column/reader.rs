//! Reading bytes from outside.

use super::varint::signed_of;

/// What was wrong, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ReadError {
    pub(crate) offset: usize,
    pub(crate) what: &'static str,
}

/// A checked walk over bytes from outside.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` starts in the whole input, for errors.
    base: usize,
    /// Whether they were packed there: no byte of theirs has a place of its own.
    packed: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], base: usize) -> Self {
        Reader {
            bytes,
            at: 0,
            base,
            packed: false,
        }
    }

    /// Walks bytes that stood packed in the input, at `base`.
    pub(crate) fn unpacked(bytes: &'a [u8], base: usize) -> Self {
        Reader {
            packed: true,
            ..Reader::new(bytes, base)
        }
    }

    pub(crate) fn offset(&self) -> usize {
        self.base + self.at
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(crate) fn error(&self, what: &'static str) -> ReadError {
        let offset = if self.packed {
            self.base
        } else {
            self.offset()
        };
        ReadError { offset, what }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, ReadError> {
        let byte = *self
            .bytes
            .get(self.at)
            .ok_or_else(|| self.error("input ends early"))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], ReadError> {
        if len > self.remaining() {
            return Err(self.error("input ends early"));
        }
        let taken = self
            .bytes
            .get(self.at..self.at + len)
            .ok_or_else(|| self.error("input ends early"))?;
        self.at += len;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    #[inline]
    pub(crate) fn unsigned(&mut self) -> Result<u64, ReadError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            let digit = u64::from(byte & 0x7f);
            if shift > 63 || (shift == 63 && digit > 1) {
                return Err(self.error("integer too large"));
            }
            value |= digit << shift;
            if byte < 0x80 {
                return if byte == 0 {
                    Err(self.error("integer with a needless digit"))
                } else {
                    Ok(value)
                };
            }
            shift += 7;
        }
    }

    #[inline]
    pub(crate) fn signed(&mut self) -> Result<i64, ReadError> {
        Ok(signed_of(self.unsigned()?))
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, ReadError> {
        let value = self.unsigned()?;
        u32::try_from(value).map_err(|_| self.error("number too large"))
    }

    /// A count of things that take at least `each` bytes of what remains.
    pub(crate) fn count(&mut self, each: usize) -> Result<usize, ReadError> {
        let count = self.unsigned()?;
        let most = self.remaining() / each.max(1);
        match usize::try_from(count) {
            Ok(count) if count <= most => Ok(count),
            _ => Err(self.error("count larger than the input")),
        }
    }

    pub(crate) fn str(&mut self, len: usize) -> Result<&'a str, ReadError> {
        let mut start = self.clone();
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|error| {
            start.at += error.valid_up_to();
            start.error("text is not UTF-8")
        })
    }
}
