//! Writing operations into a chain, in canonical form.

use super::canonical::{Act, Parents, Place, Previous, short_form, write_full};
use super::chain::{BLOCK, Chain, Chains, Value};
use crate::column::put_unsigned;
use crate::graph::PeerIx;
use crate::id::Seq;
use crate::oplog::{Cell, ContainerIx, Name, OpKind, OpLog, OpRun};

/// Writes operations into a chain, one after another.
pub(super) struct Writer<'a> {
    pub(super) chains: &'a Chains,
    pub(super) log: &'a OpLog,
    pub(super) chain: &'a mut Chain,
    pub(super) seq: Seq,
    /// Of the next operation; `None`: the one before.
    pub(super) parents: Option<Parents>,
}

impl Writer<'_> {
    pub(super) fn run(&mut self, container: ContainerIx, run: &OpRun) {
        let len = run.len();
        match run.kind() {
            OpKind::Insert => {
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                let mut nth = 0;
                sequence.each_text(run.span(), |text| {
                    for scalar in text.chars() {
                        let bytes = &mut [0; 4];
                        let bytes = scalar.encode_utf8(bytes).as_bytes();
                        self.operation(
                            container,
                            run.joined() && nth == 0,
                            Act::Insert,
                            run.pos + nth,
                            bytes,
                        );
                        nth += 1;
                    }
                });
                if nth == 0 {
                    self.cells(container, run, sequence.cells_of(run), Act::Insert);
                }
            }
            OpKind::Set => {
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                self.cells(container, run, sequence.cells_of(run), Act::Set);
            }
            OpKind::Delete | OpKind::DeleteBack => {
                for nth in 0..len {
                    let pos = if run.kind() == OpKind::Delete {
                        run.pos
                    } else {
                        run.pos + len - 1 - nth
                    };
                    self.operation(container, run.joined() && nth == 0, Act::Delete, pos, &[]);
                }
            }
        }
    }

    fn cells(&mut self, container: ContainerIx, run: &OpRun, mut cells: &[u8], act: Act) {
        for nth in 0..run.len() {
            let mut reader = crate::column::Reader::new(cells, 0);
            let _ = Cell::read(&mut reader);
            let (cell, rest) = cells.split_at(reader.offset().min(cells.len()));
            self.operation(
                container,
                run.joined() && nth == 0,
                act,
                run.pos + nth,
                cell,
            );
            cells = rest;
        }
    }

    pub(super) fn entry(&mut self, container: ContainerIx, entry: u32) {
        let entries = &self.log.entries;
        let mut content = Vec::new();
        if let Some(key) = entries.key(entry) {
            let name = self.log.keys.name(key);
            put_unsigned(&mut content, name.len() as u64);
            content.extend_from_slice(name.as_bytes());
        }
        content.extend_from_slice(entries.cell_bytes(entry));
        self.operation(container, entries.joined(entry), Act::Entry, 0, &content);
    }

    fn operation(
        &mut self,
        container: ContainerIx,
        joined: bool,
        act: Act,
        pos: u32,
        content: &[u8],
    ) {
        // A block starts afresh, so that it can be written again without the one before.
        let previous = self
            .chain
            .previous
            .filter(|_| !self.seq.is_multiple_of(BLOCK));
        let parents = self.parents.take();
        let place = Place {
            container,
            digest: &self.chains.digests[container.at()],
            joined,
        };
        let short = if parents.is_none() {
            short_form(previous, &place, act, pos)
        } else {
            None
        };
        match short {
            Some(tag) => self.chain.open.push(tag),
            None => write_full(
                &mut self.chain.open,
                previous,
                &place,
                parents.as_ref(),
                act,
                pos,
            ),
        }
        self.chain.open.extend_from_slice(content);
        self.chain.previous = Some(Previous {
            container,
            act,
            pos,
        });
        self.chain.end_operation();
        self.seq += 1;
    }
}

pub(super) fn seed(log: &OpLog, author: PeerIx) -> Value {
    let mut bytes = b"syncline chain 1".to_vec();
    bytes.extend_from_slice(&log.peers.peer(author).get().to_le_bytes());
    *blake3::hash(&bytes).as_bytes()
}

/// What names a container, in 16 bytes.
pub(super) fn digest(log: &OpLog, name: Name, digests: &[[u8; 16]]) -> [u8; 16] {
    let mut bytes = Vec::new();
    match name {
        Name::Root { name, kind } => {
            bytes.extend_from_slice(&[0, kind.code()]);
            bytes.extend_from_slice(log.keys.name(name).as_bytes());
        }
        Name::Child {
            parent,
            key,
            generation,
            kind,
        } => {
            bytes.extend_from_slice(&[1, kind.code()]);
            bytes.extend_from_slice(&digests[parent.at()]);
            bytes.extend_from_slice(&generation.to_le_bytes());
            bytes.extend_from_slice(log.keys.name(key).as_bytes());
        }
        Name::Made { by, kind } => {
            let id = log.id(by);
            bytes.extend_from_slice(&[2, kind.code()]);
            bytes.extend_from_slice(&id.peer.get().to_le_bytes());
            bytes.extend_from_slice(&id.seq.to_le_bytes());
        }
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    digest
}
