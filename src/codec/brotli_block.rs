//! Bytes in a Brotli stream, whose window is no larger than they need.

use super::error::DecodeError;

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
pub(super) fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
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
pub(super) fn packed(_: &[u8]) -> Option<Vec<u8>> {
    None
}

/// Reads a stream that gives so many bytes.
#[cfg(feature = "compact")]
pub(super) fn unpacked(packed: &[u8], len: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
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
pub(super) fn unpacked(_: &[u8], _: usize, offset: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::new(
        offset,
        "packed with Brotli, which this build cannot read: it lacks the feature `compact`",
    ))
}

#[cfg(all(test, feature = "compact"))]
mod tests {
    use super::{packed, window_asked, window_of};
    use crate::codec::block::{BROTLI, read_block};
    use crate::column::{Reader, put_unsigned};

    /// A decoder makes room for what a stream says of itself, whatever comes of it.
    #[test]
    fn brotli_that_asks_for_more_memory_than_its_block_has_bytes_is_refused() {
        let text = "over and over again, ".repeat(20);
        let block = |packed: &[u8]| {
            let mut bytes = vec![BROTLI];
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
        assert_eq!(block(&packed(text.as_bytes()).unwrap()), Ok(()));
    }

    #[test]
    fn windows_hold_their_blocks() {
        for (len, bits) in [
            (0, 10),
            (1008, 10),
            (1009, 11),
            (1 << 20, 21),
            (usize::MAX, 24),
        ] {
            assert_eq!(window_of(len), bits, "{len} bytes");
        }
        for len in [100, 1000, 3000, 70_000] {
            let bytes = b"abc".repeat(len);
            let packed = packed(&bytes).unwrap();
            assert_eq!(window_asked(packed[0]), Some(window_of(bytes.len())));
        }
    }
}
