//! Putting entries in and taking them out.

use super::LEAF;
use super::node::{Inner, Link, Merkle, Node};
use super::range::{common, nibble};
use crate::summary::entry::Entry;

/// The inner nodes from the root down, each with the nibble taken there.
#[derive(Default)]
struct Path {
    steps: [(u32, u8); 16],
    len: usize,
}

impl Path {
    #[allow(clippy::cast_possible_truncation)]
    fn push(&mut self, inner: usize, nibble: usize) {
        self.steps[self.len] = (inner as u32, nibble as u8);
        self.len += 1;
    }

    fn steps(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        self.steps[..self.len]
            .iter()
            .map(|&(inner, nibble)| (inner as usize, usize::from(nibble)))
    }
}

impl Merkle {
    /// Puts in an entry, in place of the one with its key, which it gives. O(depth); hashes nothing.
    pub(crate) fn set(&mut self, entry: Entry) -> Option<Entry> {
        let (path, at) = self.descend(entry.key);
        let mut replaced = None;
        match at.node() {
            Node::None => {
                let leaf = self.new_leaf(&[entry]);
                self.link(&path, path.len, leaf);
            }
            Node::Leaf(leaf) => {
                let entries = self.entries_of(leaf);
                match entries.binary_search_by_key(&entry.key, |entry| entry.key) {
                    Ok(at) => {
                        let block = self.leaves[leaf];
                        replaced = Some(self.slots.replace(block, at, entry));
                    }
                    Err(at) if entries.len() < LEAF => {
                        self.slots.insert(&mut self.leaves[leaf], at, entry);
                    }
                    Err(at) => {
                        let mut entries = entries.to_vec();
                        entries.insert(at, entry);
                        self.release(Link::to_leaf(leaf));
                        let node = self.build(&entries);
                        self.link(&path, path.len, node);
                    }
                }
            }
            Node::Inner(inner) => {
                let fork = self.fork(at, inner, entry);
                self.link(&path, path.len, fork);
            }
        }
        self.touch(&path, i64::from(replaced.is_none()));
        replaced
    }

    /// Takes out the entry of a key, and gives it. O(depth); hashes nothing.
    pub(crate) fn remove(&mut self, key: u64) -> Option<Entry> {
        let (path, at) = self.descend(key);
        let Node::Leaf(leaf) = at.node() else {
            return None;
        };
        let found = self
            .entries_of(leaf)
            .binary_search_by_key(&key, |entry| entry.key);
        let removed = self.slots.remove(&mut self.leaves[leaf], found.ok()?);
        self.touch(&path, -1);
        if self.entries_of(leaf).is_empty() {
            self.release(at);
            self.link(&path, path.len, Link::default());
        }
        self.tidy(&path);
        Some(removed)
    }

    /// Goes down to where the key stands or would: a leaf, no node, or an inner node whose prefix the key does not share.
    fn descend(&self, key: u64) -> (Path, Link) {
        let mut path = Path::default();
        let mut at = self.root;
        while let Node::Inner(index) = at.node() {
            let inner = &self.inners[index];
            if common(inner.prefix, key) < inner.depth {
                break;
            }
            let nibble = nibble(key, inner.depth);
            path.push(index, nibble);
            at = inner.children[nibble];
        }
        (path, at)
    }

    /// An inner node above another, where an entry's key leaves its prefix.
    fn fork(&mut self, below: Link, inner: usize, entry: Entry) -> Link {
        let Inner { prefix, count, .. } = self.inners[inner];
        let depth = common(prefix, entry.key);
        let mut children = [Link::default(); 16];
        children[nibble(prefix, depth)] = below;
        children[nibble(entry.key, depth)] = self.new_leaf(&[entry]);
        self.new_inner(children, prefix, depth, count + 1)
    }

