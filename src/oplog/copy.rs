//! Copying operations into another log, in whose numbers they stand there.

use std::convert::Infallible;

use super::{Cell, ContainerIx, Kind, Name, OpKind, OpLog, OpRun, Segment, SequenceLog};
use crate::graph::PeerIx;
use crate::id::{Heads, Lv, LvSpan};

/// Numbers of a log, and what they are in the one that operations are copied to.
#[derive(Debug)]
pub(crate) struct Copied {
    /// What was copied, ascending, and where each span's first operation stands.
    spans: Vec<(LvSpan, Lv)>,
    peers: Vec<Option<PeerIx>>,
    containers: Vec<Option<ContainerIx>>,
}

impl Copied {
    /// The operation in the other log, if it was copied.
    pub(crate) fn lv(&self, lv: Lv) -> Option<Lv> {
        let at = self.spans.partition_point(|(span, _)| span.end <= lv);
        let &(span, first) = self.spans.get(at)?;
        (span.start <= lv).then(|| first.plus(lv.0 - span.start.0))
    }

    /// The operation that was copied to one of the other log.
    pub(crate) fn source(&self, copy: Lv) -> Option<Lv> {
        let behind = self.spans.partition_point(|&(_, first)| first <= copy);
        let &(span, first) = self.spans.get(behind.checked_sub(1)?)?;
        let lv = span.start.plus(copy.0 - first.0);
        (lv < span.end).then_some(lv)
    }

    /// The container in the other log, if an operation that was copied belongs to it or made it.
    pub(crate) fn container(&self, container: ContainerIx) -> Option<ContainerIx> {
        self.containers.get(container.at()).copied().flatten()
    }
}

impl OpLog {
    /// Appends operations of another log: spans that are ascending, and follow what this log has. The two have the same
    /// ground, if any. O(runs and content of the spans, and the other log's tables).
    pub(crate) fn copy_from(&mut self, from: &OpLog, spans: &[LvSpan]) -> Copied {
        let mut copied = Copied {
            spans: Vec::with_capacity(spans.len() + 1),
            peers: vec![None; from.peers.len()],
            containers: vec![None; from.containers.len()],
        };
        if let Some(ground) = &from.ground {
            // Both were opened from the same bytes, and have the same numbers so far.
            let shown = LvSpan::new(Lv(0), ground.end);
            copied.spans.push((shown, Lv(0)));
        }
        for &span in spans {
            copied.spans.push((span, self.end()));
            for (part, parents) in from.graph.parts_of(span) {
                self.copy_part(from, part, parents.as_slice(), &mut copied);
            }
        }
        for (container, name) in from.containers.iter() {
            if copied.container(container).is_none() {
                copied.note(container, self.find_from(from, name, &copied));
            }
        }
        copied
    }

    /// Appends a part of a run of the graph, which follows these.
    fn copy_part(&mut self, from: &OpLog, part: LvSpan, parents: &[Lv], copied: &mut Copied) {
        let parents: Heads = parents.iter().filter_map(|&lv| copied.lv(lv)).collect();
        let (author, seq) = from.graph.author_of(part.start);
        let author = self.author_from(from, author, copied);
        let first = self.end();
        self.push_span(&parents, part.len(), author, seq);
        for (lv, remark) in from.remarks.within(part) {
            self.remarks.push(first.plus(lv.0 - part.start.0), &remark);
        }
        for stretch in from.stretches(part) {
            let container = self.container_from(from, stretch.container, copied);
            let start = first.plus(stretch.span.start.0 - part.start.0);
            let Some(sequence) = from.sequence(stretch.container) else {
                self.copy_entries(from, stretch.entries(), start, container, copied);
                continue;
            };
            self.route(start, container);
            let mut near = 0;
            for run in sequence.runs_in(stretch.span) {
                let lv = start.plus(run.lv.0 - stretch.span.start.0);
                if run.kind() == OpKind::Mark {
                    self.copy_mark(from, &run, lv, container);
                    continue;
                }
                if run.kind() == OpKind::Restore {
                    // What follows a deletion is copied after it, and consecutive ones stay so.
                    let first = copied.lv(Lv(run.pos)).unwrap_or_default();
                    let deletions = LvSpan::new(first, first.plus(run.len()));
                    let on = run.restores_on();
                    self.push_restore(lv, container, deletions, run.joined(), on);
                    continue;
                }
                self.copy_run(sequence, &mut near, &run, lv, container);
            }
        }
    }

