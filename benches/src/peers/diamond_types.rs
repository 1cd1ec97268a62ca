//! diamond-types 1.0, the released crate: an event graph, text only.

use diamond_types::LocalVersion;
use diamond_types::list::ListCRDT;
use diamond_types::list::encoding::{ENCODE_FULL, ENCODE_PATCH, EncodeOptions};

use crate::encoding::{Encoded, Encodes, Encoding, Form};
use crate::engine::{Exchange, Outcome, Typing, said};
use crate::ids::name;
use crate::trace::{Patch, Trace};

/// A document and the agent that writes in it.
pub struct DiamondTypes {
    document: ListCRDT,
    agent: u32,
}

impl Typing for DiamondTypes {
    fn new(peer: u64) -> Outcome<Self> {
        let mut document = ListCRDT::new();
        let agent = document.get_or_create_agent_id(&name(peer));
        Ok(Self { document, agent })
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        for patch in patches {
            if patch.at + patch.deleted > self.document.len() {
                return Err("a position lies outside its text".to_owned());
            }
            if patch.deleted > 0 {
                let range = patch.at..patch.at + patch.deleted;
                self.document.delete_without_content(self.agent, range);
            }
            if !patch.inserted.is_empty() {
                self.document.insert(self.agent, patch.at, &patch.inserted);
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        self.document.branch.content().to_string()
    }
}

impl Exchange for DiamondTypes {
    type Version = LocalVersion;

    fn len(&self) -> usize {
        self.document.len()
    }

    fn play(trace: &Trace) -> Option<Outcome<Self>> {
        let ListCRDT {
            mut branch,
            mut oplog,
        } = ListCRDT::new();
        let mut ends: Vec<usize> = Vec::with_capacity(trace.txns.len());
        for txn in &trace.txns {
            let agent = oplog.get_or_create_agent_id(&name(txn.agent as u64 + 1));
            let mut at: Vec<usize> = txn.parents.iter().map(|parent| ends[*parent]).collect();
            at.sort_unstable();
            for patch in &txn.patches {
                if patch.deleted > 0 {
                    let range = patch.at..patch.at + patch.deleted;
                    at = vec![oplog.add_delete_at(agent, &at, range)];
                }
                if !patch.inserted.is_empty() {
                    at = vec![oplog.add_insert_at(agent, &at, patch.at, &patch.inserted)];
                }
            }
            ends.push(*at.first()?);
        }
        branch.merge(&oplog, oplog.local_version_ref());
        Some(Ok(Self {
            document: ListCRDT { branch, oplog },
            agent: 0,
        }))
    }

    const FORKS: bool = true;

    fn fork(&mut self) -> Outcome<Self> {
        Ok(Self {
            document: self.document.clone(),
            agent: self.agent,
        })
    }

    fn write_as(&mut self, peer: u64) -> Outcome<()> {
        self.agent = self.document.get_or_create_agent_id(&name(peer));
        Ok(())
    }

    fn version(&self) -> LocalVersion {
        self.document.oplog.local_version()
    }

    fn delta_since(&mut self, version: &LocalVersion) -> Outcome<Vec<u8>> {
        Ok(self.document.oplog.encode_from(ENCODE_PATCH, version))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.document.oplog.encode(ENCODE_FULL))
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        said(self.document.merge_data_and_ff(delta)).map(drop)
    }

    fn merge_many(&mut self, deltas: &[&[u8]]) -> Outcome<()> {
        let ListCRDT { branch, oplog } = &mut self.document;
        for delta in deltas {
            said(oplog.decode_and_add(delta))?;
        }
        branch.merge(oplog, oplog.local_version_ref());
        Ok(())
    }

    fn merge_from(&mut self, other: &mut Self) -> Outcome<()> {
        let ListCRDT { branch, oplog } = &mut self.document;
        oplog.add_missing_operations_from(&other.document.oplog);
        branch.merge(oplog, oplog.local_version_ref());
        Ok(())
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        self.whole()
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        Ok(Self {
            document: said(ListCRDT::load_from(saved))?,
            agent: 0,
        })
    }
}

/// Its default, without the packing of the text.
const PLAIN: EncodeOptions<'static> = EncodeOptions {
    compress_content: false,
    ..ENCODE_PATCH
};

impl Encodes for DiamondTypes {
    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>> {
        let oplog = &self.document.oplog;
        let packed = oplog.encode(ENCODE_FULL);
        // This release cannot write the text of the end beside the history: both are counted as they are.
        let text = lz4_flex::compress(self.text().as_bytes());
        let with_text = [packed.as_slice(), &text].concat();
        let plain = (Encoding::DiamondPlain, oplog.encode(PLAIN));
        Ok(vec![
            (Form::History, plain),
            (Form::History, (Encoding::Diamond, packed)),
            (Form::Snapshot, (Encoding::DiamondWithText, with_text)),
        ])
    }

    fn delta_encodings(&mut self, since: &LocalVersion) -> Outcome<Vec<Encoded>> {
        let oplog = &self.document.oplog;
        Ok(vec![
            (Encoding::DiamondPlain, oplog.encode_from(PLAIN, since)),
            (Encoding::Diamond, oplog.encode_from(ENCODE_PATCH, since)),
        ])
    }
}
