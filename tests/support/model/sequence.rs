//! Texts and lists: every element ever inserted, in FugueMax order, in one `Vec`.
//!
//! FugueMax by its definition: the elements are the nodes of a tree, read by an in-order walk. The
//! root stands for the start. Inserting between a left and a right neighbour makes a right child of
//! the left one if that has none yet, else a left child of the right one. Left children of one node
//! stand by peer, the lower first; right children by their right origins, the one furthest to the
//! right first, and by peer where these are equal.

use super::Known;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A place of an element, where it was inserted or moved to; places are named by the operation that made them.
#[derive(Debug)]
pub struct Element {
    pub inserted_by: usize,
    /// The element's first place, if this is another.
    moved_from: Option<usize>,
    pub deleted_by: Vec<usize>,
    pub set_by: Vec<usize>,
    peer: u64,
    /// The node it hangs from (`None` is the root), and on which side.
    parent: Option<usize>,
    side: Side,
    /// What followed it for its author, deleted or not; `None` is the end.
    right_origin: Option<usize>,
}

impl Element {
    /// The operation that inserted the element.
    pub fn first(&self) -> usize {
        self.moved_from.unwrap_or(self.inserted_by)
    }
}

#[derive(Debug, Default)]
pub struct Sequence {
    elements: Vec<Element>,
    /// Who inserted each, once more: elements are looked for all the time, one after another.
    order: Vec<usize>,
}

impl Sequence {
    /// All places of what a replica sees, in order; `counts` tells whether an operation is known and not taken back.
    pub fn places<'a>(
        &'a self,
        counts: impl Fn(usize) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Element> + 'a {
        self.elements.iter().filter(move |place| {
            let first = place.moved_from.map(|first| self.element(first));
            let deleted_by = &first.unwrap_or(place).deleted_by;
            counts(place.inserted_by) && !deleted_by.iter().any(|&by| counts(by))
        })
    }

    pub fn has_moves(&self) -> bool {
        self.elements.iter().any(|place| place.moved_from.is_some())
    }

    pub fn element(&self, inserted_by: usize) -> &Element {
        &self.elements[self.index(inserted_by)]
    }

    pub fn element_mut(&mut self, inserted_by: usize) -> &mut Element {
        let index = self.index(inserted_by);
        &mut self.elements[index]
    }

    /// Inserts an element right after `left` (`None`: at the start), as seen by someone who knows `known`.
    pub fn insert(&mut self, inserted_by: usize, peer: u64, left: Option<usize>, known: &Known) {
        self.insert_place(inserted_by, None, peer, left, known);
    }

    /// Likewise, a further place of the element whose first place is `moved_from`.
    pub fn insert_place(
        &mut self,
        inserted_by: usize,
        moved_from: Option<usize>,
        peer: u64,
        left: Option<usize>,
        known: &Known,
    ) {
        let after = left.map_or(0, |left| self.index(left) + 1);
        let mut behind = self.order[after..].iter().copied();
        let right = behind.find(|&next| known.contains(next));
        let left_has_child = self
            .children(left, Side::Right)
            .any(|child| known.contains(child.inserted_by));
        let (parent, side) = if left_has_child {
            (right, Side::Left)
        } else {
            (left, Side::Right)
        };
        let new = Element {
            inserted_by,
            moved_from,
            deleted_by: Vec::new(),
            set_by: Vec::new(),
            peer,
            parent,
            side,
            right_origin: right,
        };
        let index = self.place(&new);
        self.order.insert(index, new.inserted_by);
        self.elements.insert(index, new);
    }

    /// Where a new node stands: before the first sibling that belongs after it, or after them all.
    fn place(&self, new: &Element) -> usize {
        let next = match new.side {
            Side::Left => self
                .children(new.parent, Side::Left)
                .find(|sibling| sibling.peer > new.peer),
            Side::Right => self.children(new.parent, Side::Right).find(|sibling| {
                let (theirs, ours) = (self.origin_index(sibling), self.origin_index(new));
                theirs < ours || theirs == ours && sibling.peer > new.peer
            }),
        };
        match (next, new.side) {
            (Some(sibling), _) => self.subtree_start(sibling),
            (None, Side::Left) => {
                self.index(new.parent.expect("a left child hangs from an element"))
            }
            (None, Side::Right) => self.subtree_end(new.parent),
        }
    }

    fn origin_index(&self, element: &Element) -> usize {
        element
            .right_origin
            .map_or(self.order.len(), |origin| self.index(origin))
    }

    fn subtree_start(&self, element: &Element) -> usize {
        match self.children(Some(element.inserted_by), Side::Left).next() {
            Some(first) => self.subtree_start(first),
            None => self.index(element.inserted_by),
        }
    }

    /// The index just after the last descendant of a node.
    fn subtree_end(&self, mut node: Option<usize>) -> usize {
        while let Some(last) = self.children(node, Side::Right).last() {
            node = Some(last.inserted_by);
        }
        node.map_or(0, |node| self.index(node) + 1)
    }

    /// The children of a node on one side, in order.
    fn children(&self, parent: Option<usize>, side: Side) -> impl Iterator<Item = &Element> {
        self.elements
            .iter()
            .filter(move |element| element.parent == parent && element.side == side)
    }

    pub(super) fn index(&self, inserted_by: usize) -> usize {
        let found = self.order.iter().position(|&known| known == inserted_by);
        found.expect("an element is never dropped")
    }

    /// Drops all that operations from `first` on did.
    pub(super) fn forget_from(&mut self, first: usize) {
        self.order.retain(|&inserted_by| inserted_by < first);
        self.elements.retain(|element| element.inserted_by < first);
        for element in &mut self.elements {
            element.deleted_by.retain(|&by| by < first);
            element.set_by.retain(|&by| by < first);
        }
    }
}
