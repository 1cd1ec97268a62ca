//! Where a change came from.

use std::sync::Arc;

use super::change::Change;
use super::record::Record;
use super::what::{Other, What};

/// Where a change came from; see [`Change::origin`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Origin {
    /// A transaction of this program.
    #[default]
    Local,
    /// What others wrote: a merge.
    Remote,
    /// Undo or redo.
    Undo,
    /// Going through the history: a difference between versions, or coming back to one.
    History,
}

impl Origin {
    /// Fits two bits; that of a local change is 0, so that it need not be written.
    pub(super) fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn from_code(code: u8) -> Origin {
        match code {
            1 => Origin::Remote,
            2 => Origin::Undo,
            3 => Origin::History,
            _ => Origin::Local,
        }
    }
}

impl Change {
    /// Where the change came from. An editor may leave the cursor where it is for what others did, and take it along for
    /// what its user did.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Origin};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut laptop = Doc::new();
    /// let change = laptop.transact(|tx| tx.text("body").push("Hello"))?;
    /// assert_eq!(change.origin(), Origin::Local);
    /// let mut phone = Doc::new();
    /// let change = phone.merge(&laptop.delta_since(&phone.version_vector()))?;
    /// assert_eq!(change.origin(), Origin::Remote);
    /// # Ok(())
    /// # }
    /// ```
    pub fn origin(&self) -> Origin {
        match &self.what {
            What::Keystroke(keystroke) => keystroke.path.origin(),
            What::Other(Other::Brief(brief)) => brief.origin(),
            What::Other(Other::Record(record)) => record
                .as_ref()
                .map_or(Origin::Local, |record| record.origin),
        }
    }

    /// The change, come from there.
    pub(super) fn come_from(mut self, origin: Origin) -> Change {
        match &mut self.what {
            What::Keystroke(keystroke) => keystroke.path.set_origin(origin),
            What::Other(Other::Brief(brief)) => brief.set_origin(origin),
            What::Other(Other::Record(record)) => {
                let record = record.get_or_insert_with(|| Arc::new(Record::default()));
                Arc::make_mut(record).origin = origin;
            }
        }
        self
    }
}
