//! What parsing may take of memory, whatever the bytes say that they hold.

use super::fields::Fields;
use crate::column::ReadError;
use crate::limits::Limits;

/// An honest stretch takes about a byte, and a few dozen bytes of memory.
const TIMES: usize = 32;

/// Bytes of memory that may still be taken: some times as many as came in, and as many as may be inflated.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(bytes: usize, limits: &Limits) -> Self {
        Budget(
            TIMES
                .saturating_mul(bytes)
                .saturating_add(limits.inflated_bytes as usize),
        )
    }

    /// Takes the room of one `T`, which was read from `fields`.
    #[inline]
    pub(super) fn take<T>(&mut self, fields: &Fields<'_>) -> Result<(), ReadError> {
        let rest = self.0.checked_sub(size_of::<T>());
        self.0 = rest.ok_or_else(|| fields.error("more operations than so few bytes may hold"))?;
        Ok(())
    }
}
