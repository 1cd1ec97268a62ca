//! Variable-length integers.

/// Appends `value` in base 128, low digits first; 1 to 10 bytes.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that [`put_unsigned`] takes for a value.
#[inline]
pub(crate) fn unsigned_len(value: u64) -> usize {
    (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// Appends a signed integer, small magnitudes short.
#[inline]
pub(crate) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, zigzag_of(value));
}

/// 0, -1, 1, -2 … to 0, 1, 2, 3 …
#[inline]
pub(crate) fn zigzag_of(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

/// The inverse of [`zigzag_of`].
#[inline]
pub(crate) fn signed_of(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed())
}
