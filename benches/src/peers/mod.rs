//! The peers: one adapter a file, each as its engine is meant to be used.

use std::fmt;

mod rope;
mod cola;
mod diamond_types;
mod loro;
mod yrs;
mod automerge;
#[cfg(feature = "ours")]
mod ours;

pub use self::automerge::Automerge;
pub use self::cola::Cola;
pub use self::diamond_types::DiamondTypes;
pub use self::loro::{Loro, LoroTree};
#[cfg(feature = "ours")]
pub use self::ours::Ours;
pub use self::rope::Rope;
pub use self::yrs::{Yrs, YrsTree};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// jumprope's buffered rope: what typing costs without any collaboration.
    Rope,
    /// cola 0.5, which keeps places and no text; a rope beside it holds the text.
    Cola,
    /// diamond-types 1.0, text only.
    DiamondTypes,
    /// loro 1.17.
    Loro,
    /// yrs 0.28.
    Yrs,
    /// automerge 0.12.
    Automerge,
    /// Syncline.
    Ours,
}

impl Peer {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Rope,
        Self::Cola,
        Self::DiamondTypes,
        Self::Loro,
        Self::Yrs,
        Self::Automerge,
        Self::Ours,
    ];

    /// The name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rope => "rope",
            Self::Cola => "cola",
            Self::DiamondTypes => "diamond-types",
            Self::Loro => "loro",
            Self::Yrs => "yrs",
            Self::Automerge => "automerge",
            Self::Ours => "ours",
        }
    }

    /// The peer of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|peer| peer.name() == name)
    }

    /// An engine to be compared with: neither the rope nor ourselves.
    #[must_use]
    pub fn is_rival(self) -> bool {
        !matches!(self, Self::Rope | Self::Ours)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Rope => "plain rope",
            Self::Cola => "cola 0.5",
            Self::DiamondTypes => "diamond-types 1.0",
            Self::Loro => "loro 1.17",
            Self::Yrs => "yrs 0.28",
            Self::Automerge => "automerge 0.12",
            Self::Ours => "ours",
        })
    }
}

/// Evaluates an expression with `$engine` standing for the peer's adapter that types.
macro_rules! with_typing {
    ($peer:expr, $engine:ident => $body:expr) => {
        match $peer {
            $crate::peers::Peer::Rope => {
                type $engine = $crate::peers::Rope;
                $body
            }
            $crate::peers::Peer::Cola => {
                type $engine = $crate::peers::Cola<false>;
                $body
            }
            other => $crate::peers::with_exchange!(other, $engine => $body),
        }
    };
}

/// Evaluates an expression with `$engine` standing for the peer's adapter that exchanges.
macro_rules! with_exchange {
    ($peer:expr, $engine:ident => $body:expr) => {
        match $peer {
            $crate::peers::Peer::Rope => Err("a plain rope exchanges nothing".to_owned()),
            $crate::peers::Peer::Cola => {
                type $engine = $crate::peers::Cola<true>;
                $body
            }
            $crate::peers::Peer::DiamondTypes => {
                type $engine = $crate::peers::DiamondTypes;
                $body
            }
            other => $crate::peers::with_adapter!(other, $engine => $body, Loro, Yrs),
        }
    };
}

/// Evaluates an expression with `$engine` standing for the peer's adapter for maps and lists.
macro_rules! with_structure {
    ($peer:expr, $engine:ident => $body:expr) => {
        $crate::peers::with_adapter!($peer, $engine => $body, LoroTree, YrsTree)
    };
}

/// The same for engines of whole documents, two of which have an adapter of their own for each kind of content.
macro_rules! with_adapter {
    ($peer:expr, $engine:ident => $body:expr, $loro:ident, $yrs:ident) => {
        match $peer {
            $crate::peers::Peer::Rope
            | $crate::peers::Peer::Cola
            | $crate::peers::Peer::DiamondTypes => Err("text only".to_owned()),
            $crate::peers::Peer::Loro => {
                type $engine = $crate::peers::$loro;
                $body
            }
            $crate::peers::Peer::Yrs => {
                type $engine = $crate::peers::$yrs;
                $body
            }
            $crate::peers::Peer::Automerge => {
                type $engine = $crate::peers::Automerge;
                $body
            }
            #[cfg(feature = "ours")]
            $crate::peers::Peer::Ours => {
                type $engine = $crate::peers::Ours;
                $body
            }
            #[cfg(not(feature = "ours"))]
            $crate::peers::Peer::Ours => Err("built without the feature `ours`".to_owned()),
        }
    };
}

pub(crate) use {with_adapter, with_exchange, with_structure, with_typing};
