//! Changes encodings at random, behind right checksums.
//!
//! The fuzzer's own changes of bytes hardly ever keep a checksum right, so it would never get behind one. Here most of what
//! it changes is sealed again, and now and then it starts anew from a valid encoding.

use arbitrary::Arbitrary;

use crate::encodings;
use crate::frame::{close, open};

/// Changes the first `size` bytes of `data`, which has room for `max_size`, and returns how many there are then.
/// `change` is the fuzzer's own way to change bytes, by the same arguments.
pub fn change_frame(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    change: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let Some((format, body)) = open(&data[..size]).filter(|_| !seed.is_multiple_of(64)) else {
        let all = encodings::all();
        return store(data, max_size, &all[seed as usize / 64 % all.len()]);
    };
    if seed % 64 < 4 {
        return change(data, size, max_size);
    }
    let room = max_size.saturating_sub(size);
    let body = changed(body, room, change);
    store(data, max_size, &close(format, &body))
}

/// The fuzzer's own change of a body.
fn changed(body: &[u8], room: usize, change: fn(&mut [u8], usize, usize) -> usize) -> Vec<u8> {
    // It changes no empty bytes without room for more.
    let (mut body, len) = (body.to_vec(), body.len());
    let room = room.max(usize::from(len == 0));
    body.resize(len + room, 0);
    let len = change(&mut body, len, len + room);
    body.truncate(len);
    body
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

/// Changes the body of a frame, and makes its checksum right.
pub fn mutate(frame: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let Some((format, body)) = open(frame) else {
        return frame.to_vec();
    };
    let mut body = body.to_vec();
    mutations
        .iter()
        .for_each(|mutation| apply(&mut body, mutation));
    close(format, &body)
}

fn apply(body: &mut Vec<u8>, mutation: &Mutation) {
    let room = body.len();
    if room == 0 {
        return;
    }
    let place = |at: u16| usize::from(at) % room;
    let span =
        |at: u16, len: u8| place(at)..(place(at) + 1 + usize::from(len) % 16).min(body.len());
    match *mutation {
        Mutation::Flip(at, bit) => body[place(at)] ^= 1 << (bit % 8),
        Mutation::Set(at, byte) => body[place(at)] = byte,
        Mutation::Add(at, by) => body[place(at)] = body[place(at)].wrapping_add_signed(by),
        Mutation::Insert(at, bytes) => drop(body.splice(place(at)..place(at), bytes)),
        Mutation::Remove(at, len) => drop(body.drain(span(at, len))),
        Mutation::Repeat(at, len) => {
            let repeated = body[span(at, len)].to_vec();
            drop(body.splice(place(at)..place(at), repeated));
        }
        Mutation::Large(at, bits) => {
            let mut number = [0xff; 5];
            number[4] = bits & 0x7f;
            drop(body.splice(place(at)..=place(at), number));
        }
        Mutation::Cut(at) => body.truncate(place(at)),
    }
}
