//! A scenario as it was written: replicas, steps, and what the file expects of them.

use serde_json::{Map, Value as Json};
use syncline::{Expand, Kind, OpId, Value};

use super::path::ContainerPath;

/// One document's history.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Number of replicas; replica `r` is peer `r + 1`.
    pub(crate) replicas: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) expect: Option<Expect>,
}

/// One step. Replicas are numbers below [`Scenario::replicas`].
#[derive(Debug)]
pub(crate) enum Step {
    /// One transaction.
    Do {
        on: usize,
        edits: Vec<Edit>,
        fails: Option<String>,
    },
    /// The last so many transactions of a replica are undone, or redone.
    Undo {
        on: usize,
        steps: u64,
    },
    Redo {
        on: usize,
        steps: u64,
    },
    /// `to` receives all that `from` has.
    Pull {
        to: usize,
        from: usize,
        fails: Option<String>,
    },
    /// `first` pulls from `second`, then `second` from `first`.
    Sync {
        first: usize,
        second: usize,
    },
    /// `to` becomes a copy of `from`, under the same peer.
    Fork {
        from: usize,
        to: usize,
    },
    /// `on` is saved and opened again.
    Reload {
        on: usize,
    },
    /// What `from` has now and `since` lacks is kept under a number, to be delivered.
    Send {
        from: usize,
        since: usize,
        id: u64,
    },
    /// What was sent to `to` under `id` arrives.
    Deliver {
        to: usize,
        id: u64,
        waits: Option<bool>,
        fails: Option<String>,
    },
    /// What a replica must show here.
    Expect {
        on: usize,
        shows: Shows,
    },
}

impl Step {
    /// The replicas whose document the step may change.
    pub(crate) fn writes_on(&self) -> Vec<usize> {
        match *self {
            Step::Sync { first, second } => vec![first, second],
            Step::Do { on, .. }
            | Step::Reload { on }
            | Step::Undo { on, .. }
            | Step::Redo { on, .. } => vec![on],
            Step::Pull { to, .. } | Step::Fork { to, .. } | Step::Deliver { to, .. } => vec![to],
            Step::Send { .. } | Step::Expect { .. } => Vec::new(),
        }
    }
}

/// What the file expects after everyone has received everything.
#[derive(Debug)]
pub(crate) struct Expect {
    pub(crate) shows: Shows,
    pub(crate) converged: bool,
    /// Pairs of replicas that refuse each other as forked, the lower first, in order.
    pub(crate) forked: Vec<(usize, usize)>,
}

/// What a replica is expected to show; what is none is not compared.
#[derive(Debug, Default)]
pub(crate) struct Shows {
    pub(crate) json: Option<Json>,
    pub(crate) conflicts: Option<Map<String, Json>>,
    /// By text, what it is marked with; of others nothing is expected.
    pub(crate) spans: Option<Map<String, Json>>,
}

/// One edit of a transaction.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) path: ContainerPath,
    pub(crate) what: What,
}

/// What an edit does to its container.
#[derive(Debug)]
pub(crate) enum What {
    TextInsert {
        position: usize,
        inserted: String,
    },
    TextDelete {
        position: usize,
        end: usize,
    },
    /// Null takes away.
    TextMark {
        start: usize,
        end: usize,
        key: String,
        value: Value,
        expand: Expand,
    },
    ListInsert {
        position: usize,
        values: Vec<Value>,
    },
    ListDelete {
        position: usize,
        end: usize,
    },
    ListSet {
        position: usize,
        value: Value,
    },
    ListMove {
        from: usize,
        to: usize,
    },
    /// Inserts an empty container; at the end where there is no position.
    ListNest {
        position: Option<usize>,
        kind: Kind,
    },
    MapSet {
        key: String,
        value: Value,
    },
    MapRemove {
        key: String,
    },
    MapOpen {
        key: String,
        kind: Kind,
    },
    /// Moves the container itself, from one path to another.
    MoveTo {
        from: String,
        to: String,
    },
    /// Restores what so many operations deleted; it names no container.
    Restore {
        first: OpId,
        count: u32,
    },
    CounterAdd {
        by: i64,
    },
}
