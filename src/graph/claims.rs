//! Whether operations follow earlier ones, asked of many at once: a bit for each, in one pass over the runs between.

use super::Graph;
use crate::id::Lv;

/// That an operation follows an earlier one of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) of: Lv,
    pub(crate) earlier: Lv,
}

/// Claims of one pass.
const AT_ONCE: usize = 64;

/// So many are found faster by a walk back for each.
const FEW: usize = if cfg!(any(test, feature = "small-nodes")) {
    1
} else {
    3
};

/// Which claims' earlier operations are where, a bit each; the runs are those from the first that has one.
#[derive(Default)]
struct Reach {
    first: usize,
    /// By run, those in its past.
    past: Vec<u64>,
    /// By run, those in it.
    within: Vec<u64>,
}

impl Graph {
    /// The first of these claims that is wrong; they stand in order of what they are about. O(r) for every 64 of them, where r runs
    /// lie between.
    pub(crate) fn first_wrong(&self, claims: &[Claim]) -> Option<Claim> {
        let mut reach = Reach::default();
        claims.chunks(AT_ONCE).find_map(|claims| {
            let is_right = |claim: &Claim| self.includes(&self.parents(claim.of), claim.earlier);
            if claims.len() <= FEW {
                return claims.iter().find(|&claim| !is_right(claim)).copied();
            }
            let right = reach.pass(self, claims);
            let is_right = |at: usize, claim: &Claim| {
                right >> at & 1 == 1 || claim.earlier < self.ground_end()
            };
            let mut all = claims.iter().enumerate();
            all.find_map(|(at, claim)| (!is_right(at, claim)).then_some(*claim))
        })
    }
}

impl Reach {
    /// Which of at most 64 claims are right.
    fn pass(&mut self, graph: &Graph, claims: &[Claim]) -> u64 {
        let earlier = claims.iter().map(|claim| graph.run_index(claim.earlier));
        self.first = earlier.clone().min().unwrap_or(0);
        let last = claims.last().map_or(0, |claim| graph.run_index(claim.of));
        let runs = graph.runs.get(self.first..=last).unwrap_or(&[]);
        self.past.clear();
        self.within.clear();
        self.within.resize(runs.len(), 0);
        for (bit, run) in earlier.enumerate() {
            if let Some(within) = self.within.get_mut(run - self.first) {
                *within |= 1 << bit;
            }
        }
        for run in runs {
            let parents = run.parents.iter().zip(&run.parent_runs);
            let past = parents.fold(0, |past, (&parent, &run)| {
                past | self.up_to(run as usize, parent, claims)
            });
            self.past.push(past);
        }
        let known = |claim: &Claim| {
            let nth = graph.run_index(claim.of);
            match graph.runs[nth].span.start == claim.of {
                true => self.past.get(nth - self.first).copied().unwrap_or(0),
                false => self.up_to(nth, Lv(claim.of.0 - 1), claims),
            }
        };
        let bits = claims.iter().enumerate();
        bits.fold(0, |bits, (bit, claim)| bits | known(claim) & 1 << bit)
    }

    /// What a version that ends in a run, with this operation, includes.
    #[inline]
    fn up_to(&self, run: usize, lv: Lv, claims: &[Claim]) -> u64 {
        let Some(at) = run.checked_sub(self.first) else {
            return 0;
        };
        let mut within = self.within.get(at).copied().unwrap_or(0);
        let mut bits = self.past.get(at).copied().unwrap_or(0);
        while within != 0 {
            let bit = within.trailing_zeros();
            within &= within - 1;
            let is_before = claims[bit as usize].earlier <= lv;
            bits |= u64::from(is_before) << bit;
        }
        bits
    }
}
