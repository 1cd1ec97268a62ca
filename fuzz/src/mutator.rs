//! Changes encodings at random, behind right checksums.
//!
//! The fuzzer's own changes of bytes hardly ever keep a checksum right, so it would never get behind one. Here most of what
//! it changes is sealed again, and now and then it starts anew from a valid encoding.

use arbitrary::Arbitrary;

use crate::encodings;
use crate::frame::{HEADER, pack, seal, seal_all, unpack};

/// Changes the first `size` bytes of `data`, which has room for `max_size`, and returns how many there are then.
/// `change` is the fuzzer's own way to change bytes, by the same arguments.
pub fn change_frame(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    change: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    if size <= HEADER || seed.is_multiple_of(64) {
        let all = encodings::all();
        return store(data, max_size, &all[seed as usize / 64 % all.len()]);
    }
    if seed % 64 < 4 {
        return change(data, size, max_size);
    }
    let mut deltas = unpack(&data[..size]);
    if deltas.is_empty() || seed % 64 < 12 {
        let size = change(data, size, max_size);
        seal_all(&mut data[..size]);
        return size;
    }
    // Within a snapshot the lengths before a delta have to follow it.
    let room = max_size.saturating_sub(size);
    let which = seed as usize / 64 % deltas.len();
    let delta = &mut deltas[which];
    let len = delta.len();
    // The fuzzer changes no empty bytes without room for more.
    let room = room.max(usize::from(len == 0));
    delta.resize(len + room, 0);
    let len = change(delta, len, len + room);
    delta.truncate(len);
    seal(delta);
    store(data, max_size, &pack(&deltas))
}

/// What does not fit is left out: a cut encoding is an input, too.
fn store(data: &mut [u8], max_size: usize, bytes: &[u8]) -> usize {
    let len = bytes.len().min(max_size).min(data.len());
    data[..len].copy_from_slice(&bytes[..len]);
    len
}

/// One change of an encoding; positions are taken by their remainder.
#[derive(Arbitrary, Clone, Debug)]
pub enum Mutation {
    /// Inverts a bit.
    Flip(u16, u8),
    /// Overwrites a byte.
    Set(u16, u8),
    /// Adds to a byte, which often is a whole number.
    Add(u16, i8),
    /// Puts bytes in between.
    Insert(u16, [u8; 2]),
    /// Takes bytes out.
    Remove(u16, u8),
    /// Repeats bytes where they stand.
    Repeat(u16, u8),
    /// Puts a large number in between.
    Large(u16, u8),
    /// Cuts off the rest.
    Cut(u16),
}

/// Changes the body of a frame, or of one delta in a snapshot, and makes all checksums right.
pub fn mutate(frame: &[u8], within: u8, mutations: &[Mutation]) -> Vec<u8> {
    let mut deltas = unpack(frame);
    let count = deltas.len();
    // One in four goes to the snapshot's own body.
    if count == 0 || within.is_multiple_of(4) {
        let mut frame = frame.to_vec();
        mutations
            .iter()
            .for_each(|mutation| apply(&mut frame, mutation));
        seal_all(&mut frame);
        return frame;
    }
    let delta = &mut deltas[usize::from(within / 4) % count];
    mutations.iter().for_each(|mutation| apply(delta, mutation));
    seal(delta);
    pack(&deltas)
}

fn apply(frame: &mut Vec<u8>, mutation: &Mutation) {
    let room = frame.len().saturating_sub(HEADER);
    if room == 0 {
        return;
    }
    let place = |at: u16| HEADER + usize::from(at) % room;
    let span =
        |at: u16, len: u8| place(at)..(place(at) + 1 + usize::from(len) % 16).min(frame.len());
    match *mutation {
        Mutation::Flip(at, bit) => frame[place(at)] ^= 1 << (bit % 8),
        Mutation::Set(at, byte) => frame[place(at)] = byte,
        Mutation::Add(at, by) => frame[place(at)] = frame[place(at)].wrapping_add_signed(by),
        Mutation::Insert(at, bytes) => drop(frame.splice(place(at)..place(at), bytes)),
        Mutation::Remove(at, len) => drop(frame.drain(span(at, len))),
        Mutation::Repeat(at, len) => {
            let repeated = frame[span(at, len)].to_vec();
            drop(frame.splice(place(at)..place(at), repeated));
        }
        Mutation::Large(at, bits) => {
            let mut number = [0xff; 5];
            number[4] = bits & 0x7f;
            drop(frame.splice(place(at)..=place(at), number));
        }
        Mutation::Cut(at) => frame.truncate(place(at)),
    }
}
