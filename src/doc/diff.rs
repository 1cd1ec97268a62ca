//! What differs between two versions.

use super::Doc;
use super::change::Change;
use super::origin::Origin;
use super::record::Record;
use super::text_edits::marked_between;
use crate::error::Error;
use crate::graph::Difference;
use crate::id::{Frontier, Heads, LvSpan};
use crate::oplog::{Cell, ContainerIx, Copied, Kind, Name, SequenceLog};
use crate::sequence::{Turn, Turns, inserted_by, turns};

/// Two versions of a document.
pub(super) struct Versions {
    pub(super) from: Heads,
    pub(super) to: Heads,
    /// Operations that only the first includes, ascending.
    lost: Vec<LvSpan>,
    /// Operations that only the second includes, ascending.
    won: Vec<LvSpan>,
}

impl Doc {
    /// What an editor that shows the version `from` has to do to show `to`: on from one to the other, back, or from one
    /// branch to another. Elements and characters that both versions show stay: edits are as few as that allows.
    ///
    /// [`applied`](Change::applied) counts the operations that `to` includes and `from` does not.
    ///
    /// O(r log r) for r runs of operations since the newest version that both follow, where they differ in root texts and
    /// counters only; coming back to text that was deleted takes a walk back to where that was written. Where other
    /// containers differ, as [`at`](Doc::at).
    ///
    /// # Errors
    ///
    /// As [`at`](Doc::at), of either version.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, TextEdit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("A first draft"))?;
    /// let first = doc.frontier();
    /// doc.transact(|tx| tx.text("body").delete(1..7))?;
    /// let second = doc.frontier();
    ///
    /// let back = doc.diff(&second, &first)?;
    /// assert_eq!(back.text("body"), [TextEdit::Retain(1), TextEdit::Insert(" first".into())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn diff(&mut self, from: &Frontier, to: &Frontier) -> Result<Change, Error> {
        self.with_history_at_need(|doc| {
            let versions = Versions::new(doc, doc.heads_of(from)?, doc.heads_of(to)?);
            Ok(doc.difference(&versions)?.come_from(Origin::History))
        })
    }

    /// What happened since a version, for an editor that asks now and then: [`diff`](Doc::diff) from there to what the
    /// document shows now. It counts as [`Origin::Local`] where this replica wrote all of it under its present peer, else as
    /// [`Origin::Remote`].
    ///
    /// # Errors
    ///
    /// As [`at`](Doc::at).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, TextEdit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let mut shown = doc.frontier();
    /// doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// doc.transact(|tx| tx.text("body").push(" world"))?;
    ///
    /// let change = doc.changes_since(&shown)?;
    /// assert_eq!(change.text("body"), [TextEdit::Insert("Hello world".into())]);
    /// shown = doc.frontier();
    /// assert!(doc.changes_since(&shown)?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes_since(&mut self, version: &Frontier) -> Result<Change, Error> {
        let now = self.frontier();
        self.with_history_at_need(|doc| {
            let versions = Versions::new(doc, doc.heads_of(version)?, doc.heads_of(&now)?);
            let own = doc.peer().and_then(|peer| doc.log.peers.find(peer));
            let parts = doc.log.graph.parts(&versions.won);
            let is_own = |part: &LvSpan| Some(doc.log.graph.author_of(part.start).0) == own;
            let origin = match parts.iter().all(is_own) {
                true => Origin::Local,
                false => Origin::Remote,
            };
            Ok(doc.difference(&versions)?.come_from(origin))
        })
    }

    fn difference(&self, versions: &Versions) -> Result<Change, Error> {
        let mut record = Record {
            applied: versions.won.iter().map(|span| span.len()).sum(),
            ..Record::default()
        };
        let touched = self.touched(versions);
        let is_plain = |&container: &ContainerIx| {
            let name = self.log.containers.name(container);
            let sequence = self.log.sequence(container);
            matches!(
                name,
                Name::Root {
                    kind: Kind::Text | Kind::Counter,
                    ..
                }
            ) && !sequence.is_some_and(SequenceLog::has_marks)
        };
        if touched.iter().all(is_plain) {
            for &container in &touched {
                if self.log.containers.kind(container) == Kind::Text {
                    self.text_between(container, container, versions, &mut record)?;
                }
            }
            self.counted_between(versions, &mut record);
            return Ok(self.finish(record));
        }
        let before = self.restored(&versions.from)?;
        if versions.to.as_slice() == self.log.graph.heads() {
            self.compare(&before, self, None, &touched, versions, record)
        } else {
            let (mut now, copied) = self.restored(&versions.to)?;
            now.name_as(self);
            self.compare(&before, &now, Some(&copied), &touched, versions, record)
        }
    }

    /// Compares two versions as documents; `copied` tells how this document's numbers became those of the second, and what comes
    /// with the first those of that.
    fn compare(
        &self,
        (before, were): &(Doc, Copied),
        now: &Doc,
        copied: Option<&Copied>,
        touched: &[ContainerIx],
        versions: &Versions,
        mut record: Record,
    ) -> Result<Change, Error> {
        before.differ_but_in_texts(now, &mut record);
        for &container in touched {
            let known = match copied {
                Some(copied) => copied
                    .container(container)
                    .or_else(|| now.root_like(self, container)),
                None => Some(container),
            };
            if let Some(known) = known
                && self.log.containers.kind(container) == Kind::Text
            {
                self.text_between(container, known, versions, &mut record)?;
                let was = were.container(container);
                let is_marked = now.state.marks(known).is_some()
                    || was.is_some_and(|was| before.state.marks(was).is_some());
                if is_marked {
                    let steps = self.text_steps(container, versions)?;
                    let all = marked_between((before, was), (now, known), &steps);
                    record.text_marked(known, all);
                }
            }
        }
        Ok(now.finish(record))
    }

    /// Knows the keys and roots of another version, so that it can tell what it shows no more.
    fn name_as(&mut self, whole: &Doc) {
        for (_, name) in whole.log.containers.iter() {
            if let Name::Root { name, kind } = name {
                let name = self.log.keys.intern(whole.log.keys.name(name));
                self.log.container(Name::Root { name, kind });
            }
        }
        for key in whole.log.keys.iter() {
            self.log.keys.intern(key);
        }
        self.state.grow(&self.log);
    }

    /// The root that is called as one of another version.
    fn root_like(&self, whole: &Doc, container: ContainerIx) -> Option<ContainerIx> {
        match whole.log.containers.name(container) {
            Name::Root { name, kind } => self.root(whole.log.keys.name(name), kind),
            _ => None,
        }
    }

    /// Containers that either version has operations of, and the other lacks them; ascending.
    pub(super) fn touched(&self, versions: &Versions) -> Vec<ContainerIx> {
        let spans = versions.lost.iter().chain(&versions.won);
        let mut touched: Vec<ContainerIx> = spans
            .flat_map(|&span| self.log.routes_in(span))
            .map(|(container, _)| container)
            .collect();
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn counted_between(&self, versions: &Versions, record: &mut Record) {
        for (spans, sign) in [(&versions.lost, -1), (&versions.won, 1)] {
            for stretch in spans.iter().flat_map(|&span| self.log.stretches(span)) {
                if self.log.containers.kind(stretch.container) != Kind::Counter {
                    continue;
                }
                for entry in stretch.entries() {
                    if let Cell::Int(by) = self.log.entries.cell(entry) {
                        record.counted(stretch.container, i128::from(by) * sign);
                    }
                }
            }
        }
    }

    /// Notes what differs in a text, as of the container `told`.
    fn text_between(
        &self,
        text: ContainerIx,
        told: ContainerIx,
        versions: &Versions,
        record: &mut Record,
    ) -> Result<(), Error> {
        let mut at = 0;
        let steps = self.text_steps(text, versions)?;
        if steps.is_empty() {
            return Ok(());
        }
        let mut change = record.text(told);
        for step in steps {
            match step {
                TextStep::Keep(len) => at += len,
                TextStep::Delete(len) => change.deleted(at, len),
                TextStep::Insert(content, len) => {
                    change.inserted(at, &content, len);
                    at += len;
                }
            }
        }
        Ok(())
    }

    /// The pass over a text at one version that makes it what it is at the other.
    pub(super) fn text_steps(
        &self,
        text: ContainerIx,
        versions: &Versions,
    ) -> Result<Vec<TextStep>, Error> {
        let Some(sequence) = self.log.sequence(text) else {
            return Ok(Vec::new());
        };
        let Versions {
            from,
            to,
            lost,
            won,
        } = versions;
        let Turns { base, turns } = turns(&self.log, sequence, [from, to], [lost, won]);
        let mut back = self.comes_back(text, &base, &turns)?.into_iter();
        let step = |turn: &Turn| match *turn {
            Turn::Keep(len) => TextStep::Keep(len),
            Turn::Drop(len) => TextStep::Delete(len),
            Turn::New { lv, len } => {
                let mut content = String::new();
                let span = LvSpan::new(lv, lv.plus(len));
                sequence.each_text(span, |piece| content.push_str(piece));
                TextStep::Insert(content, len)
            }
            Turn::Back { len, .. } => TextStep::Insert(back.next().unwrap_or_default(), len),
        };
        Ok(turns.iter().map(step).collect())
    }

    /// The texts that come back from the base, one for each turn that says so.
    fn comes_back(
        &self,
        text: ContainerIx,
        base: &Heads,
        turns: &[Turn],
    ) -> Result<Vec<String>, Error> {
        let ranges = turns.iter().filter_map(|turn| match *turn {
            Turn::Back { at, len } => Some((at, len)),
            _ => None,
        });
        let Some(sequence) = self.log.sequence(text) else {
            return Ok(Vec::new());
        };
        if ranges.clone().next().is_none() {
            return Ok(Vec::new());
        }
        let mut whole = String::new();
        let graph = &self.log.graph;
        let by_walk = inserted_by(graph, sequence, base, ranges.clone());
        if let Some(spans) = by_walk {
            for span in spans {
                sequence.each_text(span, |piece| whole.push_str(piece));
            }
            let lens = ranges.map(|(_, len)| len);
            return Ok(cut(&whole, lens));
        }
        // Somebody was concurrent, or it was there when the document was opened: the text as it was then.
        let (past, copied) = self.restored(base)?;
        let text = copied.container(text);
        let rope = text.and_then(|text| past.state.text(text));
        Ok(ranges
            .map(|(at, len)| {
                rope.map_or_else(String::new, |rope| rope.chunks_in(at..at + len).collect())
            })
            .collect())
    }
}

/// One step of the pass over a text.
#[derive(Clone, Debug)]
pub(super) enum TextStep {
    Keep(u32),
    Delete(u32),
    /// A text, and how many scalars it has.
    Insert(String, u32),
}

impl Versions {
    pub(super) fn new(doc: &Doc, from: Heads, to: Heads) -> Self {
        let mut difference = Difference::default();
        difference.find(&doc.log.graph, &from, &to);
        let Difference {
            first: mut lost,
            second: mut won,
            ..
        } = difference;
        lost.reverse();
        won.reverse();
        Versions {
            from,
            to,
            lost,
            won,
        }
    }
}

/// Cuts a text into parts of so many scalars.
fn cut(whole: &str, lens: impl Iterator<Item = u32>) -> Vec<String> {
    let mut rest = whole.chars();
    lens.map(|len| rest.by_ref().take(len as usize).collect())
        .collect()
}
