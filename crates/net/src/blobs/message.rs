//! What is said about blobs: the bodies of frames 4 to 11. Numbers are little-endian.
//!
//! | kind | body |
//! |---|---|
//! | 4 offer | 1 byte: 1 if this is all so far, else 0 · of each blob its hash (32 bytes), length (8), and the key of a document that refers to it (8) |
//! | 5 settled | of so many offers (8), in order, each is on disk, or is not wanted |
//! | 6 want list | the blob (32), the document (8), the number of a part of the list of its chunks (4) |
//! | 7 want chunk | the blob (32), the document (8), where the chunk begins (8), its length (4) |
//! | 8 list | the number of the part (4) · of each chunk its hash (32) and length (4) |
//! | 9 chunk | its bytes |
//! | 10 gone | what was asked for cannot be given: no more of that blob |
//! | 11 refused | a blob (32) that is offered and is not taken · why, in UTF-8, at most 200 bytes |

use syncline_store::{Blob, BlobId, Chunk};

use crate::cut::cut;

/// Blobs in one offer, at most.
pub(crate) const OFFERED_MAX: usize = 256;

/// Chunks of one part of a list, and bytes of a chunk, at most: as a store has them.
const CHUNKS_MAX: usize = 16;
pub(crate) const CHUNK_MAX: u32 = 256 << 10;

const OFFER: u8 = 4;
const SETTLED: u8 = 5;
const WANT_LIST: u8 = 6;
const WANT_CHUNK: u8 = 7;
const LIST: u8 = 8;
const CHUNK: u8 = 9;
const GONE: u8 = 10;
const REFUSED: u8 = 11;

/// Bytes of a reason.
const REASON_MAX: usize = 200;

/// A blob that a side has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    pub(crate) blob: BlobId,
    pub(crate) bytes: u64,
    /// A document that refers to it, by key.
    pub(crate) document: u64,
}

impl Offer {
    /// What it tells of the blob.
    pub(super) fn told(&self) -> Blob {
        Blob::new(self.blob, self.bytes)
    }
}

/// What is wanted of a blob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    List { number: u32 },
    Chunk { offset: u64, bytes: u32 },
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Says {
    Offer {
        is_all: bool,
        offers: Vec<Offer>,
    },
    Settled(u64),
    Want {
        blob: BlobId,
        document: u64,
        piece: Piece,
    },
    List {
        number: u32,
        chunks: Vec<Chunk>,
    },
    Chunk(Vec<u8>),
    Gone,
    Refused {
        blob: BlobId,
        why: String,
    },
}

impl Says {
    /// Whether a frame of that kind is one of these.
    pub(crate) fn is(kind: u8) -> bool {
        (OFFER..=REFUSED).contains(&kind)
    }

    /// How many bytes these are, about.
    pub(crate) fn len(&self) -> usize {
        match self {
            Says::Chunk(bytes) => bytes.len() + 1,
            Says::Offer { offers, .. } => offers.len() * 48 + 2,
            _ => REASON_MAX + 64,
        }
    }

