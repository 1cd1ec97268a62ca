//! What was said of transactions, beside what they did: who made one, when, and why.
//!
//! ```text
//! remarks := (gap remark)*                    gap: operations between this one's and the one's before
//! remark  := parts [operations-2] [length author] [length message] [time]
//! parts   := 1 author | 2 message | 4 time | 8 several operations
//! ```
//!
//! Times are differences from the time before, zigzag. A remark belongs to the last operation of its transaction.

use crate::column::{ReadError, Reader, put_signed, put_unsigned};
use crate::id::{Lv, LvSpan};

const AUTHOR: u8 = 1;
const MESSAGE: u8 = 2;
const TIME: u8 = 4;
const SEVERAL: u8 = 8;

/// Remarks between which no reading starts.
const FAR: usize = 32;

/// What was said of one transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Remark<'a> {
    /// How many operations it has.
    pub(crate) operations: u32,
    /// Who its peer is, from then on.
    pub(crate) author: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
    /// Milliseconds since 1970.
    pub(crate) time: Option<i64>,
}

impl Remark<'_> {
    /// Bytes that it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        const REST: usize = 8;
        let len = |text: Option<&str>| text.map_or(0, str::len);
        REST + len(self.author) + len(self.message)
    }

    /// Appends the remark; times are told from the one before.
    pub(crate) fn write(&self, out: &mut Vec<u8>, time: &mut i64) {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(
            flag(self.author.is_some(), AUTHOR)
                | flag(self.message.is_some(), MESSAGE)
                | flag(self.time.is_some(), TIME)
                | flag(self.operations > 1, SEVERAL),
        );
        if let Some(more) = self.operations.checked_sub(2) {
            put_unsigned(out, more.into());
        }
        for text in [self.author, self.message].into_iter().flatten() {
            put_unsigned(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        if let Some(now) = self.time {
            put_signed(out, now.wrapping_sub(*time));
            *time = now;
        }
    }

    fn read<'a>(reader: &mut Reader<'a>, time: &mut i64) -> Result<Remark<'a>, ReadError> {
        let parts = reader.byte()?;
        if parts & !(AUTHOR | MESSAGE | TIME | SEVERAL) != 0 {
            return Err(reader.error(
                "a remark of a kind that Syncline 0.1 does not know: a newer version is needed",
            ));
        }
        let mut operations = 1;
        if parts & SEVERAL != 0 {
            operations = reader
                .u32()?
                .checked_add(2)
                .ok_or_else(|| reader.error("a transaction of too many operations"))?;
        }
        let mut text = |part: u8| -> Result<Option<&'a str>, ReadError> {
            if parts & part == 0 {
                return Ok(None);
            }
            let len = reader.count(1)?;
            reader.str(len).map(Some)
        };
        let (author, message) = (text(AUTHOR)?, text(MESSAGE)?);
        let mut at = None;
        if parts & TIME != 0 {
            *time = time.wrapping_add(reader.signed()?);
            at = Some(*time);
        }
        Ok(Remark {
            operations,
            author,
            message,
            time: at,
        })
    }
}

/// Where reading can start.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    /// The first operation that the next remark may belong to.
    next: Lv,
    time: i64,
    /// In bytes.
    at: usize,
}

/// Remarks by their operations, ascending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remarks {
    bytes: Vec<u8>,
    /// Before each remark whose index is a multiple of [`FAR`].
    points: Vec<Point>,
    end: Point,
    len: usize,
}

impl Remarks {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The layout above.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends what is said of the transaction that ends with an operation behind all that remarks were made on.
    pub(crate) fn push(&mut self, lv: Lv, remark: &Remark<'_>) {
        debug_assert!(lv >= self.end.next);
        if self.len.is_multiple_of(FAR) {
            self.points.push(self.end);
        }
        put_unsigned(
            &mut self.bytes,
            (lv.0.saturating_sub(self.end.next.0)).into(),
        );
        remark.write(&mut self.bytes, &mut self.end.time);
        self.end.next = lv.plus(1);
        self.end.at = self.bytes.len();
        self.len += 1;
    }

    /// Those on operations of a span.
    pub(crate) fn within(&self, span: LvSpan) -> impl Iterator<Item = (Lv, Remark<'_>)> {
        let behind = self
            .points
            .partition_point(|point| point.next <= span.start);
        let from = behind.checked_sub(1).and_then(|at| self.points.get(at));
        let from = from.or(self.points.first()).copied().unwrap_or_default();
        self.from(from)
            .skip_while(move |&(lv, _)| lv < span.start)
            .take_while(move |&(lv, _)| lv < span.end)
    }

