//! What the workloads ask of an engine. Each peer implements as much of it as it can do.

use crate::trace::{Patch, Trace};

/// A result whose error is the sentence that the table's notes show.
pub type Outcome<T> = Result<T, String>;

/// Turns an engine's own error into a sentence.
///
/// # Errors
/// The engine's.
pub fn said<T, E: std::fmt::Debug>(result: Result<T, E>) -> Outcome<T> {
    result.map_err(|error| format!("{error:?}"))
}

/// A text that one person types into.
pub trait Typing: Sized {
    /// An empty text in which this peer writes.
    ///
    /// # Errors
    /// The engine's.
    fn new(peer: u64) -> Outcome<Self>;

    /// Applies the patches, one after another, as one transaction.
    ///
    /// # Errors
    /// The engine's, a position out of range among them.
    fn transact(&mut self, patches: &[Patch]) -> Outcome<()>;

    /// The text as it stands.
    fn text(&self) -> String;
}

/// A text that replicas exchange.
#[allow(clippy::len_without_is_empty)] // nothing asks whether a replica is empty
pub trait Exchange: Typing {
    /// What a replica knows, as the engine states it; it need not mean anything to another replica.
    type Version;

    /// A replica to receive a whole document; not even what [`Typing::new`] agrees on is in it.
    ///
    /// # Errors
    /// The engine's.
    fn blank() -> Outcome<Self> {
        Self::new(u64::from(u32::MAX))
    }

    /// Characters in the text.
    fn len(&self) -> usize;

    /// Plays a history without the deltas of its single transactions, where the engine can write at any version
    /// without standing there. Used to prepare, never measured.
    fn play(_trace: &Trace) -> Option<Outcome<Self>> {
        None
    }

    /// Whether [`Exchange::fork`] and [`Exchange::write_as`] can be had.
    const FORKS: bool = false;

    /// Another replica that stands where this one does. Used to prepare, never measured.
    ///
    /// # Errors
    /// The engine's.
    fn fork(&mut self) -> Outcome<Self> {
        Err("it cannot be forked".to_owned())
    }

    /// From here on this replica writes as that peer.
    ///
    /// # Errors
    /// The engine's.
    fn write_as(&mut self, _peer: u64) -> Outcome<()> {
        Err("its writer is fixed".to_owned())
    }

    /// What this replica knows.
    fn version(&self) -> Self::Version;

    /// All that this replica knows beyond the version.
    ///
    /// # Errors
    /// The engine's.
    fn delta_since(&mut self, version: &Self::Version) -> Outcome<Vec<u8>>;

    /// The whole history as a delta, in the form that [`Exchange::blank`] reads fastest.
    ///
    /// # Errors
    /// The engine's.
    fn whole(&mut self) -> Outcome<Vec<u8>>;

    /// [`Typing::transact`], and the delta of just this transaction.
    ///
    /// # Errors
    /// The engine's.
    fn transact_and_ship(&mut self, patches: &[Patch]) -> Outcome<Vec<u8>> {
        let before = self.version();
        self.transact(patches)?;
        self.delta_since(&before)
    }

    /// Receives a delta.
    ///
    /// # Errors
    /// The engine's.
    fn merge(&mut self, delta: &[u8]) -> Outcome<()>;

    /// Receives many deltas, in the engine's fastest way. Used to prepare, never measured.
    ///
    /// # Errors
    /// The engine's.
    fn merge_many(&mut self, deltas: &[&[u8]]) -> Outcome<()> {
        deltas.iter().try_for_each(|delta| self.merge(delta))
    }

    /// Receives all that the other knows. Used to prepare, never measured.
    ///
    /// # Errors
    /// The engine's.
    fn merge_from(&mut self, other: &mut Self) -> Outcome<()> {
        self.merge(&other.delta_since(&self.version())?)
    }

    /// The document as the engine would store it to open it fast.
    ///
    /// # Errors
    /// The engine's.
    fn save(&mut self) -> Outcome<Vec<u8>>;

    /// Opens what [`Exchange::save`] wrote.
    ///
    /// # Errors
    /// The engine's.
    fn open(saved: &[u8]) -> Outcome<Self>;
}

/// A text whose history can be asked for.
pub trait Returning: Typing {
    /// What names a version.
    type Moment;

    /// The version that the text shows now.
    fn moment(&self) -> Self::Moment;

    /// The text as it was.
    ///
    /// # Errors
    /// The engine's.
    fn text_at(&mut self, moment: &Self::Moment) -> Outcome<String>;

    /// What differs between two versions, as the engine tells it to an editor: how many edits.
    ///
    /// # Errors
    /// The engine's.
    fn diff(&mut self, from: &Self::Moment, to: &Self::Moment) -> Outcome<usize>;

    /// Who wrote each stretch of the text: how many stretches.
    ///
    /// # Errors
    /// The engine's.
    fn blame(&mut self) -> Outcome<usize> {
        Err("it does not say who wrote what".to_owned())
    }
}

/// One item of a list of things to do.
#[derive(Clone, Debug)]
pub struct Todo {
    /// What is to be done.
    pub title: String,
    /// Whether it is.
    pub done: bool,
    /// How urgent it is.
    pub priority: i64,
}

/// A document with maps and lists. Each call is one transaction.
pub trait Structured: Sized {
    /// An empty document.
    ///
    /// # Errors
    /// The engine's.
    fn new() -> Outcome<Self>;

    /// Sets a key of the root map.
    ///
    /// # Errors
    /// The engine's.
    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()>;

    /// Inserts into the root list.
    ///
    /// # Errors
    /// The engine's.
    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()>;

    /// Appends a map of three fields to the root list.
    ///
    /// # Errors
    /// The engine's.
    fn push_todo(&mut self, todo: &Todo) -> Outcome<()>;

    /// Entries of the root map and of the root list.
    fn counts(&mut self) -> (usize, usize);
}
