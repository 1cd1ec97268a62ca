//! Paths that most changes can do with.

use super::origin::Origin;

/// Bytes that a short path can have.
const MOST: usize = 31;

/// A path kept in place, so that a change of one keystroke can be told and dropped without a thought.
#[derive(Clone, Copy, Default)]
pub(super) struct ShortPath {
    bytes: [u8; MOST],
    /// The length, and above it the origin of the change that has this path.
    len: u8,
}

const LEN: u8 = 31;
const ORIGIN_SHIFT: u32 = 5;

impl ShortPath {
    /// The path, if it is short.
    pub(super) fn new(path: &str) -> Option<ShortPath> {
        let mut bytes = [0; MOST];
        bytes
            .get_mut(..path.len())?
            .copy_from_slice(path.as_bytes());
        Some(ShortPath {
            bytes,
            len: u8::try_from(path.len()).ok()?,
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..(self.len & LEN).into()).unwrap_or(&[])
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::from_code(self.len >> ORIGIN_SHIFT)
    }

    pub(super) fn set_origin(&mut self, origin: Origin) {
        self.len = self.len & LEN | origin.code() << ORIGIN_SHIFT;
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

impl std::fmt::Debug for ShortPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}
