//! What went wrong with one file or one history of it, where, and what to do next.

use std::fmt;
use std::path::Path;

use crate::plain::plain;

/// The next step where the document refused what it had itself written.
pub(crate) const ENGINE_FAULT: &str = "this should not happen: please report it with the file";

/// The place of a history: its file, and its line when the file holds one history a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: Option<usize>,
}

impl Place {
    pub(crate) fn file(path: &Path) -> Place {
        Place {
            file: path.display().to_string(),
            line: None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// Why something could not be read or run, and the next step for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) next: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Failure {
        Failure {
            what: what.into(),
            next: next.into(),
        }
    }

    /// Puts `where_` before what went wrong.
    pub(crate) fn at(self, where_: impl fmt::Display) -> Failure {
        Failure {
            what: format!("{where_}: {}", self.what),
            next: self.next,
        }
    }

    /// Tells it on standard error, on one line for the fact and one for the advice.
    pub(crate) fn report(&self, place: &Place) {
        let (place, what) = (plain(&place.to_string()), plain(&self.what));
        eprintln!("syncline: {place}: {what}\n  next: {}", self.next);
    }
}
