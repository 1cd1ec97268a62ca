//! The operations of one text or list.

use super::cell::Cell;
use super::run::{LEN_MAX, OpKind, OpRun};
use crate::column::Reader;
use crate::id::{Lv, LvSpan};

/// Elements that a run may hold when finding one of them means walking.
pub(super) const WIDE_MAX: u32 = [128, 4][cfg!(any(test, feature = "small-nodes")) as usize];

/// Inserted content, in order of local version.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(String),
    Cells(Vec<u8>),
}

/// Runs of one container's operations, in order of local version, and what they inserted.
#[derive(Clone, Debug)]
pub(crate) struct SequenceLog {
    pub(super) runs: Vec<OpRun>,
    pub(super) content: Content,
    has_marks: bool,
    /// Where the last run that restores ends; 0 if none does.
    restored: Lv,
}

impl SequenceLog {
    pub(crate) fn text() -> Self {
        SequenceLog {
            runs: Vec::new(),
            content: Content::Text(String::new()),
            has_marks: false,
            restored: Lv(0),
        }
    }

    pub(crate) fn list() -> Self {
        SequenceLog {
            runs: Vec::new(),
            content: Content::Cells(Vec::new()),
            has_marks: false,
            restored: Lv(0),
        }
    }

    /// Appends an insertion that goes on where the newest operation of all ended; says whether it does, and simply so.
    #[inline]
    pub(crate) fn insert_on(&mut self, lv: Lv, pos: u32, text: &str, len: u32) -> bool {
        let Content::Text(content) = &mut self.content else {
            return false;
        };
        let goes_on = text.len() == len as usize
            && self
                .runs
                .last_mut()
                .is_some_and(|last| last.insert_on(lv, pos, len));
        if goes_on {
            content.push_str(text);
        }
        goes_on
    }

    /// Appends an insertion to a run of its own, or to one that takes a closer look.
    #[inline(never)]
    pub(crate) fn insert_apart(&mut self, lv: Lv, pos: u32, text: &str, len: u32, since: Lv) {
        self.push_text(lv, pos, text, len, lv > since, self.may_extend(since));
    }

    /// Appends a deletion that goes on where the newest operation of all ended; says whether it does.
    #[inline]
    pub(crate) fn delete_on(&mut self, lv: Lv, pos: u32, len: u32, since: Lv) -> bool {
        self.runs.last_mut().is_some_and(|last| {
            last.end() == lv && last.may_extend(since) && last.try_extend(OpKind::Delete, pos, len)
        })
    }

    /// Appends the insertion of a text of `len` scalars. `extend`: whether it may join the last run, where it reads on.
    #[inline]
    pub(crate) fn push_text(
        &mut self,
        lv: Lv,
        pos: u32,
        text: &str,
        len: u32,
        joined: bool,
        extend: bool,
    ) {
        let Content::Text(content) = &mut self.content else {
            return;
        };
        let offset = content.len();
        content.push_str(text);
        let wide = text.len() != len as usize;
        if extend
            && let Some(last) = self.runs.last_mut()
            && last.end() == lv
            && (if last.wide() {
                last.len() + len <= WIDE_MAX
            } else {
                !wide
            })
            && last.try_extend(OpKind::Insert, pos, len)
        {
            return;
        }
        if !wide && len <= LEN_MAX {
            self.runs.push(OpRun::new(
                lv,
                OpKind::Insert,
                pos,
                len,
                offset_of(offset),
                joined,
            ));
        } else {
            self.push_pieces(lv, pos, text, len, offset, joined);
        }
    }

    fn push_pieces(&mut self, lv: Lv, pos: u32, text: &str, len: u32, base: usize, joined: bool) {
        let wide = text.len() != len as usize;
        let most = if wide { WIDE_MAX } else { LEN_MAX };
        let mut push = |from: u32, to: u32, offset: usize| {
            let first = joined && from == 0;
            let mut run = OpRun::new(
                lv.plus(from),
                OpKind::Insert,
                pos + from,
                to - from,
                offset_of(base + offset),
                first,
            );
            if wide {
                run.set_wide();
            }
            self.runs.push(run);
        };
        let (mut at, mut rest) = (0, text);
        while at < len {
            let to = len.min(at + most);
            push(at, to, text.len() - rest.len());
            rest = behind(rest, to - at, wide);
            at = to;
        }
    }

