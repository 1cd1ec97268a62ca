//! The smallest delta: one stretch of typing or deleting in a text, by a peer who goes on where it was.
//!
//! ```text
//! body := peer (8 bytes) seq mark (4 bytes) head [distance] [length-2] text
//! head := kind | 32 starts where the peer's last operation ended | 64 one operation
//! ```
//!
//! The only parent is the peer's operation before, the container that operation's; `mark` is of its chain value. Numbers
//! are varints. An insertion's text is all that remains and tells its length, so that only a deletion that is not a
//! single one has a length.

use smallvec::smallvec;

use super::batch::{Act, Batch, BatchOp, BatchRun, ParentRef, Part};
use super::error::{DecodeError, Unreadable};
use super::frame::{FORMAT_KEYSTROKE, frame};
use super::layout::{NUMBER_MAX, SOMEWHERE};
use super::missing::Missing;
use super::parents::{Known, first_parents, goes_on_from, known};
use super::stretch::{
    DELETE, DELETE_BACK, INSERT, NEWER_OPERATION, ON, SINGLE, Stretch, code_of, ends_of, kind_of,
    moved, number_of,
};
use crate::column::{Reader, put_unsigned};
use crate::id::{OpId, Peer};
use crate::oplog::{Kind, OpKind, OpLog, Piece};
use crate::summary::Chains;

/// A longer text is packed.
const TEXT_MAX: usize = 96;

/// Writes the runs as a keystroke, if that is what they are.
pub(super) fn write(log: &OpLog, chains: &mut Chains, runs: &[Missing]) -> Option<Vec<u8>> {
    let [run] = runs else { return None };
    if run.remarks(log).next().is_some() {
        return None;
    }
    let parent = goes_on_from(log, run)?;
    if first_parents(log, run).len() > 1 {
        return None;
    }
    let (within, from) = parent.place(log)?;
    if log.containers.kind(within) != Kind::Text {
        return None;
    }
    let Stretch {
        container,
        whole: stretch,
        pieces,
    } = only_stretch(log, run)?;
    if within != container
        || stretch.joined()
        || matches!(
            stretch.kind(),
            OpKind::Set | OpKind::Move | OpKind::Mark | OpKind::Restore
        )
    {
        return None;
    }
    let mut text = String::new();
    if stretch.kind() == OpKind::Insert {
        let sequence = log.sequence(container)?;
        for piece in &pieces {
            sequence.each_text(piece.span(), |piece| text.push_str(piece));
        }
        if text.len() > TEXT_MAX {
            return None;
        }
    }
    let mut body = run.peer.get().to_le_bytes().to_vec();
    put_unsigned(&mut body, u64::from(run.seq));
    body.extend_from_slice(&parent.mark(log, chains));
    let (code, len) = (code_of(stretch.kind()), stretch.len());
    let (start, _) = ends_of(code, stretch.pos, len);
    let on = if from == start { ON } else { 0 };
    let single = if len == 1 { SINGLE } else { 0 };
    body.push(code | on | single);
    if from != start {
        put_unsigned(&mut body, number_of(from, start));
    }
    if code != INSERT && len > 1 {
        put_unsigned(&mut body, u64::from(len - 2));
    }
    body.extend_from_slice(text.as_bytes());
    Some(frame(FORMAT_KEYSTROKE, &body))
}

/// The one stretch that a run is, in however many pieces it came.
fn only_stretch(log: &OpLog, run: &Missing) -> Option<Stretch> {
    let mut only: Option<Stretch> = None;
    let mut more = false;
    for &span in &run.spans {
        log.each_piece(span, |piece| match (piece, &mut only) {
            (Piece::Run(container, piece), None) => only = Some(Stretch::new(container, piece)),
            (Piece::Run(container, piece), Some(stretch)) if !more => {
                more = stretch.join(log, container, piece).is_some();
            }
            _ => more = true,
        });
    }
    only.filter(|_| !more)
}

/// A keystroke, before it is known where the peer was.
pub(super) struct Keystroke<'a> {
    /// The operation that it goes on from, and the mark of its chain value.
    pub(super) before: OpId,
    pub(super) mark: [u8; 4],
    /// What stands behind the mark.
    pub(super) rest: &'a [u8],
    kind: u8,
    /// How far it starts from where the peer was; `None` where it starts there.
    distance: Option<u64>,
    pub(super) len: u32,
    text: &'a str,
    /// Where it ends, for errors.
    end: Reader<'a>,
}

