//! Walking over the entries.

use super::node::{Held, Link, Merkle, Node};
use super::range::Range;
use crate::summary::entry::Entry;

/// The entries of a tree, by key.
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a> {
    tree: &'a Merkle,
    /// Nodes to come, the next last.
    waiting: Vec<Link>,
    leaf: std::slice::Iter<'a, Entry>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a Entry;

    #[inline]
    fn next(&mut self) -> Option<&'a Entry> {
        loop {
            if let Some(entry) = self.leaf.next() {
                return Some(entry);
            }
            match self.waiting.pop()?.node() {
                Node::None => {}
                Node::Leaf(leaf) => self.leaf = self.tree.entries_of(leaf).iter(),
                Node::Inner(inner) => {
                    let children = self.tree.inners[inner].children.iter();
                    self.waiting.extend(children.rev());
                }
            }
        }
    }
}

impl<'a> Entries<'a> {
    /// Those below a node.
    pub(super) fn below(tree: &'a Merkle, link: Link) -> Entries<'a> {
        Entries {
            tree,
            waiting: vec![link],
            leaf: [].iter(),
        }
    }
}

impl Merkle {
    /// All entries, by key.
    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries::below(self, self.root)
    }

    /// The first and the last key of a range. O(depth).
    pub(crate) fn ends(&self, range: Range) -> Option<(u64, u64)> {
        let link = match self.held(range) {
            Held::Part(part) => return Some((part.first()?.key, part.last()?.key)),
            Held::Node(hung) => hung.link,
        };
        let first = self.outermost(link, |children| {
            children.iter().find(|link| !link.is_none())
        });
        let last = self.outermost(link, |children| {
            children.iter().rev().find(|link| !link.is_none())
        });
        Some((first?.first()?.key, last?.last()?.key))
    }

    fn outermost(
        &self,
        mut link: Link,
        choose: impl Fn(&[Link; 16]) -> Option<&Link>,
    ) -> Option<&[Entry]> {
        loop {
            match link.node() {
                Node::None => return None,
                Node::Leaf(leaf) => return Some(self.entries_of(leaf)),
                Node::Inner(inner) => link = *choose(&self.inners[inner].children)?,
            }
        }
    }
}
