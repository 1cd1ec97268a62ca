//! Where containers stand: all known moves that count, done one after another.

use std::collections::BTreeMap;

use super::history::{Container, Content, What};
use super::{Known, Model};

/// Containers that stand elsewhere than first, and the moves that put them there.
pub(super) type Standing = BTreeMap<Container, usize>;

impl Model {
    pub(super) fn standing(&self, known: &Known) -> Standing {
        let counts = |&by: &usize| self.counts(by, known);
        let mut moves: Vec<usize> = self.moves.iter().copied().filter(counts).collect();
        moves.sort_by_key(|&by| (self.operations[by].lamport, self.operations[by].peer));
        let mut standing = Standing::new();
        for by in moves {
            let What::SetKey(_, Content::Container(moved)) = &self.operations[by].what else {
                panic!("a move puts a container at a key");
            };
            if !self.is_within(&self.operations[by].container, moved, &standing) {
                standing.insert(moved.clone(), by);
            }
        }
        standing
    }

    /// Whether a container is another one, or stands within it.
    pub(super) fn is_within(
        &self,
        one: &Container,
        other: &Container,
        standing: &Standing,
    ) -> bool {
        let mut at = Some(one.clone());
        while let Some(container) = at {
            if container == *other {
                return true;
            }
            at = match (standing.get(&container), container) {
                (Some(&by), _) | (None, Container::Made(by, _)) => {
                    Some(self.operations[by].container.clone())
                }
                (None, Container::Keyed { parent, .. }) => Some(*parent),
                (None, Container::Root(..)) => None,
            };
        }
        false
    }

    /// Whether what a set of a key holds is there, or stands elsewhere.
    pub(super) fn is_there(&self, set: usize, standing: &Standing) -> bool {
        let Content::Container(container) = self.content(set) else {
            return true;
        };
        match standing.get(container) {
            Some(&by) => by == set,
            None => !self.moves.contains(&set),
        }
    }
}
