//! Every operation anybody made, with what its author knew when making it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value as Json;

use super::super::reading::Kind;
use super::Known;
use super::marks::Place;
use super::sequence::Sequence;

/// What names a container. An operation is its index in the history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    Root(String, Kind),
    /// Opened by key: everybody who opens the same generation means the same container.
    Keyed {
        parent: Box<Container>,
        key: String,
        kind: Kind,
        generation: u32,
    },
    /// Written as a fresh value by this operation.
    Made(usize, Kind),
}

impl Container {
    pub fn kind(&self) -> Kind {
        match self {
            Container::Root(_, kind) | Container::Keyed { kind, .. } | Container::Made(_, kind) => {
                *kind
            }
        }
    }
}

/// What an element, an entry or a set holds.
#[derive(Clone, Debug)]
pub enum Content {
    Character(char),
    Plain(Json),
    Container(Container),
}

#[derive(Clone, Debug)]
pub enum What {
    Insert(Content),
    Delete,
    SetElement(Content),
    MoveElement,
    /// Takes an operation back.
    Restore(usize),
    SetKey(String, Content),
    RemoveKey(String),
    Add(i64),
    Mark(String, Json, [Place; 2]),
}

#[derive(Debug)]
pub struct Operation {
    pub peer: u64,
    pub seq: u32,
    pub lamport: u32,
    pub container: Container,
    pub what: What,
    /// All that the author knew when the transaction began.
    before: Rc<Known>,
    /// The transaction's first operation; its author also knew those from there to this one.
    first: usize,
}

/// All operations of all replicas. Operations stand in an order in which each follows what it knew.
#[derive(Debug, Default)]
pub struct Model {
    pub(super) operations: Vec<Operation>,
    pub(super) sequences: BTreeMap<Container, Sequence>,
    /// What restores each operation.
    pub(super) restores: BTreeMap<usize, Vec<usize>>,
    /// Those that put a container at a key which stood elsewhere.
    pub(super) moves: BTreeSet<usize>,
}

impl Model {
    /// Whether the author of `operation` knew `other` when making it.
    pub fn knew(&self, operation: usize, other: usize) -> bool {
        let this = &self.operations[operation];
        this.before.contains(other) || (this.first..operation).contains(&other)
    }

    /// Whether an operation is known, and nothing known takes it back that is not taken back itself.
    pub(super) fn counts(&self, operation: usize, known: &Known) -> bool {
        let restores = self.restores.get(&operation).into_iter().flatten();
        known.contains(operation) && !restores.copied().any(|by| self.counts(by, known))
    }

    /// Begins a transaction of `peer`, who knows `known`; `push` then adds to both.
    pub(super) fn begin(&self, peer: u64, known: &Known) -> Author {
        let of_peer = self
            .operations
            .iter()
            .filter(|operation| operation.peer == peer)
            .count();
        let lamports = known
            .iter()
            .map(|operation| self.operations[operation].lamport);
        Author {
            peer,
            next_seq: u32::try_from(of_peer).expect("a model is small"),
            next_lamport: lamports.max().unwrap_or(0) + 1,
            before: Rc::new(known.clone()),
            first: self.operations.len(),
        }
    }

    pub(super) fn push(&mut self, author: &mut Author, container: &Container, what: What) -> usize {
        self.operations.push(Operation {
            peer: author.peer,
            seq: author.next_seq,
            lamport: author.next_lamport,
            container: container.clone(),
            what,
            before: Rc::clone(&author.before),
            first: author.first,
        });
        author.next_seq += 1;
        author.next_lamport += 1;
        self.operations.len() - 1
    }

    /// Takes back everything since the transaction began.
    pub(super) fn take_back(&mut self, author: &Author) {
        self.operations.truncate(author.first);
        self.moves.retain(|&by| by < author.first);
        for restores in self.restores.values_mut() {
            restores.retain(|&by| by < author.first);
        }
        for sequence in self.sequences.values_mut() {
            sequence.forget_from(author.first);
        }
    }

    /// The set that a version vector names, or an operation that it names and nobody made.
    pub fn known_by(&self, versions: &BTreeMap<u64, u32>) -> Result<Known, (u64, u32)> {
        let known: Known = (0..self.operations.len())
            .filter(|&operation| {
                let Operation { peer, seq, .. } = &self.operations[operation];
                versions.get(peer).is_some_and(|count| seq < count)
            })
            .collect();
        let found = self.versions(&known);
        match versions
            .iter()
            .find(|&(peer, count)| *count > 0 && found.get(peer) != Some(count))
        {
            Some((&peer, &count)) => Err((peer, count)),
            None => Ok(known),
        }
    }

    /// The version vector of a set: how many operations of each peer it holds.
    pub fn versions(&self, known: &Known) -> BTreeMap<u64, u32> {
        let mut versions = BTreeMap::new();
        for operation in known.iter() {
            *versions.entry(self.operations[operation].peer).or_insert(0) += 1;
        }
        versions
    }

    /// The operations of a set that no other of the set follows, as (peer, seq), sorted.
    pub fn frontier(&self, known: &Known) -> Vec<(u64, u32)> {
        let mut followed = Known::default();
        for operation in known.iter() {
            followed.extend(&self.operations[operation].before);
            for other in self.operations[operation].first..operation {
                followed.insert(other);
            }
        }
        let mut frontier: Vec<_> = known
            .iter()
            .filter(|&operation| !followed.contains(operation))
            .map(|operation| {
                (
                    self.operations[operation].peer,
                    self.operations[operation].seq,
                )
            })
            .collect();
        frontier.sort_unstable();
        frontier
    }

    /// `known`, and of `offered` every transaction for which nothing is missing.
    pub fn settled(&self, known: &Known, offered: &Known) -> Known {
        let mut settled = known.clone();
        for operation in offered.iter() {
            let Operation { first, before, .. } = &self.operations[operation];
            // The history's order follows causality, so one pass settles chains too.
            let begun = (*first..operation).all(|other| settled.contains(other));
            if settled.includes(before) && begun {
                settled.insert(operation);
            }
        }
        settled
    }
}

/// One transaction being written.
#[derive(Debug)]
pub(super) struct Author {
    peer: u64,
    next_seq: u32,
    next_lamport: u32,
    before: Rc<Known>,
    first: usize,
}

impl Author {
    pub(super) fn peer(&self) -> u64 {
        self.peer
    }
}
