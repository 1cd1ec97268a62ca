//! What a history came to.

/// What was wrong, when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The step.
    pub step: u64,
    /// Milliseconds since the beginning.
    pub at_ms: u64,
    /// What.
    pub what: String,
}

/// What a history came to. Everything in it follows from the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// What was wrong, if something was.
    pub failure: Option<Failure>,
    /// A hash of every document's JSON and frontier, replicas and documents in order, in hexadecimal.
    pub hash: String,
    /// How many replicas there were.
    pub replicas: usize,
    /// How many documents.
    pub documents: usize,
    /// Operations that were written.
    pub operations: u64,
    /// Bytes of all messages.
    pub bytes: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// Sessions that began.
    pub sessions: u64,
    /// Of all sessions, until each side had what the other had at the beginning.
    pub round_trips: u64,
    /// Whatever happened at some time: a transaction, a message that arrived, a link that broke.
    pub steps: u64,
    /// What was made to fail: messages, links, replicas.
    pub faults: u64,
    /// Restarts from what was saved.
    pub crashes: u64,
    /// Two histories under one peer id that were named.
    pub forks: u64,
    /// Simulated milliseconds.
    pub simulated_ms: u64,
}

impl Outcome {
    /// Whether all replicas came to the same documents, and nothing was wrong on the way.
    pub fn converged(&self) -> bool {
        self.failure.is_none()
    }
}
