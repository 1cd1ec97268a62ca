//! Operations that pieces of a delta keep together: one transaction, as far as the log tells transactions apart.

use std::iter::Peekable;

use super::missing::parts_from;
use crate::column::Reader;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, Seq};
use crate::oplog::{Cell, Kind, OpKind, OpLog, OpRun, Piece};

/// Bytes that a stretch takes besides its content, about.
const STRETCH: usize = 4;

/// What an operation or a part of a stretch inserts or sets.
enum Content<'a> {
    Text(&'a str),
    Cells(&'a [u8]),
}

/// A stretch, and all that continues its transaction.
pub(super) struct Unit {
    /// How many operations.
    pub(super) len: u32,
    /// How many bytes, about, before they are packed.
    pub(super) bytes: usize,
    /// Nothing continues a transaction: it may be one, or one an operation.
    pub(super) is_loose: bool,
    first: Piece,
    last: Piece,
}

impl Unit {
    /// The next unit of a run; or only the next of the parts it stands in, where those may be apart.
    pub(super) fn next(
        log: &OpLog,
        pieces: &mut Peekable<impl Iterator<Item = Piece>>,
        apart: bool,
    ) -> Option<Unit> {
        let first = pieces.next()?;
        let mut unit = Unit {
            len: len_of(&first),
            bytes: STRETCH + bytes_of(log, &first),
            is_loose: !is_joined(log, &first),
            first,
            last: first,
        };
        while !apart && let Some(piece) = pieces.next_if(|piece| unit.goes_on(log, piece)) {
            unit.len += len_of(&piece);
            unit.bytes += STRETCH + bytes_of(log, &piece);
            unit.is_loose &= !is_joined(log, &piece);
            unit.last = piece;
        }
        Some(unit)
    }

    /// Whether it stands in several parts.
    pub(super) fn has_parts(&self) -> bool {
        self.len > len_of(&self.first)
    }

    /// How many operations of its first part fit into so many bytes.
    pub(super) fn fitting(&self, log: &OpLog, bytes: usize) -> u32 {
        let Some(room) = bytes.checked_sub(STRETCH) else {
            return 0;
        };
        if bytes_of(log, &self.first) <= room {
            return len_of(&self.first);
        }
        let mut remarks = remarks_of(log, &self.first).peekable();
        let mut said = 0;
        let mut is_in = |(nth, end): &(u32, usize)| {
            while let Some((_, bytes)) = remarks.next_if(|&(last, _)| last <= *nth) {
                said += bytes;
            }
            end + said <= room
        };
        let fit = match content_of(log, &self.first) {
            Content::Text(text) => {
                let ends = text.char_indices().skip(1).map(|(at, _)| at);
                (0..).zip(ends).take_while(&mut is_in).count()
            }
            Content::Cells(cells) => {
                let mut reader = Reader::new(cells, 0);
                let ends = std::iter::from_fn(|| {
                    Cell::read(&mut reader).ok()?;
                    Some(reader.offset())
                });
                (0..).zip(ends).take_while(&mut is_in).count()
            }
        };
        u32::try_from(fit).unwrap_or(u32::MAX)
    }

    /// Whether a part belongs to the same transaction, or may. What is inserted at once may stand in several runs, of
    /// which only the first tells; and what is deleted at once in two stretches, where what was deleted before reads on.
    fn goes_on(&self, log: &OpLog, piece: &Piece) -> bool {
        is_joined(log, piece)
            || match (&self.last, piece) {
                (Piece::Run(one, last), Piece::Run(other, next)) => {
                    one == other
                        && last.end() == next.lv
                        && (next.restores_on() || reads_on(last, next))
                }
                _ => false,
            }
    }
}

fn reads_on(last: &OpRun, next: &OpRun) -> bool {
    match (last.kind(), next.kind()) {
        (OpKind::Insert, OpKind::Insert) => last.may_go_on_in(next),
        _ if last.joined() => false,
        (OpKind::DeleteBack, OpKind::Delete) => last.pos == next.pos,
        (OpKind::Delete, OpKind::Delete | OpKind::DeleteBack) => next.pos + next.len() == last.pos,
        _ => false,
    }
}

/// What the operations of a peer did, from one on and as far as `to`, until one follows something else than the one before.
pub(super) fn pieces_from(
    log: &OpLog,
    author: PeerIx,
    from: Seq,
    to: Seq,
) -> impl Iterator<Item = Piece> {
    parts_from(log, author, from, to).flat_map(|span| pieces(log, span))
}

pub(super) fn pieces(log: &OpLog, span: LvSpan) -> impl Iterator<Item = Piece> {
    log.stretches(span).flat_map(|stretch| {
        let container = stretch.container;
        let sequence = log.sequence(container);
        let entries = match sequence {
            Some(_) => 0..0,
            None => stretch.entries(),
        };
        let runs = sequence
            .into_iter()
            .flat_map(move |sequence| sequence.runs_in(stretch.span))
            .map(move |run| Piece::Run(container, run));
        runs.chain(entries.map(move |entry| Piece::Entry(container, entry)))
    })
}

fn len_of(piece: &Piece) -> u32 {
    match piece {
        Piece::Run(_, run) => run.len(),
        Piece::Entry(..) => 1,
    }
}

fn is_joined(log: &OpLog, piece: &Piece) -> bool {
    match *piece {
        Piece::Run(_, run) => run.joined(),
        Piece::Entry(_, entry) => log.entries.joined(entry),
    }
}

fn content_of<'l>(log: &'l OpLog, piece: &Piece) -> Content<'l> {
    match piece {
        Piece::Entry(_, entry) => Content::Cells(log.entries.cell_bytes(*entry)),
        Piece::Run(container, run) => match log.sequence(*container) {
            Some(_) if run.kind() == OpKind::Mark => Content::Cells(log.marks.cell_bytes(run.lv)),
            Some(sequence) if matches!(run.kind(), OpKind::Insert | OpKind::Set) => {
                let mut content = Content::Cells(sequence.cells_of(run));
                if log.containers.kind(*container) == Kind::Text {
                    sequence.each_text(run.span(), |text| content = Content::Text(text));
                }
                content
            }
            _ => Content::Cells(&[]),
        },
    }
}

fn bytes_of(log: &OpLog, piece: &Piece) -> usize {
    let said: usize = remarks_of(log, piece).map(|(_, bytes)| bytes).sum();
    let content = match content_of(log, piece) {
        Content::Text(text) => text.len(),
        Content::Cells(cells) => cells.len(),
    };
    content + said
}

/// How many bytes the remarks on some operations take, about, by which of them each is on.
fn remarks_of(log: &OpLog, piece: &Piece) -> impl Iterator<Item = (u32, usize)> {
    let span = match piece {
        _ if log.remarks.is_empty() => LvSpan::new(Lv(0), Lv(0)),
        Piece::Run(_, run) => run.span(),
        Piece::Entry(_, entry) => {
            let lv = log.entry_lv(*entry);
            LvSpan::new(lv, lv.plus(1))
        }
    };
    let remarks = log.remarks.within(span);
    remarks.map(move |(lv, remark)| (lv.0 - span.start.0, remark.bytes()))
}
