//! Counts, for people and for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    connections: AtomicU64,
    refused: AtomicU64,
    messages_received: AtomicU64,
    bytes_received: AtomicU64,
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
    commits: AtomicU64,
    documents_committed: AtomicU64,
    documents: AtomicU64,
    documents_in_memory: AtomicU64,
    foreign: AtomicU64,
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

impl Metrics {
    pub(crate) fn set_connections(&self, count: usize) {
        self.connections.store(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_documents(&self, count: usize, in_memory: usize) {
        self.documents.store(count as u64, Ordering::Relaxed);
        let in_memory = in_memory as u64;
        self.documents_in_memory.store(in_memory, Ordering::Relaxed);
    }

    pub(crate) fn set_foreign(&self, count: u64) {
        self.foreign.store(count, Ordering::Relaxed);
    }

    pub(crate) fn note_refused(&self) {
        add(&self.refused, 1);
    }

    pub(crate) fn note_received(&self, bytes: usize) {
        add(&self.messages_received, 1);
        add(&self.bytes_received, bytes);
    }

    pub(crate) fn note_sent(&self, bytes: usize) {
        add(&self.messages_sent, 1);
        add(&self.bytes_sent, bytes);
    }

    pub(crate) fn note_commit(&self, documents: usize) {
        add(&self.commits, usize::from(documents > 0));
        add(&self.documents_committed, documents);
    }

    /// As Prometheus reads it.
    pub(crate) fn page(&self) -> String {
        let counters = [
            (
                "connections",
                "gauge",
                "Connections at present.",
                &self.connections,
            ),
            (
                "documents",
                "gauge",
                "Documents of the store.",
                &self.documents,
            ),
            (
                "documents_in_memory",
                "gauge",
                "Documents that are in memory.",
                &self.documents_in_memory,
            ),
            (
                "refused_total",
                "counter",
                "Connections that were not let in.",
                &self.refused,
            ),
            (
                "messages_received_total",
                "counter",
                "Messages of sessions that came.",
                &self.messages_received,
            ),
            (
                "bytes_received_total",
                "counter",
                "Bytes of those.",
                &self.bytes_received,
            ),
            (
                "messages_sent_total",
                "counter",
                "Messages of sessions that were made.",
                &self.messages_sent,
            ),
            (
                "bytes_sent_total",
                "counter",
                "Bytes of those.",
                &self.bytes_sent,
            ),
            (
                "commits_total",
                "counter",
                "Commits to the store.",
                &self.commits,
            ),
            (
                "documents_committed_total",
                "counter",
                "Documents in those.",
                &self.documents_committed,
            ),
            (
                "foreign_deltas_total",
                "counter",
                "Deltas with new operations under a peer that is another's.",
                &self.foreign,
            ),
        ];
        let mut page = String::new();
        for (name, kind, help, counter) in counters {
            let value = counter.load(Ordering::Relaxed);
            let _ = write!(
                page,
                "# HELP syncline_{name} {help}\n# TYPE syncline_{name} {kind}\nsyncline_{name} {value}\n"
            );
        }
        page
    }
}
