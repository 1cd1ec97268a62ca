//! Where containers stand: all known moves that count, done one after another.

use std::collections::BTreeMap;

use super::super::reading::Kind;
use super::history::{Container, Content, What};
use super::{Known, Model};

/// What a map that stands for an element of a list holds what was moved there at.
pub(super) const HERE: &str = "\0here";

/// How many containers are at most around one that was moved.
const MOST_AROUND: usize = 128;

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
            let to = &self.operations[by].container;
            if !self.is_within(to, moved, &standing) && self.fits(to, moved, &standing) {
                standing.insert(moved.clone(), by);
            }
        }
        standing
    }

    /// The move that put something at an element of a list, which is the map that a known operation made for that.
    fn seated(&self, seat: &Container, known: &Known) -> Option<usize> {
        let Container::Made(by, Kind::Map) = seat else {
            return None;
        };
        if !matches!(self.operations[*by].what, What::Insert(_)) {
            return None;
        }
        self.moves.iter().copied().find(|&by| {
            let is_here = matches!(&self.operations[by].what, What::SetKey(key, _) if key == HERE);
            is_here && known.contains(by) && self.operations[by].container == *seat
        })
    }

    /// What shows where an element of a list holds something; nothing where that stands elsewhere.
    pub(super) fn there<'a>(
        &'a self,
        content: &'a Content,
        standing: &Standing,
        known: &Known,
    ) -> Option<&'a Content> {
        let Content::Container(container) = content else {
            return Some(content);
        };
        if standing.contains_key(container) {
            return None;
        }
        let Some(by) = self.seated(container, known) else {
            return Some(content);
        };
        let moved = self.content(by);
        self.is_there(by, standing).then_some(moved)
    }

    /// Whether a container may stand in another one: neither it, nor what was moved into it, would be in too many others.
    fn fits(&self, to: &Container, moved: &Container, standing: &Standing) -> bool {
        let levels = standing.keys().filter_map(|inner| {
            let way = self.way_up(inner, standing);
            way.iter().position(|around| around == moved)
        });
        let below = levels.max().unwrap_or(0);
        self.way_up(to, standing).len() + below <= MOST_AROUND
    }

    /// A container, the one around it, and so on to the root.
    fn way_up(&self, from: &Container, standing: &Standing) -> Vec<Container> {
        let mut way = vec![from.clone()];
        loop {
            let container = &way[way.len() - 1];
            let around = match (standing.get(container), container) {
                (Some(&by), _) | (None, &Container::Made(by, _)) => {
                    self.operations[by].container.clone()
                }
                (None, Container::Keyed { parent, .. }) => (**parent).clone(),
                (None, Container::Root(..)) => return way,
            };
            way.push(around);
        }
    }

    /// Whether a container is another one, or stands within it.
    pub(super) fn is_within(
        &self,
        one: &Container,
        other: &Container,
        standing: &Standing,
    ) -> bool {
        self.way_up(one, standing).contains(other)
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
