//! The short way of a keystroke from elsewhere: one character, typed or deleted in a text that is known. All is
//! checked before anything changes; whatever is not as expected goes the long way, which also finds out what is wrong.

use super::Doc;
use super::change::Change;
use super::fits::has_text_room;
use super::followed::Found;
use super::origin::Origin;
use super::record::Record;
use super::what::{Keystroke, What};
use crate::codec::{Act, Batch, NameRef};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Heads, Seq};
use crate::oplog::{ContainerIx, Kind, Name, OpKind, OpRun};
use crate::state::Stroke;

/// A keystroke that a delta consists of.
struct Remote<'a> {
    author: PeerIx,
    seq: Seq,
    text: ContainerIx,
    pos: u32,
    /// `None`: a character is deleted.
    typed: Option<(char, &'a str)>,
}

impl Doc {
    /// Merges a delta that is one keystroke. `None` if it is anything else, or waits, or is wrong: then nothing has changed.
    pub(super) fn merge_keystroke(&mut self, batch: &Batch<'_>) -> Result<Option<Change>, Error> {
        let Some(remote) = self.keystroke_in(batch) else {
            return Ok(None);
        };
        let mut parents = Heads::new();
        for parent in &batch.parents {
            let by = batch.peers.get(parent.peer as usize);
            let by = by.and_then(|&by| self.log.peers.find(by));
            match by.map(|by| self.parent_at(by, parent)).transpose()? {
                Some(Found::Here(lv)) => parents.push(lv),
                _ => return Ok(None),
            }
        }
        parents.sort_unstable();
        parents.dedup();
        if parents.is_empty() && self.log.ground.is_some()
            || !self.follows_own(
                self.log.peers.own_before(remote.author, remote.seq),
                &parents,
            )
        {
            return Ok(None);
        }
        let Some(rope) = self.state.text(remote.text) else {
            return Ok(None);
        };
        if self.state.marks(remote.text).is_some() {
            return Ok(None);
        }
        let follows_all = parents.as_slice() == self.log.graph.heads();
        let len = if follows_all {
            Some(rope.len().chars)
        } else {
            self.replay.visit(&self.log, remote.text, &parents)
        };
        let end = remote.pos + u32::from(remote.typed.is_none());
        let content = remote.typed.map_or("", |(_, text)| text);
        if len.is_none_or(|len| end > len)
            || !has_text_room(&self.log, &self.limits, remote.text, content, 1)
        {
            return Ok(None);
        }
        let run = self.enter_keystroke(&remote, &parents);
        let at = if follows_all {
            Some(remote.pos)
        } else {
            self.replay.apply(&self.log, remote.text, &run)
        };
        let change = self.show_keystroke(&remote, at);
        self.replay.settle(&self.log, self.limits.replay_bytes);
        Ok(Some(change))
    }

    /// The keystroke that a delta consists of, as far as that can be seen without its parents.
    fn keystroke_in<'a>(&self, batch: &'a Batch<'_>) -> Option<Remote<'a>> {
        let ([run], [op]) = (batch.runs.as_slice(), batch.ops.as_slice()) else {
            return None;
        };
        if op.len != 1 || op.joined || batch.has_remarks() {
            return None;
        }
        let text = match *batch.containers.get(op.container as usize)? {
            NameRef::Known {
                container,
                kind: Kind::Text,
            } => container,
            NameRef::Named(Name::Root { name, kind }) => {
                let last = self.last_root.as_ref()?;
                if kind != Kind::Text || !last.is(batch.key(name)?, kind) {
                    return None;
                }
                last.container
            }
            _ => return None,
        };
        let (pos, typed) = match op.act {
            Act::Text { pos, part } => {
                let typed = batch.text(part);
                (pos, Some((typed.chars().next()?, typed)))
            }
            Act::Delete { pos, .. } => (pos, None),
            _ => return None,
        };
        let author = self.log.peers.find(*batch.peers.get(run.peer as usize)?)?;
        let peers = &self.log.peers;
        let is_closed = || {
            let closed = peers.closed(peers.peer(author));
            closed.is_some_and(|closed| closed <= run.seq)
        };
        if peers.count(author) != run.seq || self.goes_on(author, run.seq).is_err() || is_closed() {
            return None;
        }
        Some(Remote {
            author,
            seq: run.seq,
            text,
            pos,
            typed,
        })
    }

    /// Enters a keystroke into the log.
    fn enter_keystroke(&mut self, remote: &Remote<'_>, parents: &Heads) -> OpRun {
        let lv = self.log.end();
        self.log.push_span(parents, 1, remote.author, remote.seq);
        self.log.route(lv, remote.text);
        if let Some(sequence) = self.log.sequence_mut(remote.text) {
            let extend = sequence.may_extend(lv);
            match remote.typed {
                Some((_, text)) => sequence.push_text(lv, remote.pos, text, 1, false, extend),
                None => sequence.push_delete(lv, OpKind::Delete, remote.pos, 1, false, extend),
            }
        }
        let kind = match remote.typed {
            Some(_) => OpKind::Insert,
            None => OpKind::Delete,
        };
        let run = OpRun::new(lv, kind, remote.pos, 1, 0, false);
        let text = remote.typed.map_or("", |(_, text)| text);
        self.chains.typed(&self.log, remote.text, &run, text);
        run
    }

    /// Shows a keystroke at its place in the text; one without a place deleted what somebody else had deleted before.
    fn show_keystroke(&mut self, remote: &Remote<'_>, at: Option<u32>) -> Change {
        let (Some(at), Some(rope)) = (at, self.state.text_mut(remote.text)) else {
            return self.told_of(Record {
                applied: 1,
                ..Record::default()
            });
        };
        let stroke = match remote.typed {
            Some((char, text)) => {
                rope.insert(at, text);
                Stroke::typed(at, char)
            }
            None => {
                rope.delete(at, 1, &mut Vec::new());
                Stroke::deleted(at, 1)
            }
        };
        match self.short_path(remote.text) {
            Some(mut path) => {
                path.set_origin(Origin::Remote);
                Change {
                    what: What::Keystroke(Keystroke { path, stroke }),
                }
            }
            None => {
                let mut record = Record {
                    applied: 1,
                    ..Record::default()
                };
                record.text(remote.text).stroke_made(stroke);
                self.told_of(record)
            }
        }
    }
}
