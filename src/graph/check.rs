//! The slow, complete check of the graph.

use super::Graph;
use crate::id::Lv;

impl Graph {
    /// Verifies order, Lamports and heads. O(runs).
    pub(crate) fn check(&self) -> Result<(), String> {
        if !self
            .runs
            .iter()
            .map(|run| run.span.start)
            .eq(self.starts.iter().copied())
        {
            return Err("graph: starts are not those of the runs".into());
        }
        let (ground, own) = self.runs.split_at(self.ground);
        let mut next = ground.last().map_or(Lv(0), |last| last.span.end);
        let mut childless: Vec<Lv> = Vec::new();
        for run in own {
            if run.span.start != next || run.span.is_empty() {
                return Err(format!(
                    "graph: run {:?} does not start at {next:?}",
                    run.span
                ));
            }
            if !run.parents.is_sorted()
                || run.parents.iter().any(|&parent| parent >= run.span.start)
            {
                return Err(format!(
                    "graph: parents {:?} of {:?}",
                    run.parents, run.span
                ));
            }
            let parent_runs = run.parents.iter().map(|&parent| self.run_number(parent));
            if !parent_runs.eq(run.parent_runs.iter().copied()) {
                return Err(format!("graph: runs of the parents of {:?}", run.span));
            }
            let lamport = run
                .parents
                .iter()
                .map(|&parent| self.lamport(parent) + 1)
                .max()
                .unwrap_or(self.floor() + 1);
            if lamport != run.lamport {
                return Err(format!(
                    "graph: Lamport {} of {:?}, derived {lamport}",
                    run.lamport, run.span
                ));
            }
            childless.retain(|head| !run.parents.contains(head));
            childless.push(run.span.last());
            next = run.span.end;
        }
        if childless != self.heads {
            return Err(format!(
                "graph: heads {:?} are not those of the runs",
                self.heads
            ));
        }
        if next != self.end() {
            return Err(format!(
                "graph: the runs end at {next:?}, not at {:?}",
                self.end()
            ));
        }
        Ok(())
    }
}