    /// Appends a deletion.
    #[inline]
    pub(crate) fn push_delete(
        &mut self,
        lv: Lv,
        kind: OpKind,
        pos: u32,
        len: u32,
        joined: bool,
        extend: bool,
    ) {
        let kind = if len == 1 { OpKind::Delete } else { kind };
        if extend
            && let Some(last) = self.runs.last_mut()
            && last.end() == lv
            && last.try_extend(kind, pos, len)
        {
            return;
        }
        let offset = self.content_len();
        self.runs
            .push(OpRun::new(lv, kind, pos, len, offset_of(offset), joined));
    }

    /// Appends a mark, of which only the place stands here.
    pub(crate) fn push_mark(&mut self, lv: Lv, pos: u32, joined: bool) {
        let offset = offset_of(self.content_len());
        let run = OpRun::new(lv, OpKind::Mark, pos, 1, offset, joined);
        self.runs.push(run);
        self.has_marks = true;
    }

    /// Whether a text was ever marked.
    pub(crate) fn has_marks(&self) -> bool {
        self.has_marks
    }

    /// Appends restores of what consecutive deletions of one author deleted; `on`: see [`OpRun::restores_on`].
    pub(crate) fn push_restore(&mut self, lv: Lv, deletions: LvSpan, joined: bool, on: bool) {
        let offset = offset_of(self.content_len());
        let (pos, len) = (deletions.start.0, deletions.len());
        let mut run = OpRun::new(lv, OpKind::Restore, pos, len, offset, joined);
        if on {
            run.set_wide();
        }
        self.runs.push(run);
        self.restored = run.end();
    }

    /// Whether any operation from `lv` on restores something.
    #[inline]
    pub(crate) fn restores_since(&self, lv: Lv) -> bool {
        self.restored > lv
    }

    /// Whether operations stand in this sequence, and a restore may take each of them back: deletions, sets, moves and
    /// marks, and restores of all but deletions. So who restores such a restore is not taken back himself.
    pub(crate) fn can_be_restored(&self, span: LvSpan) -> bool {
        let is_write =
            |run: &OpRun| matches!(run.kind(), OpKind::Set | OpKind::Move | OpKind::Mark);
        let can_be = |run: &OpRun| match run.kind() {
            OpKind::Delete | OpKind::DeleteBack => true,
            OpKind::Restore => self.runs_in(run.restored()).all(|run| is_write(&run)),
            _ => is_write(run),
        };
        let runs = self.runs_in(span).take_while(can_be);
        runs.map(|run| run.len()).sum::<u32>() == span.len()
    }

