//! The slow, complete check of a tree.

use super::LEAF;
use super::node::{Hung, Link, Merkle, Node};
use super::range::{common, nibble};

impl Merkle {
    /// Verifies every invariant of the tree.
    pub(crate) fn check(&self) -> Result<(), String> {
        let count = self.check_below(self.root)?;
        if count != self.len {
            return Err(format!("{count} entries, where {} are counted", self.len));
        }
        let mut built = Merkle::default();
        let mut entries = Vec::new();
        self.each_below(self.root, &mut |entry| entries.push(*entry));
        built.root = built.build(&entries);
        if built.root() != self.root() {
            return Err("the shape is not that of the content".into());
        }
        Ok(())
    }

    fn check_below(&self, link: Link) -> Result<usize, String> {
        match link.node() {
            Node::None => Ok(0),
            Node::Leaf(leaf) => {
                let entries = self.entries_of(leaf);
                if entries.is_empty() || entries.len() > LEAF {
                    return Err(format!("a leaf of {} entries", entries.len()));
                }
                if !entries.is_sorted_by(|one, next| one.key < next.key) {
                    return Err("a leaf out of order".into());
                }
                Ok(entries.len())
            }
            Node::Inner(inner) => self.check_inner(inner),
        }
    }

    fn check_inner(&self, at: usize) -> Result<usize, String> {
        let inner = &self.inners[at];
        let mut count = 0;
        let present = inner.children.iter().filter(|child| !child.is_none());
        if present.count() < 2 {
            return Err("an inner node with fewer than two children".into());
        }
        for (at, &child) in inner.children.iter().enumerate() {
            count += self.check_below(child)?;
            let hung = Hung {
                link: child,
                hash: None,
            };
            if let Some(hash) = inner.child(at).hash
                && self.hash_of(hung) != Some(*hash)
            {
                return Err("a hash that is not that of what stands below".into());
            }
            let mut stray = false;
            self.each_below(child, &mut |entry| {
                stray |= common(entry.key, inner.prefix) < inner.depth
                    || nibble(entry.key, inner.depth) != at;
            });
            if stray {
                return Err("an entry stands below the wrong node".into());
            }
        }
        if count != inner.count as usize || count <= LEAF {
            return Err(format!("{count} entries below, of {}", inner.count));
        }
        Ok(count)
    }
}
