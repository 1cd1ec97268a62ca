//! The frame around encodings: a format number, a CRC-32 over it and the body, the body.
//!
//! A snapshot's body is `length delta count (length delta)*`, each delta a frame of its own.

/// The format number of a snapshot.
const SNAPSHOT: u8 = 2;

/// Format number and checksum.
pub const HEADER: usize = 5;

/// Makes the checksum of a frame right. Fewer bytes than a header stay as they are.
pub fn seal(frame: &mut [u8]) {
    if let Some((header, body)) = frame.split_first_chunk_mut::<HEADER>() {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&header[..1]);
        hasher.update(body);
        header[1..].copy_from_slice(&hasher.finalize().to_le_bytes());
    }
}

/// Makes all checksums right: those of the deltas in a snapshot as far as they can be found, then its own.
pub fn seal_all(frame: &mut [u8]) {
    for (start, end) in nested(frame) {
        seal(&mut frame[start..end]);
    }
    seal(frame);
}

/// The deltas in a snapshot, the history first. Of what is no snapshot, nothing.
pub fn unpack(frame: &[u8]) -> Vec<Vec<u8>> {
    nested(frame)
        .into_iter()
        .map(|(start, end)| frame[start..end].to_vec())
        .collect()
}

/// A snapshot of these deltas, the history first.
pub fn pack(deltas: &[Vec<u8>]) -> Vec<u8> {
    let mut frame = vec![SNAPSHOT, 0, 0, 0, 0];
    for (at, delta) in deltas.iter().enumerate() {
        if at == 1 {
            put_number(&mut frame, deltas.len() - 1);
        }
        put_number(&mut frame, delta.len());
        frame.extend_from_slice(delta);
    }
    if deltas.len() < 2 {
        put_number(&mut frame, 0);
    }
    seal(&mut frame);
    frame
}

/// Where the deltas in a snapshot stand, as far as its lengths make sense.
fn nested(frame: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if frame.first() != Some(&SNAPSHOT) {
        return found;
    }
    let mut at = HEADER;
    while let Some(len) = number(frame, &mut at) {
        match at.checked_add(len) {
            Some(end) if end <= frame.len() => found.push((at, end)),
            _ => break,
        }
        at += len;
        if found.len() == 1 && number(frame, &mut at).is_none() {
            break;
        }
    }
    found
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
            let mut sealed = frame.clone();
            sealed[1..HEADER].fill(0);
            seal_all(&mut sealed);
            assert_eq!(sealed, *frame);
            if frame[0] == SNAPSHOT {
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
                seal_all(&mut bytes);
                unpack(&bytes);
            }
        }
    }
}
