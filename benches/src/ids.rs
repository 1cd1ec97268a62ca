//! Ids of writers as they are in the wild: large and random-looking, so that they cost every engine its 8 bytes.
//!
//! Works number their writers from 1. Where two insert at one place some engines go by the smaller id, so ids stand in
//! the order of the numbers.

use crate::random::Random;

/// A writer's id in 64 bits, of which the highest is set.
#[must_use]
pub fn id(writer: u64) -> u64 {
    let place = writer.min((1 << 20) - 1) << 43;
    1 << 63 | place | Random::new(writer).number() >> 21
}

/// The same for an engine whose ids have 53 bits: 8 bytes as a varint.
#[must_use]
pub fn id_of_53_bits(writer: u64) -> u64 {
    id(writer) >> 11
}

/// The same as a name of 8 letters, in the order of the ids.
#[must_use]
pub fn name(writer: u64) -> String {
    const LETTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    let id = id(writer);
    (0..8)
        .map(|place| char::from(LETTERS[(id >> (58 - 6 * place) & 63) as usize]))
        .collect()
}
