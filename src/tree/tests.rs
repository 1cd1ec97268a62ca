//! The tree against a vector.
//!
//! - Any insertions and deletions leave the elements that a vector has, joined where they read on.
//! - A position is found from either side of a border; a leaf's start and rank are those of the order.
//! - Built, compacted or summed anew, it is the same sequence.
//! - Leaves with several dimensions are found by each, and keep their names while others come and go.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Bias, Consecutive, Leaf, LeafIx, Measure, SpanLeaf, Tree};

type Spans = Tree<SpanLeaf<Consecutive, 4>>;

fn numbers(tree: &Spans) -> Vec<u32> {
    let spans = tree.spans();
    spans
        .flat_map(|span| span.from..span.from + span.len)
        .collect()
}

fn count(count: usize) -> u32 {
    u32::try_from(count).expect("few")
}

/// The leaves in order, by name.
fn names<L: Leaf>(tree: &Tree<L>) -> Vec<LeafIx> {
    std::iter::successors(Some(tree.first()), |&ix| tree.next(ix)).collect()
}

fn holds(tree: &Spans, model: &[u32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(tree.check(), Ok(()));
    prop_assert_eq!(numbers(tree), model);
    prop_assert_eq!(tree.total() as usize, model.len());
    let mut backwards: Vec<Consecutive> = tree.spans_from_end().copied().collect();
    backwards.reverse();
    prop_assert_eq!(backwards, tree.spans().copied().collect::<Vec<_>>());
    for (at, &number) in (0..).zip(model) {
        let found = tree.span_at(at).map(|(span, offset)| span.from + offset);
        prop_assert_eq!(found, Some(number));
        for bias in [Bias::Left, Bias::Right] {
            let (leaf, before) = tree.seek(at, bias, |&len| len);
            let end = before + tree.leaf(leaf).measure();
            prop_assert_eq!(tree.start_of(leaf), before);
            let within = match bias {
                Bias::Left => before < at || (before == 0 && at == 0),
                Bias::Right => at < end,
            };
            prop_assert!(before <= at && at <= end && within, "{bias:?} of {at}");
        }
    }
    prop_assert_eq!(tree.span_at(tree.total()), None);
    let names = names(tree);
    prop_assert_eq!(tree.last(), *names.last().expect("a leaf at least"));
    for pair in names.windows(2) {
        prop_assert_eq!(tree.compare(pair[0], pair[1]), Ordering::Less);
        prop_assert_eq!(tree.compare(pair[1], pair[0]), Ordering::Greater);
        prop_assert_eq!(tree.prev(pair[1]), Some(pair[0]));
    }
    Ok(())
}

#[derive(Clone, Debug)]
enum Edit {
    Insert { at: u32, len: u32 },
    Delete { at: u32, len: u32 },
    Compact,
    Restart,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = || prop_oneof![any::<u32>(), Just(0), Just(u32::MAX)];
    let edit = prop_oneof![
        30 => (place(), 1..5u32).prop_map(|(at, len)| Edit::Insert { at, len }),
        15 => (place(), 1..4u32).prop_map(|(at, len)| Edit::Delete { at, len }),
        3 => (place(), 20..60u32).prop_map(|(at, len)| Edit::Delete { at, len }),
        1 => Just(Edit::Compact),
        1 => Just(Edit::Restart),
    ];
    proptest::collection::vec(edit, 1..120)
}

proptest! {
    #[test]
    fn spans_are_what_a_vector_holds(edits in edits()) {
        let mut tree = Spans::new(SpanLeaf::new());
        let mut model: Vec<u32> = Vec::new();
        let mut next = 0;
        for edit in edits {
            match edit {
                Edit::Insert { at, len } => {
                    // Half of all go on where the last one ended, as typing does.
                    let end = model.iter().position(|&number| number + 1 == next).map(|at| at + 1);
                    let at = end.filter(|_| at % 2 == 0).unwrap_or(at as usize % (model.len() + 1));
                    let span = Consecutive { from: next, len };
                    let inserted = tree.insert_span(count(at), span, |before, new| {
                        let reads_on = before.from + before.len == new.from;
                        before.len += if reads_on { new.len } else { 0 };
                        reads_on
                    });
                    prop_assert!(inserted);
                    model.splice(at..at, next..next + len);
                    next += len;
                }
                Edit::Delete { at, len } => {
                    let at = at as usize % (model.len() + 1);
                    let end = model.len().min(at + len as usize);
                    let mut removed = Vec::new();
                    tree.remove_range(count(at), len, |span| removed.extend(span.from..span.from + span.len));
                    prop_assert_eq!(removed, model.drain(at..end).collect::<Vec<_>>());
                }
                Edit::Compact => tree.compact(),
                Edit::Restart => {
                    tree.restart(SpanLeaf::new());
                    model.clear();
                }
            }
            holds(&tree, &model)?;
        }
        prop_assert!(!tree.insert_span(tree.total() + 1, Consecutive::default(), |_, _| false));
        let leaves: Vec<_> = tree.iter().cloned().collect();
        holds(&Tree::from_leaves(leaves, SpanLeaf::new), &model)?;
    }

    #[test]
    fn leaves_are_found_by_each_dimension(changes in proptest::collection::vec((any::<u32>(), 0..9u32, 0..9u32, 0..4u8), 1..120)) {
        let mut tree = Tree::new(Both { wide: 1, tall: 1 });
        let mut model = vec![(tree.first(), Both { wide: 1, tall: 1 })];
        for (at, wide, tall, how) in changes {
            let at = at as usize % model.len();
            let (ix, old) = model[at];
            let new = Both { wide, tall };
            match how {
                0 if model.len() > 1 => {
                    tree.remove(ix);
                    model.remove(at);
                }
                1 => {
                    *tree.leaf_mut(ix) = new;
                    tree.adjust(ix, new.minus(old));
                    model[at].1 = new;
                }
                _ => model.insert(at + 1, (tree.insert_after(ix, new), new)),
            }
            prop_assert_eq!(tree.check(), Ok(()));
            prop_assert_eq!(names(&tree), model.iter().map(|&(ix, _)| ix).collect::<Vec<_>>());
            for (dim, name) in [(wide_of as fn(&Both) -> u32, "wide"), (tall_of, "tall")] {
                let mut before = Both::default();
                for &(ix, leaf) in &model {
                    prop_assert_eq!(tree.start_of(ix), before);
                    for offset in 0..dim(&leaf) {
                        let found = tree.seek(dim(&before) + offset, Bias::Right, dim);
                        prop_assert_eq!(found, (ix, before), "{}", name);
                    }
                    before = before.plus(leaf);
                }
                prop_assert_eq!(tree.total(), before);
            }
        }
        // Changed behind its back, then summed anew.
        for &(ix, leaf) in &model {
            *tree.leaf_mut(ix) = leaf.plus(leaf);
        }
        tree.measure_again();
        prop_assert_eq!(tree.check(), Ok(()));
    }
}

/// A leaf and its own measure.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Both {
    wide: u32,
    tall: u32,
}

fn wide_of(both: &Both) -> u32 {
    both.wide
}

fn tall_of(both: &Both) -> u32 {
    both.tall
}

impl Measure for Both {
    fn plus(self, other: Self) -> Self {
        Both {
            wide: self.wide.plus(other.wide),
            tall: self.tall.plus(other.tall),
        }
    }

    fn minus(self, other: Self) -> Self {
        Both {
            wide: self.wide.minus(other.wide),
            tall: self.tall.minus(other.tall),
        }
    }
}

impl Leaf for Both {
    type Measure = Both;

    fn measure(&self) -> Both {
        *self
    }
}