    /// The kind, and the body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Says::Offer { is_all, offers } => {
                let mut bytes = vec![OFFER, u8::from(*is_all)];
                for offer in offers {
                    bytes.extend(offer.blob.as_bytes());
                    bytes.extend(offer.bytes.to_le_bytes());
                    bytes.extend(offer.document.to_le_bytes());
                }
                bytes
            }
            Says::Settled(count) => [&[SETTLED][..], &count.to_le_bytes()].concat(),
            Says::Want {
                blob,
                document,
                piece,
            } => {
                let kind = match piece {
                    Piece::List { .. } => WANT_LIST,
                    Piece::Chunk { .. } => WANT_CHUNK,
                };
                let mut bytes = vec![kind];
                bytes.extend(blob.as_bytes());
                bytes.extend(document.to_le_bytes());
                match piece {
                    Piece::List { number } => bytes.extend(number.to_le_bytes()),
                    Piece::Chunk {
                        offset,
                        bytes: length,
                    } => {
                        bytes.extend(offset.to_le_bytes());
                        bytes.extend(length.to_le_bytes());
                    }
                }
                bytes
            }
            Says::List { number, chunks } => {
                let mut bytes = vec![LIST];
                bytes.extend(number.to_le_bytes());
                for chunk in chunks {
                    bytes.extend(chunk.hash);
                    bytes.extend(chunk.bytes.to_le_bytes());
                }
                bytes
            }
            Says::Chunk(bytes) => [&[CHUNK], &**bytes].concat(),
            Says::Gone => vec![GONE],
            Says::Refused { blob, why } => {
                let why = cut(why, REASON_MAX);
                [&[REFUSED], &blob.as_bytes()[..], why.as_bytes()].concat()
            }
        }
    }

    /// What a frame of one of these kinds says; `None` where it makes no sense.
    pub(crate) fn read(kind: u8, body: &[u8]) -> Option<Says> {
        let mut rest = Rest(body);
        let says = match kind {
            OFFER => {
                let is_all = match rest.number()? {
                    [0] => false,
                    [1] => true,
                    _ => return None,
                };
                let mut offers = Vec::new();
                while !rest.0.is_empty() && offers.len() < OFFERED_MAX {
                    offers.push(Offer {
                        blob: BlobId::from_bytes(rest.number()?),
                        bytes: u64::from_le_bytes(rest.number()?),
                        document: u64::from_le_bytes(rest.number()?),
                    });
                }
                Says::Offer { is_all, offers }
            }
            SETTLED => Says::Settled(u64::from_le_bytes(rest.number()?)),
            WANT_LIST | WANT_CHUNK => Says::Want {
                blob: BlobId::from_bytes(rest.number()?),
                document: u64::from_le_bytes(rest.number()?),
                piece: match kind {
                    WANT_LIST => Piece::List {
                        number: u32::from_le_bytes(rest.number()?),
                    },
                    _ => Piece::Chunk {
                        offset: u64::from_le_bytes(rest.number()?),
                        bytes: u32::from_le_bytes(rest.number()?),
                    },
                },
            },
            LIST => {
                let number = u32::from_le_bytes(rest.number()?);
                let mut chunks = Vec::new();
                while !rest.0.is_empty() && chunks.len() < CHUNKS_MAX {
                    let hash = rest.number()?;
                    let bytes = u32::from_le_bytes(rest.number()?);
                    chunks.push(Chunk::new(hash, bytes));
                }
                Says::List { number, chunks }
            }
            CHUNK if body.len() <= CHUNK_MAX as usize => {
                rest.0 = &[];
                Says::Chunk(body.to_vec())
            }
            GONE => Says::Gone,
            REFUSED => {
                let blob = BlobId::from_bytes(rest.number()?);
                let why = String::from_utf8(std::mem::take(&mut rest.0).to_vec()).ok()?;
                let is_reason = why.len() <= REASON_MAX && !why.chars().any(char::is_control);
                is_reason.then_some(Says::Refused { blob, why })?
            }
            _ => return None,
        };
        rest.0.is_empty().then_some(says)
    }
}

/// What is left to be read.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn number<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_cut_or_longer() {
        let blob = BlobId::of(b"a picture");
        let offer = Offer {
            blob,
            bytes: 9,
            document: u64::MAX,
        };
        let want = |piece| Says::Want {
            blob,
            document: 7,
            piece,
        };
        for says in [
            Says::Offer {
                is_all: true,
                offers: vec![offer; OFFERED_MAX],
            },
            Says::Offer {
                is_all: false,
                offers: Vec::new(),
            },
            Says::Settled(u64::MAX),
            want(Piece::List { number: 3 }),
            want(Piece::Chunk {
                offset: 1 << 40,
                bytes: CHUNK_MAX,
            }),
            Says::List {
                number: 1,
                chunks: vec![Chunk::of(b"a picture"); CHUNKS_MAX],
            },
            Says::Chunk(vec![7; 100]),
            Says::Gone,
            Says::Refused {
                blob,
                why: String::new(),
            },
        ] {
            let bytes = says.bytes();
            let (kind, body) = (bytes[0], &bytes[1..]);
            assert!(Says::is(kind));
            assert_eq!(Says::read(kind, body).as_ref(), Some(&says));
            if !matches!(says, Says::Chunk(_) | Says::Refused { .. }) {
                let longer = [body, &[1]].concat();
                assert_eq!(Says::read(kind, &longer), None, "{says:?}");
                let cut = body.get(..body.len().saturating_sub(1));
                let is_cut = cut.filter(|cut| cut.len() < body.len());
                assert_eq!(is_cut.and_then(|cut| Says::read(kind, cut)), None);
            }
        }
        assert_eq!(Says::read(CHUNK, &vec![0; CHUNK_MAX as usize + 1]), None);
        let why = "ä".repeat(REASON_MAX);
        let bytes = Says::Refused { blob, why }.bytes();
        let read = Says::read(REFUSED, &bytes[1..]);
        assert!(matches!(read, Some(Says::Refused { why, .. }) if why.len() == REASON_MAX));
        assert_eq!(
            Says::read(REFUSED, &[&[0; 32][..], b"\x1b[2J"].concat()),
            None
        );
        assert_eq!(Says::read(12, &[]), None);
    }
}
