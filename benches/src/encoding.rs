//! What the sizes ask of an engine: every encoding it has of a document, and of what another replica lacks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::{Exchange, Outcome, Structured};
use crate::trace::Patch;

/// One way in which an engine, or a packer of plain text, writes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // told by `Encoding::title`
pub enum Encoding {
    DiamondPlain,
    Diamond,
    DiamondWithText,
    LoroUpdates,
    LoroSnapshot,
    LoroShallow,
    YrsV1,
    YrsV2,
    YrsCollected,
    AutomergeChanges,
    AutomergeBundle,
    AutomergePlain,
    Automerge,
    TextLz4,
    TextBrotli,
    OursNone,
    OursFast,
    OursCompact,
}

impl Encoding {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DiamondPlain => "diamond-types-plain",
            Self::Diamond => "diamond-types",
            Self::DiamondWithText => "diamond-types-with-text",
            Self::LoroUpdates => "loro-updates",
            Self::LoroSnapshot => "loro-snapshot",
            Self::LoroShallow => "loro-shallow",
            Self::YrsV1 => "yrs-v1",
            Self::YrsV2 => "yrs-v2",
            Self::YrsCollected => "yrs-v2-collected",
            Self::AutomergeChanges => "automerge-changes",
            Self::AutomergeBundle => "automerge-bundle",
            Self::AutomergePlain => "automerge-plain",
            Self::Automerge => "automerge",
            Self::TextLz4 => "text-lz4",
            Self::TextBrotli => "text-brotli",
            Self::OursNone => "none",
            Self::OursFast => "fast",
            Self::OursCompact => "compact",
        }
    }

    /// The head of its column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::DiamondPlain => "diamond-types, text plain",
            Self::Diamond => "diamond-types",
            Self::DiamondWithText => "diamond-types + text",
            Self::LoroUpdates => "loro updates",
            Self::LoroSnapshot => "loro snapshot",
            Self::LoroShallow => "loro shallow",
            Self::YrsV1 => "yrs v1",
            Self::YrsV2 => "yrs v2",
            Self::YrsCollected => "yrs v2, collected†",
            Self::AutomergeChanges => "automerge changes",
            Self::AutomergeBundle => "automerge bundle",
            Self::AutomergePlain => "automerge, plain",
            Self::Automerge => "automerge",
            Self::TextLz4 => "text, lz4†",
            Self::TextBrotli => "text, Brotli†",
            Self::OursNone => "ours, None",
            Self::OursFast => "ours, Fast",
            Self::OursCompact => "ours, Compact",
        }
    }

    /// It holds as much as ours in its table does, so that it is what ours is compared with.
    #[must_use]
    pub fn is_rival(self) -> bool {
        !self.is_ours() && !matches!(self, Self::YrsCollected | Self::TextLz4 | Self::TextBrotli)
    }

    /// One of ours.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::OursNone | Self::OursFast | Self::OursCompact)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.title())
    }
}

/// What a whole document was written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// To hold the history.
    History,
    /// To open without a replay, with the history.
    Snapshot,
    /// To open with the state alone.
    Shallow,
}

/// Bytes, and how they were written.
pub type Encoded = (Encoding, Vec<u8>);

/// A text whose encodings can be had.
pub trait Encodes: Exchange {
    /// An empty text that only this writer will ever write.
    ///
    /// # Errors
    /// The engine's.
    fn alone(writer: u64) -> Outcome<Self> {
        Self::new(writer)
    }

    /// The document in every form the engine has.
    ///
    /// # Errors
    /// The engine's, or an encoding of ours that does not read back.
    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>>;

    /// What a replica at that version lacks.
    ///
    /// # Errors
    /// The engine's.
    fn delta_encodings(&mut self, since: &Self::Version) -> Outcome<Vec<Encoded>>;

    /// Types the patches, each in a transaction, and encodes all of them together.
    ///
    /// # Errors
    /// The engine's.
    fn type_and_encode(&mut self, patches: &[Patch]) -> Outcome<Vec<Encoded>> {
        let before = self.version();
        for patch in patches {
            self.transact(std::slice::from_ref(patch))?;
        }
        self.delta_encodings(&before)
    }
}

/// A document with maps and lists whose encodings can be had.
pub trait EncodesTree: Structured {
    /// An empty document in which this writer writes, and beside whom others will write if not `alone`.
    ///
    /// # Errors
    /// The engine's.
    fn of_writer(writer: u64, alone: bool) -> Outcome<Self>;

    /// Receives all that the other has.
    ///
    /// # Errors
    /// The engine's.
    fn pull(&mut self, other: &mut Self) -> Outcome<()>;

    /// The whole history in every form the engine has.
    ///
    /// # Errors
    /// The engine's, or an encoding of ours that does not read back.
    fn tree_encodings(&mut self) -> Outcome<Vec<Encoded>>;
}
