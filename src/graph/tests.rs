//! Properties of walks, on random graphs.
#![allow(clippy::unwrap_used)]

use super::{Claim, Difference, Graph, PeerIx, Visited, Walk};
use crate::id::{Heads, Lv, LvSpan};

/// Xorshift: enough to vary tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 32).unwrap() % end.max(1)
    }
}

/// Writers who each go on from what they know, and now and then take in what another does.
fn graph(random: &mut Random, operations: u32) -> Graph {
    let mut graph = Graph::default();
    let writers = 2 + random.below(4);
    let mut known = vec![Heads::new(); writers as usize];
    let mut seqs = vec![0; writers as usize];
    while graph.end().0 < operations {
        let writer = random.below(writers) as usize;
        if random.below(3) == 0 {
            let other = random.below(writers) as usize;
            let mut both: Vec<Lv> = known[writer].iter().chain(&known[other]).copied().collect();
            both.sort_unstable();
            both.dedup();
            let heads = |lv: &Lv| {
                let others: Vec<Lv> = both.iter().copied().filter(|other| other != lv).collect();
                !graph.includes(&others, *lv)
            };
            known[writer] = both.iter().copied().filter(heads).collect();
            // The other may write on before this one does: then this one follows the middle of a run.
            continue;
        }
        let len = 1 + random.below(4);
        graph.push(
            &known[writer],
            len,
            PeerIx(u32::try_from(writer).unwrap()),
            seqs[writer],
        );
        seqs[writer] += len;
        known[writer] = Heads::from_slice(&[Lv(graph.end().0 - 1)]);
    }
    graph
}

/// Everything from the first operation that all of the rest follows, or from 0, cut in two somewhere.
fn spans(graph: &Graph, random: &mut Random) -> (Heads, Vec<LvSpan>, Lv) {
    let known = random.below(graph.end().0);
    let base = graph.base(&[Lv(known)], graph.heads());
    let mut spans = base.outside;
    let start = spans.first().map_or(graph.end(), |span| span.start);
    let since = Lv(start.0 + random.below(graph.end().0 - start.0 + 1));
    if let Some(at) = spans
        .iter()
        .position(|span| span.start < since && since < span.end)
    {
        let behind = LvSpan::new(since, spans[at].end);
        spans[at].end = since;
        spans.insert(at + 1, behind);
    }
    (base.version, spans, since)
}

fn operations(spans: impl Iterator<Item = LvSpan>) -> Vec<u32> {
    let mut all: Vec<u32> = spans.flat_map(|span| span.start.0..span.end.0).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_walk_visits_everything_once_and_parents_first() {
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let graph = graph(&mut random, 60);
        let (_, spans, since) = spans(&graph, &mut random);
        let walk = Walk::new(&graph, &spans, since);
        let order: Vec<u32> = walk
            .known()
            .iter()
            .chain(walk.new_parts())
            .copied()
            .collect();
        assert_eq!(
            operations(order.iter().map(|&part| walk.part(part))),
            operations(spans.iter().copied()),
            "seed {seed}"
        );
        assert!(
            walk.known()
                .iter()
                .all(|&part| walk.part(part).end <= since)
        );
        assert!(
            walk.new_parts()
                .iter()
                .all(|&part| walk.part(part).start >= since)
        );
        let mut visited = vec![false; walk.len()];
        for part in order {
            let parents = walk.parents(part);
            assert!(
                parents.iter().all(|&parent| visited[parent as usize]),
                "seed {seed}"
            );
            visited[part as usize] = true;
        }
    }
}

#[test]
fn a_move_changes_what_a_search_of_the_graph_finds() {
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let graph = graph(&mut random, 60);
        let (base, spans, since) = spans(&graph, &mut random);
        let walk = Walk::new(&graph, &spans, since);
        let mut visited = Visited::new(&walk);
        let mut at = base.clone();
        let mut difference = Difference::default();
        for &part in walk.known().iter().chain(walk.new_parts()) {
            // A replay skips parts that have nothing for it.
            if random.below(4) == 0 {
                continue;
            }
            let parents = graph.parents(walk.part(part).start);
            visited.plan_move(part);
            let near = visited.is_near(part, usize::MAX, |_| 1);
            assert!(near);
            if random.below(8) == 0 {
                visited.start_over(part);
                at = base.clone();
            }
            difference.find(&graph, &at, &parents);
            let planned = |parts: &[u32]| operations(parts.iter().map(|&part| walk.part(part)));
            assert_eq!(
                planned(&visited.retreated),
                operations(difference.first.iter().copied()),
                "seed {seed}: retreat to part {part}"
            );
            assert_eq!(
                planned(&visited.advanced),
                operations(difference.second.iter().copied()),
                "seed {seed}: advance to part {part}"
            );
            visited.move_on();
            visited.visit(part);
            at = Heads::from_slice(&[walk.part(part).last()]);
        }
    }
}

#[test]
fn what_many_operations_follow_is_what_a_walk_from_each_finds() {
    let mut wrong = 0;
    for seed in 1..60 {
        let random = &mut Random::new(seed);
        let graph = graph(random, 400);
        let mut claims = Vec::new();
        for of in 1..graph.end().0 {
            let earlier = Lv(random.below(of));
            let of = Lv(of);
            claims.push(Claim { of, earlier });
        }
        let is_right = |claim: &Claim| graph.includes(&graph.parents(claim.of), claim.earlier);
        let (right, others): (Vec<Claim>, Vec<Claim>) = claims.into_iter().partition(is_right);
        assert!(graph.first_wrong(&right).is_none());
        for claim in others {
            // Among others, near the beginning of a pass or near its end.
            let behind = right.partition_point(|right| right.of <= claim.of);
            let mut all = right[behind.saturating_sub(100)..].to_vec();
            all.insert(behind.min(100), claim);
            let found = graph.first_wrong(&all);
            assert_eq!(found.map(|found| found.of), Some(claim.of));
            wrong += 1;
        }
    }
    assert!(wrong > 1_000, "{wrong}");
}