    /// Appends one run, or a part of it; `near` is where in the source the last one was found.
    fn copy_run(
        &mut self,
        source: &SequenceLog,
        near: &mut usize,
        run: &OpRun,
        lv: Lv,
        container: ContainerIx,
    ) {
        let (pos, len, joined) = (run.pos, run.len(), run.joined());
        let is_text = self.containers.kind(container) == Kind::Text;
        match run.kind() {
            OpKind::Insert if is_text => source.each_text_near(near, run.span(), |text, _| {
                if let Some(sequence) = self.sequence_mut(container) {
                    sequence.push_text(lv, pos, text, len, joined, false);
                }
            }),
            OpKind::Insert => {
                let span = LvSpan::new(lv, lv.plus(len));
                self.push_values(span, container, pos, source.cells_of(run), joined, false);
            }
            OpKind::Move => self.push_move(lv, container, pos, source.moved_to(run.lv), joined),
            OpKind::Set => self.push_set(lv, container, pos, source.cells_of(run), joined),
            // Names another operation, or stands elsewhere.
            OpKind::Restore | OpKind::Mark => {}
            OpKind::Delete | OpKind::DeleteBack => {
                if let Some(sequence) = self.sequence_mut(container) {
                    sequence.push_delete(lv, run.kind(), pos, len, joined, false);
                }
            }
        }
    }

    fn copy_mark(&mut self, from: &OpLog, run: &OpRun, lv: Lv, container: ContainerIx) {
        if let Some(mark) = from.marks.get(run.lv) {
            let key = self.keys.intern(from.keys.name(mark.key));
            let cell = from.marks.cell_bytes(run.lv);
            self.push_mark(
                lv,
                container,
                run.pos,
                (mark.extent, key),
                cell,
                run.joined(),
            );
        }
    }

    fn copy_entries(
        &mut self,
        from: &OpLog,
        entries: std::ops::Range<u32>,
        start: Lv,
        container: ContainerIx,
        copied: &mut Copied,
    ) {
        for (nth, entry) in (0..).zip(entries) {
            let key = from.entries.key(entry);
            let key = key.map(|key| self.keys.intern(from.keys.name(key)));
            let (cell, joined) = (from.entries.cell(entry), from.entries.joined(entry));
            if let Cell::Back(target) = cell {
                let target = copied.lv(from.entry_lv(target)).unwrap_or_default();
                self.push_back(start.plus(nth), container, self.entry_of(target), joined);
                continue;
            }
            let cell = match cell {
                Cell::Moved(moved) => Cell::Moved(self.container_from(from, moved, copied)),
                other => other,
            };
            self.push_entry(start.plus(nth), container, key, cell, joined);
        }
    }

    fn author_from(&mut self, from: &OpLog, author: PeerIx, copied: &mut Copied) -> PeerIx {
        if let Some(Some(known)) = copied.peers.get(author.at()) {
            return *known;
        }
        let peer = from.peers.peer(author);
        let known = match (self.peers.find(peer), from.peers.segment(author)) {
            (Some(known), _) => known,
            (None, Some(&Segment { of, start, before })) => {
                let before = self.author_from(from, before, copied);
                self.peers
                    .intern_segment(peer, Segment { of, start, before })
            }
            (None, None) => self.peers.intern(peer),
        };
        if let Some(place) = copied.peers.get_mut(author.at()) {
            *place = Some(known);
        }
        known
    }

    /// The container that an operation belongs to; what made it has been copied.
    fn container_from(
        &mut self,
        from: &OpLog,
        container: ContainerIx,
        copied: &mut Copied,
    ) -> ContainerIx {
        if let Some(known) = copied.container(container) {
            return known;
        }
        let Ok(name) = from.containers.name(container).renumbered(
            &mut (&mut *self, &mut *copied),
            |(log, copied), parent| Ok::<_, Infallible>(log.container_from(from, parent, copied)),
            |(log, _), key| Ok(log.keys.intern(from.keys.name(key))),
            |(_, copied), by| Ok(copied.lv(by).unwrap_or(by)),
        );
        let known = self.container(name);
        copied.note(container, Some(known));
        known
    }

    fn find_from(&self, from: &OpLog, name: Name, copied: &Copied) -> Option<ContainerIx> {
        let name = name.renumbered(
            &mut (),
            |(), parent| copied.container(parent).ok_or(()),
            |(), key| self.keys.find(from.keys.name(key)).ok_or(()),
            |(), by| copied.lv(by).ok_or(()),
        );
        self.containers.find(name.ok()?)
    }
}

impl Copied {
    fn note(&mut self, container: ContainerIx, known: Option<ContainerIx>) {
        if let Some(place) = self.containers.get_mut(container.at()) {
            *place = known;
        }
    }
}
