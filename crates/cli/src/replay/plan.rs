//! What each agent's replica must receive before each transaction, decided before anything is typed.
//!
//! A replica receives only just before it types, so after its newest transaction it holds exactly that
//! transaction's history. That gives two ways to receive exactly what a transaction's parents know:
//! - `From`: everything of an author whose newest transaction is the wanted one;
//! - `Delta`: the single delta of one transaction, kept when it was made, where its author has moved on.
//!
//! Each agent's own transactions must be totally ordered: a later one follows the earlier, so a replica never has
//! to forget anything.

use super::trace::Trace;
use crate::failure::Failure;

/// One thing that a replica receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receive {
    /// All that this agent's replica holds and the receiver lacks.
    From(usize),
    /// The single delta of this transaction.
    Delta(usize),
}

/// For every transaction of a concurrent trace, what its agent's replica receives first, in order.
pub(crate) type Plan = Vec<Vec<Receive>>;

/// Plans the exchange of a concurrent trace.
pub(crate) fn plan(trace: &Trace) -> Result<Plan, Failure> {
    let mut planner = Planner::new(trace);
    (0..trace.len())
        .map(|index| planner.before(index))
        .collect()
}

struct Planner<'t> {
    trace: &'t Trace,
    /// Per agent, the transactions that its replica holds.
    known: Vec<Bits>,
    /// Per agent, its newest transaction so far.
    newest: Vec<Option<usize>>,
    /// Per transaction, the one before which it was last found missing, and likewise covered; plus one.
    missing: Vec<usize>,
    covered: Vec<usize>,
    stack: Vec<usize>,
}

impl<'t> Planner<'t> {
    fn new(trace: &'t Trace) -> Planner<'t> {
        let transactions = trace.len();
        Planner {
            trace,
            known: vec![Bits::default(); trace.agents],
            newest: vec![None; trace.agents],
            missing: vec![0; transactions],
            covered: vec![0; transactions],
            stack: Vec::new(),
        }
    }

    fn before(&mut self, index: usize) -> Result<Vec<Receive>, Failure> {
        let agent = self.trace.agent(index);
        let missing = self.learn_parents(index)?;
        let mut received = Vec::new();
        let mut deltas = Vec::new();
        for &wanted in missing.iter().rev() {
            if self.covered[wanted] == index + 1 {
                continue;
            }
            let author = self.trace.agent(wanted);
            if self.newest[author] == Some(wanted) {
                received.push(Receive::From(author));
                self.cover(wanted, index);
            } else {
                deltas.push(Receive::Delta(wanted));
            }
        }
        received.extend(deltas.into_iter().rev());
        self.known[agent].insert(index);
        self.newest[agent] = Some(index);
        Ok(received)
    }

    /// Adds the history of the parents to what the agent knows; returns what was new, in order.
    fn learn_parents(&mut self, index: usize) -> Result<Vec<usize>, Failure> {
        let agent = self.trace.agent(index);
        let own = self.newest[agent];
        let mut follows_own = own.is_none();
        let mut missing = Vec::new();
        self.stack.extend(self.trace.parents(index));
        while let Some(at) = self.stack.pop() {
            follows_own |= own == Some(at);
            if self.known[agent].insert(at) {
                self.missing[at] = index + 1;
                missing.push(at);
                self.stack.extend(self.trace.parents(at));
            }
        }
        if !follows_own {
            let own = own.unwrap_or_default();
            return Err(Failure::new(
                format!(
                    "transaction {index}: it does not follow transaction {own}, made earlier by the same agent {agent}"
                ),
                "give every branch an agent of its own: an agent's transactions must be totally ordered",
            ));
        }
        missing.sort_unstable();
        Ok(missing)
    }

    /// Marks the missing history of `wanted` as received with it.
    fn cover(&mut self, wanted: usize, index: usize) {
        self.stack.push(wanted);
        while let Some(at) = self.stack.pop() {
            if self.missing[at] == index + 1 && self.covered[at] != index + 1 {
                self.covered[at] = index + 1;
                self.stack.extend(self.trace.parents(at));
            }
        }
    }
}

/// A set of transactions that grows to the largest in it.
#[derive(Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    /// Puts `index` in; whether it was not there before.
    fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (index / 64, 1_u64 << (index % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::trace::Kind;

    fn planned(agents: usize, transactions: &[(usize, &[usize])]) -> Result<Plan, Failure> {
        let mut trace = Trace::new(Kind::Concurrent, agents, String::new(), None);
        for (agent, parents) in transactions {
            trace.push_transaction(*agent, parents).unwrap();
        }
        plan(&trace)
    }

    #[test]
    fn receives_from_an_author_who_still_stands_there() {
        let plan = planned(
            2,
            &[(0, &[]), (0, &[0]), (1, &[1]), (1, &[2]), (0, &[1, 3])],
        )
        .unwrap();
        assert_eq!(
            plan,
            [
                vec![],
                vec![],
                vec![Receive::From(0)],
                vec![],
                vec![Receive::From(1)]
            ]
        );
    }

    #[test]
    fn receives_single_deltas_where_the_author_has_moved_on() {
        let plan = planned(
            3,
            &[(0, &[]), (0, &[0]), (0, &[1]), (1, &[1]), (2, &[0, 3])],
        )
        .unwrap();
        assert_eq!(plan[3], [Receive::Delta(0), Receive::Delta(1)]);
        assert_eq!(plan[4], [Receive::From(1)], "who holds the older ones too");
    }

    #[test]
    fn an_agent_may_not_go_back() {
        let failure = planned(2, &[(0, &[]), (1, &[0]), (1, &[0])]).unwrap_err();
        assert!(
            failure
                .what
                .contains("transaction 2: it does not follow transaction 1"),
            "{failure:?}"
        );
        assert!(planned(1, &[(0, &[]), (0, &[])]).is_err());
    }
}