    /// The subtree of these entries, sorted by key.
    pub(super) fn build(&mut self, entries: &[Entry]) -> Link {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Link::default();
        };
        if entries.len() <= LEAF {
            return self.new_leaf(entries);
        }
        let depth = common(first.key, last.key);
        let mut children = [Link::default(); 16];
        let mut rest = entries;
        while let Some(entry) = rest.first() {
            let at = nibble(entry.key, depth);
            let len = rest.partition_point(|entry| nibble(entry.key, depth) <= at);
            let (part, behind) = rest.split_at(len);
            children[at] = self.build(part);
            rest = behind;
        }
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        self.new_inner(children, first.key, depth, count)
    }

    /// The inner nodes of a path have changed, and hold so many entries more.
    fn touch(&mut self, path: &Path, more: i64) {
        self.root_hash = None;
        for (inner, nibble) in path.steps() {
            let inner = &mut self.inners[inner];
            inner.fresh &= !(1 << nibble);
            inner.count = u32::try_from(i64::from(inner.count) + more).unwrap_or(0);
        }
        self.len = usize::try_from(i64::try_from(self.len).unwrap_or(0) + more).unwrap_or(0);
    }

    /// After an entry left: what fits in one leaf becomes one, and an inner node with a single child gives way to it.
    fn tidy(&mut self, path: &Path) {
        let small = |(inner, _): &(usize, usize)| self.inners[*inner].count as usize <= LEAF;
        if let Some(above) = path.steps().position(|step| small(&step)) {
            let Some((inner, _)) = path.steps().nth(above) else {
                return;
            };
            let mut entries = Vec::with_capacity(LEAF);
            self.each_below(Link::to_inner(inner), &mut |entry| entries.push(*entry));
            self.release(Link::to_inner(inner));
            let leaf = self.new_leaf(&entries);
            return self.link(path, above, leaf);
        }
        let Some((inner, _)) = path.steps().next_back() else {
            return;
        };
        let children = self.inners[inner].children;
        let mut present = children.iter().filter(|child| !child.is_none());
        if let (Some(&only), None) = (present.next(), present.next()) {
            self.free_inners
                .push(u32::try_from(inner).unwrap_or(u32::MAX));
            self.link(path, path.len - 1, only);
        }
    }

    /// Hangs a node below the first `above` steps of a path.
    fn link(&mut self, path: &Path, above: usize, node: Link) {
        match above.checked_sub(1).and_then(|last| path.steps().nth(last)) {
            None => self.root = node,
            Some((inner, nibble)) => self.inners[inner].children[nibble] = node,
        }
    }

    fn new_leaf(&mut self, entries: &[Entry]) -> Link {
        let block = self.slots.take(entries);
        Link::to_leaf(place(&mut self.leaves, &mut self.free_leaves, block))
    }

    fn new_inner(&mut self, children: [Link; 16], prefix: u64, depth: u8, count: u32) -> Link {
        let inner = Inner {
            hashes: [[0; 32]; 16],
            children,
            prefix,
            count,
            depth,
            fresh: 0,
        };
        Link::to_inner(place(&mut self.inners, &mut self.free_inners, inner))
    }

    /// Gives back a node and all below it.
    fn release(&mut self, link: Link) {
        match link.node() {
            Node::None => {}
            Node::Leaf(leaf) => {
                self.slots.release(self.leaves[leaf]);
                self.free_leaves
                    .push(u32::try_from(leaf).unwrap_or(u32::MAX));
            }
            Node::Inner(inner) => {
                for child in self.inners[inner].children {
                    self.release(child);
                }
                self.free_inners
                    .push(u32::try_from(inner).unwrap_or(u32::MAX));
            }
        }
    }
}

/// Puts a node where one was given back, or at the end.
fn place<T>(nodes: &mut Vec<T>, free: &mut Vec<u32>, node: T) -> usize {
    if let Some(at) = free.pop() {
        nodes[at as usize] = node;
        return at as usize;
    }
    nodes.push(node);
    nodes.len() - 1
}
