//! Frames: what one WebSocket message holds. A byte of kind, and a body.
//!
//! | kind | body |
//! |---|---|
//! | 0 greeting | version (1 byte), features (4 bytes, little-endian), and what the sender takes: see `terms.rs`. Both sides' first frame |
//! | 1 session | a message of the session |
//! | 2 stored | so many session frames (8 bytes, little-endian) of the other side have been taken in, and are on disk |
//! | 3 end | why, in UTF-8: the last frame |
//! | 4 to 11 | of blobs: see `blobs/message.rs` |

use crate::blobs::Says;
use crate::cut::cut;
use crate::error::Error;
use crate::features::Features;
use crate::terms::Terms;

/// The version of these frames.
pub(crate) const VERSION: u8 = 1;

/// Bytes of a greeting, at most.
const GREETING_MAX: usize = 4 << 10;

/// Bytes of the reason in an end.
const REASON_MAX: usize = 500;

/// What one WebSocket message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Frame {
    Greeting {
        version: u8,
        features: Features,
        /// What the other side takes, if it says so.
        terms: Option<Terms>,
    },
    Session(Vec<u8>),
    Stored(u64),
    End(String),
    /// Of blobs, where both sides can.
    Blob(Says),
}

impl Frame {
    /// What a side says that can do this beyond version 1, and takes that.
    pub(crate) fn greeting(features: Features, terms: Terms) -> Frame {
        Frame::Greeting {
            version: VERSION,
            features,
            terms: Some(terms),
        }
    }

    /// How many bytes it has, about.
    pub(crate) fn len(&self) -> usize {
        match self {
            Frame::Session(message) => message.len() + 1,
            Frame::Blob(says) => says.len(),
            _ => REASON_MAX,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Frame::Greeting {
                version,
                features,
                terms,
            } => {
                let mut bytes = vec![0, *version];
                bytes.extend(features.bits().to_le_bytes());
                bytes.extend(terms.iter().flat_map(Terms::bytes));
                bytes
            }
            Frame::Session(message) => {
                let mut bytes = Vec::with_capacity(message.len() + 1);
                bytes.push(1);
                bytes.extend_from_slice(message);
                bytes
            }
            Frame::Stored(count) => {
                let mut bytes = vec![2];
                bytes.extend(count.to_le_bytes());
                bytes
            }
            Frame::End(why) => {
                let mut bytes = vec![3];
                bytes.extend(cut(why, REASON_MAX).as_bytes());
                bytes
            }
            Frame::Blob(says) => says.bytes(),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Frame, Error> {
        let malformed = |what| Error::Malformed { what };
        let (&kind, body) = bytes.split_first().ok_or(malformed("it is empty"))?;
        match kind {
            0 => match *body {
                [VERSION, ref rest @ ..] if rest.len() <= GREETING_MAX => {
                    let features = rest.split_first_chunk();
                    let (features, rest) = features.ok_or(malformed("a greeting that is cut"))?;
                    // A later version's greeting may go on.
                    Ok(Frame::Greeting {
                        version: VERSION,
                        features: Features::from_bits(u32::from_le_bytes(*features)),
                        terms: Terms::read(rest),
                    })
                }
                [VERSION, ..] => Err(malformed("a greeting of over 4 KiB")),
                [found, ..] => Err(Error::Version { found }),
                [] => Err(malformed("a greeting that is cut")),
            },
            1 => Ok(Frame::Session(body.to_vec())),
            2 => match body.try_into() {
                Ok(count) => Ok(Frame::Stored(u64::from_le_bytes(count))),
                Err(_) => Err(malformed("a count of 8 bytes is due")),
            },
            3 => {
                let why = body.get(..REASON_MAX).unwrap_or(body);
                let why: String = String::from_utf8_lossy(why)
                    .chars()
                    .filter(|char| !char.is_control())
                    .collect();
                Ok(Frame::End(why))
            }
            kind if Says::is(kind) => {
                let says = Says::read(kind, body);
                says.map(Frame::Blob)
                    .ok_or(malformed("what it says of blobs makes no sense"))
            }
            _ => Err(malformed("its kind is not known")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;
    use crate::limits::Limits;

    fn terms() -> Terms {
        Terms::of_relay(&Limits::default())
    }

    #[test]
    fn what_is_written_is_read() {
        for frame in [
            Frame::greeting(Features::all(), terms()),
            Frame::greeting(Features::none(), Terms::default()),
            Frame::Session(vec![7, 8]),
            Frame::Stored(u64::MAX),
            Frame::End("full".to_owned()),
        ] {
            assert_eq!(Frame::read(&frame.bytes()).unwrap(), frame);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bytes in [&[][..], &[0], &[0, 1, 0], &[2, 1], &[4], &[255; 40]] {
            let read = Frame::read(bytes);
            assert!(matches!(read, Err(Error::Malformed { .. })), "{bytes:?}");
        }
        let read = Frame::read(&[0, 2, 0, 0, 0, 0]);
        assert!(matches!(read, Err(Error::Version { found: 2 })));
        // What a later program can, and a greeting that goes on.
        let greeting = Frame::read(&[0, 1, 255, 255, 255, 255, 7]).unwrap();
        let expected = Frame::Greeting {
            version: VERSION,
            features: Features::all(),
            terms: None,
        };
        assert_eq!(greeting, expected);
        let whole = Frame::greeting(Features::all(), terms());
        let longer = [&*whole.bytes(), &[7; 99]].concat();
        assert_eq!(Frame::read(&longer).unwrap(), whole);
        let too_long = [&*whole.bytes(), &[7; GREETING_MAX]].concat();
        let read = Frame::read(&too_long);
        assert!(matches!(read, Err(Error::Malformed { .. })));
        // What is long ends with a letter.
        let why = "€".repeat(REASON_MAX);
        let end = Frame::read(&Frame::End(why).bytes()).unwrap();
        assert_eq!(end, Frame::End("€".repeat(REASON_MAX / 3)));
        // Escapes for a terminal are no reason.
        let end = Frame::read(b"\x03gone\x1b[2J").unwrap();
        assert_eq!(end, Frame::End("gone[2J".to_owned()));
    }
}
