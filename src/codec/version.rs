//! A version as bytes: what a program keeps to come back to it.
//!
//! ```text
//! frontier := 1 (peer (8, little-endian) seq (varint))* checksum
//! ```
//!
//! Operations stand in ascending order. The checksum is the CRC-32 of all before it, little-endian.

use super::DecodeError;
use super::frame::checksum;
use crate::column::{Reader, put_unsigned};
use crate::id::{Frontier, OpId, Peer};

const FORMAT: u8 = 1;

impl Frontier {
    /// The version as bytes that will always be read: 5, and 9 to 13 for each operation. The same version gives the same
    /// bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Frontier};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("A first draft"))?;
    /// let draft = doc.frontier().to_bytes();
    /// doc.transact(|tx| tx.text("body").delete(2..8))?;
    ///
    /// let version = Frontier::from_bytes(&draft)?;
    /// assert_eq!(doc.at(&version)?.text("body").to_string(), "A first draft");
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for OpId { peer, seq } in self.iter() {
            bytes.extend_from_slice(&peer.get().to_le_bytes());
            put_unsigned(&mut bytes, seq.into());
        }
        let sum = checksum(&[], &bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// The version that [`to_bytes`](Frontier::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// What is wrong with bytes that it did not write, and where.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, DecodeError> {
        let (body, sum) = bytes
            .split_last_chunk::<4>()
            .ok_or(DecodeError::new(bytes.len(), "input ends early"))?;
        let mut reader = Reader::new(body, 0);
        if reader.byte()? != FORMAT {
            return Err(DecodeError::new(0, "unknown format of a frontier"));
        }
        if checksum(&[], body) != *sum {
            return Err(DecodeError::new(body.len(), "the checksum does not match"));
        }
        let mut ids: Vec<OpId> = Vec::with_capacity(body.len() / 9);
        while !reader.is_at_end() {
            let offset = reader.offset();
            let peer = Peer::new(u64::from_le_bytes(reader.array()?))
                .ok_or(DecodeError::new(offset, "peer 0"))?;
            let id = OpId {
                peer,
                seq: reader.u32()?,
            };
            if ids.last().is_some_and(|last| *last >= id) {
                return Err(DecodeError::new(offset, "operations out of order"));
            }
            ids.push(id);
        }
        Ok(ids.into_iter().collect())
    }
}
