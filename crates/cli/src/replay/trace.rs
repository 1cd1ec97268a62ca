//! An editing history, checked and laid out for typing: all text in one block, all patches in one row.
//!
//! Small, because what is measured are the replicas and not the reading of the trace: numbers of 32 bits, which is
//! also what a document can hold.

use std::ops::Range;

/// What a trace holds.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) kind: Kind,
    /// The text before the first transaction; always empty in a concurrent trace.
    pub(crate) start_content: String,
    /// The text that everyone ends with, where the trace tells it.
    pub(crate) end_content: Option<String>,
    /// Number of writers, at least 1.
    pub(crate) agents: usize,
    transactions: Vec<Transaction>,
    parents: Vec<u32>,
    patches: Vec<Patch>,
    inserted: String,
}

/// How the writers of a trace stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One writer; each transaction follows the one before.
    Sequential,
    /// Several; each transaction follows its parents.
    Concurrent,
}

/// One transaction: what belongs to it ends where that of the next begins.
#[derive(Debug)]
struct Transaction {
    /// Below [`Trace::agents`].
    agent: u32,
    first_parent: u32,
    first_patch: u32,
}

#[derive(Debug)]
struct Patch {
    position: u32,
    deleted: u32,
    /// Bytes of the trace's inserted text.
    inserted: Range<u32>,
}

impl Trace {
    pub(crate) fn new(
        kind: Kind,
        agents: usize,
        start_content: String,
        end_content: Option<String>,
    ) -> Trace {
        let (transactions, parents, patches, inserted) = Default::default();
        Trace {
            kind,
            start_content,
            end_content,
            agents,
            transactions,
            parents,
            patches,
            inserted,
        }
    }

    /// Begins a transaction, to which the patches pushed next belong. Parents are earlier transactions, each once.
    /// None if a number does not fit.
    pub(crate) fn push_transaction(&mut self, agent: usize, parents: &[usize]) -> Option<()> {
        let (first_parent, first_patch) = (fit(self.parents.len())?, fit(self.patches.len())?);
        for &parent in parents {
            self.parents.push(fit(parent)?);
        }
        self.transactions.push(Transaction {
            agent: fit(agent)?,
            first_parent,
            first_patch,
        });
        Some(())
    }

    /// Adds a patch to the newest transaction. None if a number does not fit.
    pub(crate) fn push_patch(&mut self, position: u64, deleted: u64, inserted: &str) -> Option<()> {
        let (position, deleted) = (u32::try_from(position).ok()?, u32::try_from(deleted).ok()?);
        position.checked_add(deleted)?;
        let start = fit(self.inserted.len())?;
        self.inserted.push_str(inserted);
        self.patches.push(Patch {
            position,
            deleted,
            inserted: start..fit(self.inserted.len())?,
        });
        Some(())
    }

    /// Number of transactions.
    pub(crate) fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Who made a transaction.
    pub(crate) fn agent(&self, transaction: usize) -> usize {
        self.transactions[transaction].agent as usize
    }

    /// Who made the last transaction.
    pub(crate) fn last_agent(&self) -> usize {
        self.transactions
            .last()
            .map_or(0, |last| last.agent as usize)
    }

    /// The earlier transactions that a transaction of a concurrent trace follows.
    pub(crate) fn parents(&self, transaction: usize) -> impl Iterator<Item = usize> {
        let end = self
            .transactions
            .get(transaction + 1)
            .map_or(self.parents.len(), |next| next.first_parent as usize);
        let start = self.transactions[transaction].first_parent as usize;
        self.parents[start..end]
            .iter()
            .map(|&parent| parent as usize)
    }

    /// The patches of a transaction: position, characters deleted there, text then inserted there.
    pub(crate) fn patches(&self, transaction: usize) -> impl Iterator<Item = (usize, usize, &str)> {
        let end = self
            .transactions
            .get(transaction + 1)
            .map_or(self.patches.len(), |next| next.first_patch as usize);
        let start = self.transactions[transaction].first_patch as usize;
        self.patches[start..end].iter().map(|patch| {
            (
                patch.position as usize,
                patch.deleted as usize,
                self.inserted_by(patch),
            )
        })
    }

    /// Where the last patch that changes anything leaves the cursor.
    pub(crate) fn last_cursor(&self) -> usize {
        let last = self
            .patches
            .iter()
            .rev()
            .find(|patch| patch.deleted > 0 || !patch.inserted.is_empty());
        match last {
            Some(patch) => patch.position as usize + self.inserted_by(patch).chars().count(),
            None => self.start_content.chars().count(),
        }
    }

    fn inserted_by(&self, patch: &Patch) -> &str {
        &self.inserted[patch.inserted.start as usize..patch.inserted.end as usize]
    }
}

fn fit(number: usize) -> Option<u32> {
    u32::try_from(number).ok()
}