/// Parses a keystroke.
pub(super) fn parse(mut reader: Reader<'_>) -> Result<Keystroke<'_>, DecodeError> {
    let peer =
        Peer::new(u64::from_le_bytes(reader.array()?)).ok_or_else(|| reader.error("peer 0"))?;
    let seq = reader.u32()?;
    let before = OpId {
        peer,
        seq: seq
            .checked_sub(1)
            .ok_or_else(|| reader.error("no operation before the first"))?,
    };
    let mark: [u8; 4] = reader.array()?;
    let rest = reader.rest();
    let head = reader.byte()?;
    let kind = kind_of(head);
    if kind > DELETE_BACK || head & !(7 | ON | SINGLE) != 0 {
        return Err(reader.error(NEWER_OPERATION).into());
    }
    let distance = match head & ON {
        0 => Some(reader.unsigned()?),
        _ => None,
    };
    let (len, text) = read_content(&mut reader, kind, head & SINGLE != 0)?;
    if len > NUMBER_MAX || seq > NUMBER_MAX - len {
        return Err(reader.error("a run of too many operations").into());
    }
    Ok(Keystroke {
        before,
        mark,
        rest,
        kind,
        distance,
        len,
        text,
        end: reader,
    })
}

/// Reads a keystroke. The operation that it goes on from is looked up.
pub(super) fn read<'a>(
    reader: Reader<'a>,
    log: &OpLog,
    chains: &mut Chains,
) -> Result<Batch<'a>, Unreadable> {
    let stroke = parse(reader)?;
    let (container, from) = match known(log, chains, stroke.before, stroke.mark)? {
        Known::Missing => return Ok(Batch::waiting_for(stroke.before)),
        Known::Buried => {
            let mut batch = stroke.batch(SOMEWHERE)?;
            batch.push_buried(stroke.before, Kind::Text);
            return Ok(batch);
        }
        Known::At(container, from) => (container, from),
    };
    if log.containers.kind(container) != Kind::Text {
        return Err(stroke
            .end
            .error("typing that goes on from something else")
            .into());
    }
    let mut batch = stroke.batch(from)?;
    batch.push_known(container, Kind::Text);
    Ok(batch)
}

impl<'a> Keystroke<'a> {
    /// All but the container, given where the peer was.
    pub(super) fn batch(&self, from: u32) -> Result<Batch<'a>, DecodeError> {
        let (kind, len, text) = (self.kind, self.len, self.text);
        let start = self
            .distance
            .map_or(Some(from), |distance| moved(from, distance));
        let pos = match kind {
            DELETE_BACK => start.and_then(|start| start.checked_sub(len)),
            _ => start,
        };
        let pos = pos
            .filter(|&pos| pos <= NUMBER_MAX)
            .ok_or_else(|| self.end.error("position out of range"))?;
        let act = match kind {
            INSERT => Act::Text {
                pos,
                part: Part::new(0, text.len())
                    .ok_or_else(|| self.end.error("content of over 4 GiB"))?,
            },
            DELETE => Act::Delete {
                pos,
                kind: OpKind::Delete,
            },
            _ => Act::Delete {
                pos,
                kind: OpKind::DeleteBack,
            },
        };
        Ok(Batch {
            peers: smallvec![self.before.peer],
            runs: smallvec![BatchRun {
                peer: 0,
                seq: self.before.seq + 1,
                len,
                parents: 0..1,
                ops: 0..1,
            }],
            parents: smallvec![ParentRef {
                peer: 0,
                seq: self.before.seq,
                mark: None,
            }],
            ops: smallvec![BatchOp {
                container: 0,
                len,
                joined: false,
                act,
            }],
            text: text.into(),
            ..Batch::default()
        })
    }
}

/// How many operations there are, and what they type.
fn read_content<'a>(
    reader: &mut Reader<'a>,
    kind: u8,
    single: bool,
) -> Result<(u32, &'a str), DecodeError> {
    let mut len = 1;
    if kind != INSERT && !single {
        len = reader
            .u32()?
            .checked_add(2)
            .ok_or_else(|| reader.error("number too large"))?;
    }
    let text = reader.str(reader.remaining())?;
    if kind == INSERT {
        len = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if len == 0 || (len == 1) != single {
            return Err(reader.error("an insertion of another length").into());
        }
    } else if !text.is_empty() {
        return Err(reader.error("bytes after the end").into());
    }
    Ok((len, text))
}
