//! The kinds of container.

use std::fmt;

/// What a container holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A sequence of Unicode scalars.
    Text,
    /// A sequence of values.
    List,
    /// Values by key.
    Map,
    /// A sum of increments.
    Counter,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Text, Kind::List, Kind::Map, Kind::Counter];

    /// The kind's number in encodings.
    pub(crate) fn code(self) -> u8 {
        match self {
            Kind::Text => 0,
            Kind::List => 1,
            Kind::Map => 2,
            Kind::Counter => 3,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Kind> {
        Kind::ALL.get(usize::from(code)).copied()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Text => "text",
            Kind::List => "list",
            Kind::Map => "map",
            Kind::Counter => "counter",
        })
    }
}