    /// Bytes of everything that was inserted.
    pub(crate) fn content_len(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::Cells(cells) => cells.len(),
        }
    }

    /// Of the text that was inserted, `bytes` from an offset on.
    pub(crate) fn content_at(&self, from: u32, bytes: u32) -> &str {
        let (from, bytes) = (from as usize, bytes as usize);
        match &self.content {
            Content::Text(text) => text.get(from..from + bytes).unwrap_or(""),
            Content::Cells(_) => "",
        }
    }

    /// Whether the last run began at `lv` or later, or continues nothing: then a new transaction may extend it.
    #[inline]
    pub(crate) fn may_extend(&self, transaction: Lv) -> bool {
        self.runs
            .last()
            .is_some_and(|last| last.may_extend(transaction))
    }

    /// The index of the first run that ends after `lv`.
    pub(crate) fn index_after(&self, lv: Lv) -> usize {
        // Most questions are about the newest runs.
        let mut to = self.runs.len();
        for near in [1, 8, 64] {
            let from = self.runs.len().saturating_sub(near);
            if self.runs.get(from).is_some_and(|run| run.lv <= lv) {
                return from + self.runs[from..to].partition_point(|run| run.end() <= lv);
            }
            to = from;
        }
        self.runs[..to].partition_point(|run| run.end() <= lv)
    }

    /// What an operation does, as a run of one.
    pub(crate) fn operation(&self, lv: Lv) -> Option<OpRun> {
        let run = self.runs.get(self.index_after(lv))?;
        let nth = lv.0 - run.lv.0;
        Some(run.clip(nth, nth + 1))
    }

    /// The parts of runs within a span, ascending.
    pub(crate) fn runs_in(&self, span: LvSpan) -> impl DoubleEndedIterator<Item = OpRun> + '_ {
        let from = self.index_after(span.start);
        let to = match self.runs.last() {
            Some(last) if last.lv < span.end => self.runs.len(),
            _ => self.runs.partition_point(|run| run.lv < span.end),
        };
        self.runs
            .get(from..to)
            .unwrap_or(&[])
            .iter()
            .map(move |run| run.within(span))
    }

    /// All runs.
    pub(crate) fn runs(&self) -> &[OpRun] {
        &self.runs
    }

    /// The text that the operations `from..to` of a run inserted.
    pub(super) fn text_of(&self, run: &OpRun, from: u32, to: u32) -> &str {
        match &self.content {
            Content::Text(text) => {
                let text = text.get(run.content as usize..).unwrap_or("");
                scalars(text, from, to, run.wide())
            }
            Content::Cells(_) => "",
        }
    }

    /// The same operations, inserting another text of as many scalars.
    pub(crate) fn with_text(&self, text: &str) -> SequenceLog {
        let mut new = SequenceLog::text();
        let mut rest = text;
        for run in &self.runs {
            let (lv, pos, len, joined) = (run.lv, run.pos, run.len(), run.joined());
            match run.kind() {
                OpKind::Insert => {
                    let inserted = scalars(rest, 0, len, true);
                    new.push_text(lv, pos, inserted, len, joined, false);
                    rest = rest.get(inserted.len()..).unwrap_or("");
                }
                OpKind::Mark => new.push_mark(lv, pos, joined),
                OpKind::Restore => {
                    new.push_restore(lv, run.restored(), joined, run.restores_on());
                }
                kind => new.push_delete(lv, kind, pos, len, joined, false),
            }
        }
        new
    }

    /// Forgets the operations from `end` on.
    pub(crate) fn truncate(&mut self, end: Lv) {
        while let Some(last) = self.runs.last().copied() {
            if last.end() <= end {
                break;
            }
            self.runs.pop();
            let offset = last.content as usize;
            if last.lv >= end {
                match &mut self.content {
                    Content::Text(text) => text.truncate(offset),
                    Content::Cells(cells) => cells.truncate(offset),
                }
                continue;
            }
            let kept = last.clip(0, end.0 - last.lv.0);
            let inserts = matches!(kept.kind(), OpKind::Insert | OpKind::Set);
            match &mut self.content {
                Content::Text(text) if inserts => {
                    let len = scalars(&text[offset..], 0, kept.len(), kept.wide()).len();
                    text.truncate(offset + len);
                }
                Content::Cells(cells) if inserts => {
                    let mut reader = Reader::new(&cells[offset..], 0);
                    for _ in 0..kept.len() {
                        let _ = Cell::read(&mut reader);
                    }
                    let len = reader.offset();
                    cells.truncate(offset + len);
                }
                _ => {}
            }
            self.runs.push(kept);
        }
        if self.restored > end {
            let mut restores = self.runs.iter().rev();
            let last = restores.find(|run| run.kind() == OpKind::Restore);
            self.restored = last.map_or(Lv(0), OpRun::end);
        }
    }
}

/// The scalars `from..to` of a text that starts with them.
pub(super) fn scalars(text: &str, from: u32, to: u32, wide: bool) -> &str {
    let text = behind(text, from, wide);
    let rest = behind(text, to.saturating_sub(from), wide);
    text.get(..text.len() - rest.len()).unwrap_or("")
}

/// What follows the first `count` scalars of a text.
fn behind(text: &str, count: u32, wide: bool) -> &str {
    if !wide {
        return text.get(count as usize..).unwrap_or("");
    }
    let mut chars = text.chars();
    if let Some(last) = count.checked_sub(1) {
        chars.nth(last as usize);
    }
    chars.as_str()
}

/// Content columns stay under 4 GiB: the limit on content sees to it.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn offset_of(bytes: usize) -> u32 {
    bytes as u32
}
