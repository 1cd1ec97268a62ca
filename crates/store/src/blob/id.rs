//! Names of blobs.

use std::fmt;
use std::str::FromStr;

/// What stands before the digits.
const PREFIX: &str = "syncline-blob:";

/// Names a blob: the blake3 hash of its bytes. Written as `syncline-blob:` and 64 hexadecimal digits; a document that holds this
/// anywhere, in a value, a text, or a mark, keeps the blob from being collected.
///
/// # Examples
///
/// ```
/// use syncline_store::BlobId;
///
/// let blob = BlobId::of(b"a picture");
/// assert_eq!(blob.to_string().parse(), Ok(blob));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> BlobId {
        BlobId(blake3::hash(bytes).into())
    }

    /// Of a hash.
    pub fn from_bytes(hash: [u8; 32]) -> BlobId {
        BlobId(hash)
    }

    /// The hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex(&self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A text is no blob's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoBlobId;

impl fmt::Display for NoBlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a blob's name is {PREFIX} and 64 hexadecimal digits")
    }
}

impl std::error::Error for NoBlobId {}

impl FromStr for BlobId {
    type Err = NoBlobId;

    fn from_str(text: &str) -> Result<BlobId, NoBlobId> {
        let digits = text.strip_prefix(PREFIX).ok_or(NoBlobId)?;
        match digits.len() {
            64 => read_digits(digits.as_bytes()).ok_or(NoBlobId),
            _ => Err(NoBlobId),
        }
    }
}

/// The name in the first 64 digits.
fn read_digits(digits: &[u8]) -> Option<BlobId> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.get(..64)?.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    }
    Some(BlobId(hash))
}

/// Every name that stands in these bytes, whatever stands around it.
pub(crate) fn names_in(mut bytes: &[u8], mut each: impl FnMut(BlobId)) {
    let colon = PREFIX.as_bytes().last();
    while let Some(at) = bytes.iter().position(|byte| Some(byte) == colon) {
        let (before, after) = bytes.split_at(at + 1);
        if before.ends_with(PREFIX.as_bytes())
            && let Some(blob) = read_digits(after)
        {
            each(blob);
        }
        bytes = after;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn found(text: &str) -> Vec<BlobId> {
        let mut found = Vec::new();
        names_in(text.as_bytes(), |blob| found.push(blob));
        found
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let (one, two) = (BlobId::of(b"one"), BlobId::of(b"two"));
        assert_eq!(found(&one.to_string()), [one]);
        assert_eq!(
            found(&format!("![:a:]({one}) {two}{one}!")),
            [one, two, one]
        );
        assert_eq!(found(&one.to_string().to_uppercase()), []);
        let cut = one.to_string();
        assert_eq!(found(&cut[..cut.len() - 1]), []);
        assert_eq!(found(&cut[1..]), []);
    }

    #[test]
    fn only_whole_names_are_read() {
        let name = BlobId::of(b"one").to_string();
        assert_eq!(name.parse(), Ok(BlobId::of(b"one")));
        for wrong in [&name[1..], &format!("{name}0"), &name.replace(':', "-"), ""] {
            assert_eq!(wrong.parse::<BlobId>(), Err(NoBlobId), "{wrong}");
        }
    }
}
