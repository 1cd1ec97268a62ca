//! The text that operations inserted: of one span, or of very many.

use super::sequence_log::SequenceLog;
use crate::id::{Lv, LvSpan};

/// Knows for each of about as many stretches of a span as runs lie in it where its runs start, so that a question is not a
/// search through all of them.
#[derive(Debug)]
pub(crate) struct Finder<'a> {
    log: &'a SequenceLog,
    least: Lv,
    /// Operations of a stretch, as a power of two.
    shift: u32,
    /// For each stretch, the index of the first run that ends after its start; and one more.
    firsts: Vec<usize>,
}

impl<'a> Finder<'a> {
    /// For operations of `span`. O(runs in it).
    pub(crate) fn new(log: &'a SequenceLog, span: LvSpan) -> Self {
        let mut at = log.index_after(span.start);
        let runs = log.index_after(span.end) - at + 1;
        let shift = (span.len() as usize / runs).max(1).ilog2();
        let stretches = (span.len() >> shift) + 2;
        let firsts = (0..stretches)
            .map(|stretch| {
                let start = span.start.0 + (stretch << shift);
                while log.runs().get(at).is_some_and(|run| run.end().0 <= start) {
                    at += 1;
                }
                at
            })
            .collect();
        Finder {
            log,
            least: span.start,
            shift,
            firsts,
        }
    }

    /// Calls `each` with the text that the operations of a span inserted, piece by piece with their lengths.
    pub(crate) fn each_text(&self, span: LvSpan, each: impl FnMut(&'a str, u32)) {
        let stretch = ((span.start.0 - self.least.0) >> self.shift) as usize;
        let from = self.firsts[stretch];
        let near = &self.log.runs()[from..self.firsts[stretch + 1].max(from)];
        let behind = near.partition_point(|run| run.end() <= span.start);
        self.log.each_piece_from(from + behind, span, each);
    }
}

impl SequenceLog {
    /// Calls `each` with the text that the operations of a span inserted, piece by piece. O(log runs) and the piece.
    pub(crate) fn each_text<'a>(&'a self, span: LvSpan, mut each: impl FnMut(&'a str)) {
        self.each_piece_from(self.index_after(span.start), span, |piece, _| each(piece));
    }

    /// The same with the pieces' lengths, where questions nearly always go on behind the last: `near` is the run at which that was found.
    pub(crate) fn each_text_near<'a>(
        &'a self,
        near: &mut usize,
        span: LvSpan,
        each: impl FnMut(&'a str, u32),
    ) {
        let onward = self.runs().get(*near..).unwrap_or(&[]);
        *near = match onward.first() {
            Some(first) if first.lv <= span.start => onward
                .iter()
                .take(4)
                .position(|run| run.end() > span.start)
                .map(|behind| *near + behind),
            _ => None,
        }
        .unwrap_or_else(|| self.index_after(span.start));
        self.each_piece_from(*near, span, each);
    }

    fn each_piece_from<'a>(
        &'a self,
        index: usize,
        span: LvSpan,
        mut each: impl FnMut(&'a str, u32),
    ) {
        let mut at = span.start;
        for run in self.runs().get(index..).unwrap_or(&[]) {
            if at >= span.end {
                break;
            }
            let to = span.end.min(run.end()).0 - run.lv.0;
            let from = at.0 - run.lv.0;
            each(self.text_of(run, from, to), to - from);
            at = run.lv.plus(to);
        }
    }
}
