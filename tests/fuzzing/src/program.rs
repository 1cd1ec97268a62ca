//! What a few replicas do, as the fuzzer chooses it. Numbers choose among what there is by their remainder, so that every
//! choice means something in every state.

use arbitrary::{Arbitrary, Result, Unstructured};

/// Replicas, and what they do in turn.
#[derive(Arbitrary, Clone, Debug)]
pub struct Program {
    /// How many.
    pub replicas: Replicas,
    /// One after another.
    pub steps: Vec<Step>,
}

/// Two to four.
#[derive(Clone, Copy, Debug)]
pub struct Replicas(pub usize);

impl<'a> Arbitrary<'a> for Replicas {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Replicas(2 + usize::from(u8::arbitrary(u)? % 3)))
    }
}

/// One step.
#[derive(Arbitrary, Clone, Debug)]
pub enum Step {
    /// A transaction.
    Write {
        /// The replica.
        on: u8,
        /// What it does.
        edits: Vec<Edit>,
        /// How it ends.
        end: End,
    },
    /// One replica receives all that another has.
    Pull {
        /// The one that receives.
        to: u8,
        /// The one that sends.
        from: u8,
    },
    /// A delta is made and kept: what one replica has and another lacks.
    Send {
        /// The one that sends.
        from: u8,
        /// The one that lacks.
        lacking: u8,
    },
    /// A delta that was made arrives somewhere, also again, also before those it builds on.
    Deliver {
        /// The delta.
        which: u8,
        /// The replica.
        to: u8,
    },
    /// A replica is saved and loaded.
    Reload {
        /// The replica.
        on: u8,
    },
}

/// How a transaction ends.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is kept; edits that were refused left nothing.
    Commit,
    /// The first refused edit takes all back.
    Strict,
    /// It is taken back.
    Refuse,
}

/// One edit.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Edit {
    /// In which root.
    pub root: u8,
    /// The way inward: a key or index, and the kind of container to open there.
    pub way: [Option<u8>; 2],
    /// What to do there, as far as the container can.
    pub act: Act,
    /// Where.
    pub at: u16,
    /// How many.
    pub count: u8,
    /// What is put there, by number.
    pub content: u8,
}

/// What an edit does.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Inserts, sets a key, counts up.
    Put,
    /// Deletes, removes, counts down.
    Take,
    /// Replaces, sets an element.
    Replace,
}
