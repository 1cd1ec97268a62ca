//! The frame around encodings: a format number, the length of the body, a CRC-32 over both and the body, the body.

/// Format number and body, as far as there is a header at all; neither length nor checksum need be right.
pub fn open(frame: &[u8]) -> Option<(u8, &[u8])> {
    let (&format, rest) = frame.split_first()?;
    let mut at = 0;
    number(rest, &mut at)?;
    Some((format, rest.get(at + 4..)?))
}

/// A frame with a right length and checksum.
pub fn close(format: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![format];
    put_number(&mut frame, body.len());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame);
    hasher.update(body);
    frame.extend_from_slice(&hasher.finalize().to_le_bytes());
    frame.extend_from_slice(body);
    frame
}

/// The frames that bytes consist of, and what is left over.
pub fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while let Some(len) = whole(bytes) {
        let (frame, rest) = bytes.split_at(len);
        frames.push(frame);
        bytes = rest;
    }
    if !bytes.is_empty() {
        frames.push(bytes);
    }
    frames
}

fn whole(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let len = number(bytes.get(1..)?, &mut at)?;
    let whole = at.checked_add(5)?.checked_add(len)?;
    (whole <= bytes.len()).then_some(whole)
}

/// Makes length and checksum right.
pub fn seal(frame: &[u8]) -> Vec<u8> {
    match open(frame) {
        Some((format, body)) => close(format, body),
        None => frame.to_vec(),
    }
}

fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encodings;

    #[test]
    fn what_replicas_write_is_read_as_the_library_does() {
        let all = encodings::all();
        for frame in all {
            let (format, body) = open(frame).expect("a header");
            assert_eq!(close(format, body), *frame);
            let mut damaged = frame.clone();
            let end = damaged.len() - body.len();
            damaged[end - 4..end].fill(0);
            assert_eq!(seal(&damaged), *frame);
        }
    }

    #[test]
    fn any_bytes_are_sealed() {
        for len in 0..40 {
            for byte in [0, 1, 2, 0x7f, 0xff] {
                let mut bytes = vec![byte; len];
                bytes.first_mut().into_iter().for_each(|first| *first = 3);
                seal(&bytes);
            }
        }
    }
}
