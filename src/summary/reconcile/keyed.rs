//! Hashes keyed by the session.

use crate::summary::entry::Entry;
use crate::summary::merkle::{Hash, Merkle};

/// 16 bytes that say that two hashes are equal.
pub(super) type Proof = [u8; 16];

/// Whose words they are: so that nobody's can be sent back as one's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Asker,
    Answerer,
}

impl Role {
    pub(super) fn other(self) -> Role {
        match self {
            Role::Asker => Role::Answerer,
            Role::Answerer => Role::Asker,
        }
    }

    fn code(self) -> u8 {
        match self {
            Role::Asker => 0,
            Role::Answerer => 1,
        }
    }
}

/// How a key differs, in the same words on both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) key: u64,
    /// How much the one has who lacks some; of a fork, each.
    pub(super) from: u32,
    /// Nobody in a fork.
    pub(super) lacks: Option<Role>,
}

/// Bytes that are hashed at once.
const HELD: usize = 16 * 1024;

/// The key of a session.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    key: [u8; 32],
    pub(super) nonce: u64,
}

impl Keyed {
    pub(super) fn by(nonce: u64) -> Keyed {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"syncline reconcile 1");
        hasher.update(&nonce.to_le_bytes());
        Keyed {
            key: *hasher.finalize().as_bytes(),
            nonce,
        }
    }

    /// A hash of the tree as it travels.
    pub(super) fn mark(&self, hash: &Hash) -> u64 {
        first_eight(&blake3::keyed_hash(&self.key, hash))
    }

    /// An entry as it travels in a list with marks.
    pub(super) fn mark_of_entry(&self, entry: &Entry) -> u64 {
        let mut bytes = [2; 1 + 8 + 4 + 32];
        bytes[1..9].copy_from_slice(&entry.key.to_le_bytes());
        bytes[9..13].copy_from_slice(&entry.length.to_le_bytes());
        bytes[13..].copy_from_slice(&entry.hash);
        first_eight(&blake3::keyed_hash(&self.key, &bytes))
    }

    /// Says which root a side has.
    pub(super) fn root(&self, role: Role, root: &Hash) -> Proof {
        let mut hasher = self.hasher(3, role);
        hasher.update(root);
        proof(&hasher)
    }

    /// Says what a side holds but for some keys, and how these differ.
    pub(super) fn rest(&self, role: Role, tree: &Merkle, named: &[Named], version: u8) -> Proof {
        let mut hasher = self.hasher(4, role);
        let mut held = Vec::with_capacity(HELD);
        let mut add = |bytes: &[u8]| {
            held.extend_from_slice(bytes);
            if held.len() >= HELD {
                hasher.update(&held);
                held.clear();
            }
        };
        add(&(named.len() as u64).to_le_bytes());
        for named in named {
            add(&named.key.to_le_bytes());
            add(&named.from.to_le_bytes());
            add(&[named.lacks.map_or(2, Role::code)]);
        }
        let keys: Vec<u64> = named.iter().map(|named| named.key).collect();
        match version {
            1 => tree.rest_hashed(&keys, &mut add),
            _ => tree.rest(&keys, &mut add),
        }
        hasher.update(&held);
        proof(&hasher)
    }

    fn hasher(&self, tag: u8, role: Role) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[tag, role.code()]);
        hasher
    }
}

fn proof(hasher: &blake3::Hasher) -> Proof {
    let mut proof = [0; 16];
    hasher.finalize_xof().fill(&mut proof);
    proof
}

fn first_eight(hash: &blake3::Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
