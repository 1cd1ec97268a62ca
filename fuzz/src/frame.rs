//! The frame around encodings: a format number, the length of the body, a CRC-32 over both and the body, the body.
//!
//! A snapshot's body is frames, one after another.

/// The format number of a snapshot.
const SNAPSHOT: u8 = 3;

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

/// Makes lengths and checksums right: those of the frames in a snapshot as far as they can be found, then its own.
pub fn seal(frame: &[u8]) -> Vec<u8> {
    let Some((format, body)) = open(frame) else {
        return frame.to_vec();
    };
    if format != SNAPSHOT {
        return close(format, body);
    }
    let (frames, rest) = nested(body);
    let mut body: Vec<u8> = frames.iter().flat_map(|frame| seal(frame)).collect();
    body.extend_from_slice(rest);
    close(format, &body)
}

/// The frames in a snapshot, the history first. Of what is no snapshot, nothing.
pub fn unpack(frame: &[u8]) -> Vec<Vec<u8>> {
    match open(frame) {
        Some((SNAPSHOT, body)) => {
            let (frames, _) = nested(body);
            frames.into_iter().map(<[u8]>::to_vec).collect()
        }
        _ => Vec::new(),
    }
}

/// A snapshot of these frames, the history first.
pub fn pack(frames: &[Vec<u8>]) -> Vec<u8> {
    close(SNAPSHOT, &frames.concat())
}

/// Frames one after another, as far as their lengths make sense, and what is left.
fn nested(mut body: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut frames = Vec::new();
    loop {
        let mut at = 1;
        let Some(len) = number(body, &mut at) else {
            return (frames, body);
        };
        let end = at.checked_add(4).and_then(|start| start.checked_add(len));
        match end.and_then(|end| body.split_at_checked(end)) {
            Some((frame, rest)) => {
                frames.push(frame);
                body = rest;
            }
            None => return (frames, body),
        }
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
        assert!(
            all.iter().any(|frame| unpack(frame).len() > 1),
            "no snapshot among them has something waiting"
        );
        for frame in all {
            let (format, body) = open(frame).expect("a header");
            assert_eq!(close(format, body), *frame);
            let mut damaged = frame.clone();
            let end = damaged.len() - body.len();
            damaged[end - 4..end].fill(0);
            assert_eq!(seal(&damaged), *frame);
            if format == SNAPSHOT {
                assert_eq!(pack(&unpack(frame)), *frame);
            }
        }
    }

    #[test]
    fn any_bytes_are_sealed() {
        for len in 0..40 {
            for byte in [0, 1, 2, 0x7f, 0xff] {
                let mut bytes = vec![byte; len];
                bytes
                    .first_mut()
                    .into_iter()
                    .for_each(|first| *first = SNAPSHOT);
                seal(&bytes);
                unpack(&bytes);
            }
        }
    }
}
