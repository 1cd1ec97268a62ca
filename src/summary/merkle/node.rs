//! The tree's nodes, and the ways down it.

use super::Hash;
use super::range::{Range, common, nibble};
use super::slots::{Block, Slots};
use crate::summary::entry::Entry;

/// Names a node, or none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Link(u32);

/// What a link names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Node {
    None,
    Leaf(usize),
    Inner(usize),
}

impl Link {
    const LEAF: u32 = 1 << 31;

    #[allow(clippy::cast_possible_truncation)] // far fewer than 2^31 nodes fit in memory
    pub(super) fn to_leaf(at: usize) -> Link {
        Link(Link::LEAF | at as u32)
    }

    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn to_inner(at: usize) -> Link {
        Link(at as u32 + 1)
    }

    #[inline]
    pub(super) fn node(self) -> Node {
        match self.0 {
            0 => Node::None,
            at if at & Link::LEAF != 0 => Node::Leaf((at & !Link::LEAF) as usize),
            at => Node::Inner(at as usize - 1),
        }
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// A node with more entries than a leaf takes. It has its children's hashes, side by side, as a parent needs all of them.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    /// Of the children, as far as `fresh`.
    pub(super) hashes: [Hash; 16],
    /// By the nibble at `depth`. Two at least.
    pub(super) children: [Link; 16],
    /// All keys below share their first `depth` nibbles with it.
    pub(super) prefix: u64,
    /// Entries below; more than a leaf takes.
    pub(super) count: u32,
    pub(super) depth: u8,
    /// Which hashes are up to date, a bit each. If one is, so are all below it.
    pub(super) fresh: u16,
}

impl Inner {
    /// The range of all keys that could stand below.
    pub(super) fn range(&self) -> Range {
        Range::of(self.prefix, self.depth)
    }

    /// The child of a nibble.
    #[inline]
    pub(super) fn child(&self, nibble: usize) -> Hung<'_> {
        let fresh = self.fresh >> nibble & 1 == 1;
        Hung {
            link: self.children[nibble],
            hash: fresh.then_some(&self.hashes[nibble]),
        }
    }
}

/// A node as it hangs from its parent: with its hash, if that is up to date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hung<'a> {
    pub(super) link: Link,
    pub(super) hash: Option<&'a Hash>,
}

/// The tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merkle {
    pub(super) root: Link,
    /// If it is up to date.
    pub(super) root_hash: Option<Hash>,
    pub(super) inners: Vec<Inner>,
    pub(super) free_inners: Vec<u32>,
    pub(super) leaves: Vec<Block>,
    pub(super) free_leaves: Vec<u32>,
    pub(super) slots: Slots,
    pub(super) len: usize,
}

/// What a tree holds in a range.
pub(super) enum Held<'a> {
    /// All entries below a node.
    Node(Hung<'a>),
    /// Some of a leaf's entries, or none.
    Part(&'a [Entry]),
}

impl Merkle {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn entries_of(&self, leaf: usize) -> &[Entry] {
        self.slots.entries(self.leaves[leaf])
    }

    /// The entry of a key. O(depth), about log16 of the entries.
    pub(crate) fn get(&self, key: u64) -> Option<&Entry> {
        let mut at = self.root;
        loop {
            match at.node() {
                Node::None => return None,
                Node::Leaf(leaf) => {
                    return self.entries_of(leaf).iter().find(|entry| entry.key == key);
                }
                // Where the key leaves the prefix, the leaf does not hold it.
                Node::Inner(inner) => {
                    let inner = &self.inners[inner];
                    at = inner.children[nibble(key, inner.depth)];
                }
            }
        }
    }

    /// What stands in a range. O(depth).
    pub(super) fn held(&self, range: Range) -> Held<'_> {
        let mut at = self.hung();
        loop {
            match at.link.node() {
                Node::None => return Held::Part(&[]),
                Node::Leaf(leaf) => {
                    let entries = self.entries_of(leaf);
                    let part = range.part_of(entries, |entry| entry.key);
                    let whole = part.len() == entries.len();
                    return if whole {
                        Held::Node(at)
                    } else {
                        Held::Part(part)
                    };
                }
                Node::Inner(inner) => {
                    let inner = &self.inners[inner];
                    let shared = common(inner.prefix, range.prefix);
                    if shared < inner.depth.min(range.nibbles) {
                        return Held::Part(&[]);
                    }
                    if inner.depth >= range.nibbles {
                        return Held::Node(at);
                    }
                    at = inner.child(nibble(range.prefix, inner.depth));
                }
            }
        }
    }

    /// The root.
    pub(super) fn hung(&self) -> Hung<'_> {
        Hung {
            link: self.root,
            hash: self.root_hash.as_ref(),
        }
    }

    /// How many entries a range holds. O(depth).
    pub(crate) fn count(&self, range: Range) -> usize {
        match self.held(range) {
            Held::Part(part) => part.len(),
            Held::Node(hung) => self.count_below(hung.link),
        }
    }

    pub(super) fn count_below(&self, link: Link) -> usize {
        match link.node() {
            Node::None => 0,
            Node::Leaf(leaf) => self.leaves[leaf].len(),
            Node::Inner(inner) => self.inners[inner].count as usize,
        }
    }

    /// Shows the entries of a range, by key.
    pub(crate) fn each<'a>(&'a self, range: Range, mut show: impl FnMut(&'a Entry)) {
        match self.held(range) {
            Held::Part(part) => part.iter().for_each(show),
            Held::Node(hung) => self.each_below(hung.link, &mut show),
        }
    }

    pub(super) fn each_below<'a>(&'a self, link: Link, show: &mut impl FnMut(&'a Entry)) {
        match link.node() {
            Node::None => {}
            Node::Leaf(leaf) => self.entries_of(leaf).iter().for_each(show),
            Node::Inner(inner) => {
                for &child in &self.inners[inner].children {
                    self.each_below(child, show);
                }
            }
        }
    }

    /// The parts in which a range's entries stand: at the nibble where they first differ. Empty where they fit in one leaf.
    pub(crate) fn parts(&self, range: Range) -> Vec<Range> {
        let Held::Node(hung) = self.held(range) else {
            return Vec::new();
        };
        let Node::Inner(inner) = hung.link.node() else {
            return Vec::new();
        };
        let inner = &self.inners[inner];
        let present = |&nibble: &usize| !inner.children[nibble].is_none();
        let parts = (0..16).filter(present);
        parts.map(|nibble| inner.range().child(nibble)).collect()
    }
}
