//! What somebody may do with which documents.

use std::collections::BTreeMap;

/// What may be done with a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Right {
    /// It is sent, and nothing is taken.
    Read,
    /// What is written to it is taken too.
    Write,
}

/// Rights by how the names of documents begin: the longest beginning decides. Of other documents it is as if there were none.
///
/// # Examples
///
/// ```
/// use syncline_net::{Right, Rights};
///
/// let rights = Rights::none().with("notes/", Right::Read).with("notes/Ann/", Right::Write);
/// assert_eq!(rights.of("notes/Ann/today"), Some(Right::Write));
/// assert_eq!(rights.of("notes/Ben/today"), Some(Right::Read));
/// assert_eq!(rights.of("plans"), None);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rights(BTreeMap<String, Right>);

impl Rights {
    /// To read and write everything.
    pub fn all() -> Rights {
        Rights::none().with("", Right::Write)
    }

    /// To nothing.
    pub fn none() -> Rights {
        Rights(BTreeMap::new())
    }

    /// And this, to documents whose names begin so.
    #[must_use]
    pub fn with(mut self, beginning: impl Into<String>, right: Right) -> Rights {
        self.0.insert(beginning.into(), right);
        self
    }

    /// What may be done with a document of that name.
    pub fn of(&self, document: &str) -> Option<Right> {
        let mut found = None;
        // In order, so that of two that fit the longer comes later.
        for (beginning, right) in &self.0 {
            if document.starts_with(beginning.as_str()) {
                found = Some(*right);
            }
        }
        found
    }

    /// Whether every document may be seen.
    pub(crate) fn show_all(&self) -> bool {
        self.0.contains_key("")
    }
}
