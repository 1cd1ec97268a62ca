//! cola keeps where things stand and neither text nor history, so a rope and, for exchange, a log stand beside it.
//! cola has no delta: what a replica ships is the operations of its log, each encoded as cola does.

use bincode::config;
use bincode::serde::{borrow_decode_from_slice, encode_to_vec};
use cola::{Deletion, Insertion, Replica};
use jumprope::JumpRopeBuf;
use serde::{Deserialize, Serialize};

use super::rope;
use crate::engine::{Exchange, Outcome, Typing, said};
use crate::trace::Patch;

/// A replica with its text, and its log where `LOGGED`.
pub struct Cola<const LOGGED: bool> {
    replica: Replica,
    text: JumpRopeBuf,
    log: Vec<Operation>,
}

#[derive(Clone, Serialize, Deserialize)]
enum Operation {
    Insert(Insertion, String),
    Delete(Deletion),
}

impl<const LOGGED: bool> Typing for Cola<LOGGED> {
    fn new(peer: u64) -> Outcome<Self> {
        // Replicas must be forks of one: every one of them begins as a fork of an empty first.
        let first = Replica::new(u64::MAX, 0);
        Ok(Self {
            replica: first.fork(peer),
            text: JumpRopeBuf::new(),
            log: Vec::new(),
        })
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        for patch in patches {
            if patch.at + patch.deleted > self.text.len_chars() {
                return Err("a position lies outside its text".to_owned());
            }
            rope::apply(&mut self.text, patch);
            if patch.deleted > 0 {
                let deletion = self.replica.deleted(patch.at..patch.at + patch.deleted);
                if LOGGED {
                    self.log.push(Operation::Delete(deletion));
                }
            }
            if !patch.inserted.is_empty() {
                let insertion = self
                    .replica
                    .inserted(patch.at, patch.inserted.chars().count());
                if LOGGED {
                    self.log
                        .push(Operation::Insert(insertion, patch.inserted.clone()));
                }
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        self.text.to_string()
    }
}

impl<const LOGGED: bool> Cola<LOGGED> {
    fn integrate(&mut self, operation: Operation) -> Outcome<()> {
        match &operation {
            Operation::Insert(insertion, inserted) => {
                let at = self.replica.integrate_insertion(insertion);
                let at = at.ok_or("an insertion came before what it follows")?;
                self.text.insert(at, inserted);
            }
            Operation::Delete(deletion) => {
                for range in self.replica.integrate_deletion(deletion).into_iter().rev() {
                    self.text.remove(range);
                }
            }
        }
        if LOGGED {
            self.log.push(operation);
        }
        Ok(())
    }
}

impl Exchange for Cola<true> {
    type Version = usize;

    fn len(&self) -> usize {
        self.text.len_chars()
    }

    fn version(&self) -> usize {
        self.log.len()
    }

    fn delta_since(&mut self, version: &usize) -> Outcome<Vec<u8>> {
        said(encode_to_vec(&self.log[*version..], config::standard()))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        self.delta_since(&0)
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        let (operations, _) = said(borrow_decode_from_slice::<Vec<Operation>, _>(
            delta,
            config::standard(),
        ))?;
        operations
            .into_iter()
            .try_for_each(|operation| self.integrate(operation))
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        Ok(Vec::new())
    }

    fn open(_saved: &[u8]) -> Outcome<Self> {
        Err("what it encodes holds neither text nor history".to_owned())
    }
}
