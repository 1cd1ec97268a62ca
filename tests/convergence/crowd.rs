//! Many replicas that edited one version apart.
//!
//! - All come to the same document, whoever merges whom, in whatever order: one by one, in one delta, with edits of their
//!   own in between.
//! - Every replica holds its invariants after each merge.

use support::engine::peer;
use syncline::{Change, Doc, Error, VersionVector};

const REPLICAS: u64 = 24;
const EDITS: usize = 9;

/// Small numbers in a fixed order.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// One edit of the text or of the list, each in a transaction.
fn edit(doc: &mut Doc, numbers: &mut Numbers) {
    let (text_len, list_len) = (doc.text("text").len(), doc.list("list").len());
    let edited: Result<Change, Error> = doc.transact(|tx| match numbers.below(6) {
        0..=2 => {
            let typed = ["x", "yz", "Ω🙂", "abcd"][numbers.below(4)];
            tx.text("text").insert(numbers.below(text_len + 1), typed)
        }
        3 if text_len > 0 => {
            let start = numbers.below(text_len);
            let end = (start + 1 + numbers.below(4)).min(text_len);
            tx.text("text").delete(start..end)
        }
        4 if list_len > 0 => tx.list("list").set(numbers.below(list_len), "set"),
        5 if list_len > 0 => {
            let start = numbers.below(list_len);
            tx.list("list").delete(start..start + 1)
        }
        _ => tx.list("list").insert(numbers.below(list_len + 1), "new"),
    });
    edited.expect("it fits");
}

fn merge(doc: &mut Doc, delta: &[u8]) {
    doc.merge(delta).expect("a delta");
    doc.check().expect("invariants");
}

#[test]
fn a_crowd_comes_to_one_document() {
    for seed in 0..12 {
        println!("seed {seed}");
        let mut numbers = Numbers(seed);
        let mut first = Doc::with_peer(peer(1));
        for _ in 0..EDITS {
            edit(&mut first, &mut numbers);
        }
        let shared = first.delta_since(&VersionVector::new());
        let start = first.version_vector();
        let sharing = |id| {
            let mut doc = Doc::with_peer(peer(id));
            merge(&mut doc, &shared);
            doc
        };
        let mut crowd: Vec<Doc> = (0..REPLICAS).map(|at| sharing(10 + at)).collect();
        let mut deltas = Vec::new();
        for doc in &mut crowd {
            for _ in 0..=numbers.below(EDITS) {
                edit(doc, &mut numbers);
            }
            deltas.push(doc.delta_since(&start));
        }
        let mut one_by_one = sharing(2);
        deltas
            .iter()
            .for_each(|delta| merge(&mut one_by_one, delta));
        let mut backwards = sharing(3);
        deltas
            .iter()
            .rev()
            .for_each(|delta| merge(&mut backwards, delta));
        let together = one_by_one.delta_since(&start);
        let mut at_once = sharing(4);
        merge(&mut at_once, &together);
        assert_eq!(backwards.to_json(), one_by_one.to_json());
        assert_eq!(at_once.to_json(), one_by_one.to_json());
        // Whoever wrote goes on from there.
        let mut writer = sharing(5);
        for delta in &deltas {
            edit(&mut writer, &mut numbers);
            merge(&mut writer, delta);
        }
        let written = writer.delta_since(&start);
        crowd.extend([one_by_one, backwards, at_once]);
        for doc in &mut crowd {
            merge(doc, &written);
            assert_eq!(doc.to_json(), writer.to_json());
        }
    }
}