    fn from(&self, point: Point) -> ReadRemarks<'_> {
        let bytes = self.bytes.get(point.at..).unwrap_or(&[]);
        ReadRemarks {
            reader: Reader::new(bytes, 0),
            next: point.next,
            time: point.time,
        }
    }

    /// Forgets those on operations from one on.
    pub(crate) fn truncate(&mut self, end: Lv) {
        if self.end.next <= end {
            return;
        }
        let kept = self.points.partition_point(|point| point.next < end);
        let kept = kept.max(1).min(self.points.len());
        let mut point = kept
            .checked_sub(1)
            .and_then(|at| self.points.get(at).copied())
            .unwrap_or_default();
        let mut len = kept.saturating_sub(1) * FAR;
        let mut rest = self.from(point);
        let (from, all) = (point.at, rest.reader.remaining());
        while let Some((lv, _)) = rest.next()
            && lv < end
        {
            point = Point {
                next: rest.next,
                time: rest.time,
                at: from + all - rest.reader.remaining(),
            };
            len += 1;
        }
        self.bytes.truncate(point.at);
        self.points.truncate(len.div_ceil(FAR));
        (self.end, self.len) = (point, len);
    }
}

/// Reads remarks, as long as they are well-formed.
#[derive(Clone, Debug)]
pub(crate) struct ReadRemarks<'a> {
    reader: Reader<'a>,
    next: Lv,
    time: i64,
}

impl<'a> ReadRemarks<'a> {
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        ReadRemarks {
            reader,
            next: Lv(0),
            time: 0,
        }
    }

    /// The next remark, and the operation it belongs to; `None` at the end.
    pub(crate) fn read_next(&mut self) -> Result<Option<(Lv, Remark<'a>)>, ReadError> {
        if self.reader.is_at_end() {
            return Ok(None);
        }
        let gap = self.reader.u32()?;
        let lv = self.next.0.checked_add(gap).filter(|&lv| lv < u32::MAX);
        let lv = Lv(lv.ok_or_else(|| self.reader.error("a remark on no operation"))?);
        let remark = Remark::read(&mut self.reader, &mut self.time)?;
        self.next = lv.plus(1);
        Ok(Some((lv, remark)))
    }

    pub(crate) fn error(&self, what: &'static str) -> ReadError {
        self.reader.error(what)
    }
}

impl<'a> Iterator for ReadRemarks<'a> {
    type Item = (Lv, Remark<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.read_next().ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Remark, Remarks};
    use crate::id::{Lv, LvSpan};

    type Said = (u32, u32, Option<String>, Option<String>, Option<i64>);

    fn remarks(said: &[Said]) -> Vec<(Lv, Remark<'_>)> {
        let mut lv = 0;
        let mut all = Vec::new();
        for (gap, operations, author, message, time) in said {
            lv += gap;
            let remark = Remark {
                operations: *operations,
                author: author.as_deref(),
                message: message.as_deref(),
                time: *time,
            };
            all.push((Lv(lv), remark));
        }
        all
    }

    fn all_of(column: &Remarks) -> Vec<(Lv, Remark<'_>)> {
        column.within(LvSpan::new(Lv(0), Lv(u32::MAX))).collect()
    }

    proptest! {
        /// A plain list says the same.
        #[test]
        fn they_are_found_by_their_operations_and_forgotten_from_the_end(
            said in prop::collection::vec(
                (1_u32..5, 1_u32..4, any::<Option<String>>(), any::<Option<String>>(), any::<Option<i64>>()),
                0..100,
            ),
            cut in 0_u32..300,
            span in (0_u32..300, 0_u32..300),
        ) {
            let all = remarks(&said);
            let mut column = Remarks::default();
            for (lv, remark) in &all {
                column.push(*lv, remark);
            }
            prop_assert_eq!(all_of(&column), all.clone());
            let span = LvSpan::new(Lv(span.0.min(span.1)), Lv(span.0.max(span.1)));
            let within = |&(lv, _): &(Lv, Remark<'_>)| span.start <= lv && lv < span.end;
            let expected: Vec<_> = all.iter().copied().filter(within).collect();
            prop_assert_eq!(column.within(span).collect::<Vec<_>>(), expected);

            let bytes = column.as_bytes().to_vec();
            column.truncate(Lv(cut));
            let kept: Vec<_> = all.iter().copied().filter(|&(lv, _)| lv < Lv(cut)).collect();
            prop_assert_eq!(all_of(&column), kept.clone());
            for (lv, remark) in all.iter().skip(kept.len()) {
                column.push(*lv, remark);
            }
            prop_assert_eq!(column.as_bytes(), bytes.as_slice());
            prop_assert_eq!(column.within(span).collect::<Vec<_>>().len(), all.iter().filter(|one| within(one)).count());
        }
    }
}
