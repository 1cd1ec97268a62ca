//! A workspace that holds something back from the other side, or does not take it.

use std::sync::Arc;

use syncline::sync::{Changes, Documents, Workspace, key_of};
use syncline::{Doc, Error, Summary};

/// A workspace of which one document goes one way only.
pub(crate) struct OneWay {
    pub(crate) workspace: Workspace,
    /// Not written to from outside.
    not_taken: Option<&'static str>,
    not_sent: Option<&'static str>,
}

impl OneWay {
    pub(crate) fn not_taking(workspace: Workspace, document: &'static str) -> OneWay {
        OneWay {
            workspace,
            not_taken: Some(document),
            not_sent: None,
        }
    }

    pub(crate) fn not_sending(workspace: Workspace, document: &'static str) -> OneWay {
        OneWay {
            workspace,
            not_taken: None,
            not_sent: Some(document),
        }
    }
}

impl Documents for OneWay {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        self.workspace.summary()
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, Error> {
        self.workspace.changes(since)
    }

    fn takes(&self, key: u64) -> bool {
        self.not_taken.map(key_of) != Some(key)
    }

    fn sends(&self, key: u64) -> bool {
        self.not_sent.map(key_of) != Some(key)
    }

    fn name(&self, key: u64) -> Option<String> {
        self.workspace.name(key)
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error> {
        self.workspace.document(key)
    }

    fn create(&mut self, name: &str) -> Result<bool, Error> {
        match self.not_taken == Some(name) {
            true => Ok(false),
            false => self.workspace.create(name),
        }
    }
}
