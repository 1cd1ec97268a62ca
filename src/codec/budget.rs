//! What reading may take of memory, whatever the bytes say that they hold.
//!
//! A bit can be an operation, which takes a few dozen bytes once it is read. So bytes are trusted with some times as many of
//! memory. What holds more than that is gone through once more, keeping nothing: only where all of it adds up, and comes to no
//! more than the limits allow, is it read for good.

use smallvec::{Array, SmallVec};

use super::fields::Fields;
use crate::column::ReadError;
use crate::limits::Limits;

/// What is refused costs so many times its bytes, and so much besides.
const TRUSTED_TIMES: usize = 8;
const TRUSTED: usize = 1 << 20;
/// Of that, what is needed besides what is kept: decoders above all.
const BESIDE: usize = 256 << 10;
/// An honest stretch takes about a byte, and a few dozen bytes of memory.
const TIMES: usize = 32;

const TOO_MANY: &str = "more operations than so few bytes may hold";

/// What items are appended to.
pub(super) trait List<T> {
    fn room(&self) -> (usize, usize);
    fn reserve_exact(&mut self, more: usize);
    fn push(&mut self, item: T);
}

impl<T> List<T> for Vec<T> {
    fn room(&self) -> (usize, usize) {
        (self.len(), self.capacity())
    }

    fn reserve_exact(&mut self, more: usize) {
        Vec::reserve_exact(self, more);
    }

    fn push(&mut self, item: T) {
        Vec::push(self, item);
    }
}

impl<A: Array> List<A::Item> for SmallVec<A> {
    fn room(&self) -> (usize, usize) {
        (self.len(), self.capacity())
    }

    fn reserve_exact(&mut self, more: usize) {
        SmallVec::reserve_exact(self, more);
    }

    fn push(&mut self, item: A::Item) {
        SmallVec::push(self, item);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Items are kept, as many as the bytes are trusted with.
    Trusting,
    /// They turned out to be more.
    Spent,
    /// Nothing is kept.
    Counting,
    /// All has been counted, and is kept.
    Keeping,
}

/// Bytes of memory that may still be taken.
pub(super) struct Budget {
    left: usize,
    /// The same, of what has been counted.
    most: usize,
    stage: Stage,
}

impl Budget {
    /// For what stands in so many bytes, packed parts of which were unpacked to `unpacked`. `taken` is in use already.
    pub(super) fn new(bytes: usize, unpacked: usize, taken: usize, limits: &Limits) -> Self {
        let trusted = bytes.saturating_add(unpacked).saturating_mul(TRUSTED_TIMES);
        let left = trusted.saturating_add(TRUSTED - BESIDE);
        let most = bytes.saturating_mul(TIMES);
        let most = most.saturating_add(limits.inflated_bytes as usize);
        Budget {
            left: left
                .saturating_sub(unpacked.saturating_add(taken))
                .min(most),
            most,
            stage: Stage::Trusting,
        }
    }

    /// For a look at bytes that may be damaged, of which as much is kept as can be.
    pub(super) fn of_all(bytes: usize, limits: &Limits) -> Self {
        let mut budget = Budget::new(bytes, 0, 0, limits);
        budget.left = budget.most;
        budget
    }

    /// What to do when reading came to an end: `Ok(true)` when all is read, `Ok(false)` to begin again.
    pub(super) fn is_done<E>(&mut self, read: Result<(), E>) -> Result<bool, E> {
        self.stage = match (self.stage, read) {
            (Stage::Spent, _) => Stage::Counting,
            (_, Err(error)) => return Err(error),
            (Stage::Counting, Ok(())) => Stage::Keeping,
            (_, Ok(())) => return Ok(true),
        };
        if self.stage == Stage::Counting {
            self.left = self.most;
        }
        Ok(false)
    }

    /// Whether what is read is kept.
    #[inline]
    pub(super) fn keeps(&self) -> bool {
        self.stage != Stage::Counting
    }

    /// Appends an item, where items are kept.
    #[inline(always)]
    pub(super) fn push<T>(
        &mut self,
        items: &mut impl List<T>,
        item: T,
        fields: &Fields<'_>,
    ) -> Result<(), ReadError> {
        if !self.keeps() {
            return self.take(size_of::<T>(), fields);
        }
        let (len, capacity) = items.room();
        if len == capacity {
            self.grow(items, fields)?;
        }
        items.push(item);
        Ok(())
    }

    /// Makes room for as many again.
    #[inline(never)]
    fn grow<T>(&mut self, items: &mut impl List<T>, fields: &Fields<'_>) -> Result<(), ReadError> {
        let more = items.room().0.max(4);
        self.take(more * size_of::<T>(), fields)?;
        items.reserve_exact(more);
        Ok(())
    }

    /// Makes room for so many items at once, where there is enough for them.
    pub(super) fn reserve<T>(&mut self, items: &mut impl List<T>, count: usize) {
        let left = self.left.checked_sub(count * size_of::<T>());
        if let (true, Some(left)) = (self.keeps() && count > items.room().1, left) {
            self.left = left;
            items.reserve_exact(count);
        }
    }

    /// Makes room for that many more bytes, where they are kept.
    #[inline]
    pub(super) fn room(
        &mut self,
        bytes: &mut Vec<u8>,
        more: usize,
        fields: &Fields<'_>,
    ) -> Result<(), ReadError> {
        if !self.keeps() {
            return self.take(more, fields);
        }
        if bytes.capacity() - bytes.len() < more {
            let more = more.max(bytes.len()).max(64);
            self.take(more, fields)?;
            bytes.reserve_exact(more);
        }
        Ok(())
    }

    /// Takes so many bytes. What has been counted has been taken.
    #[inline]
    pub(super) fn take(&mut self, bytes: usize, fields: &Fields<'_>) -> Result<(), ReadError> {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None if self.stage == Stage::Keeping => {}
            None => return Err(self.spent(fields)),
        }
        Ok(())
    }

    /// Checks that there are so many left.
    #[inline]
    pub(super) fn covers(&mut self, bytes: usize, fields: &Fields<'_>) -> Result<(), ReadError> {
        if bytes <= self.left || self.stage == Stage::Keeping {
            return Ok(());
        }
        Err(self.spent(fields))
    }

    #[cold]
    fn spent(&mut self, fields: &Fields<'_>) -> ReadError {
        if self.stage == Stage::Trusting {
            self.stage = Stage::Spent;
        }
        fields.error(TOO_MANY)
    }
}
