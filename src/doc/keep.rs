//! Keeping a document: saving it, whole or what came since.

use super::Doc;
use crate::codec::{Level, write_delta, write_snapshot};
use crate::id::VersionVector;
use crate::state::order;

/// How to save a document; see [`Doc::save_with`].
///
/// # Examples
///
/// ```
/// use syncline::{Doc, Level, SaveOptions};
///
/// let doc = Doc::new();
/// let bytes = doc.save_with(&SaveOptions::new().level(Level::Compact));
/// assert!(Doc::load(&bytes).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct SaveOptions {
    level: Level,
}

impl SaveOptions {
    /// As [`Doc::save`] saves.
    pub fn new() -> Self {
        SaveOptions::default()
    }

    /// How hard to pack; [`Level::Fast`] unless said.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}

/// What a file holds of a document: see [`Doc::save_since`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SavePoint {
    version: VersionVector,
    /// How many deltas had been held back.
    arrivals: u64,
}

impl Doc {
    /// The whole document with its history, and what waits. Another replica can [`load`](Doc::load) or
    /// [`merge`](Doc::merge) it. Replicas with the same operations save the same bytes.
    ///
    /// What the document shows stands apart from its history, so that it opens at once. Costs a replay of the history.
    pub fn save(&self) -> Vec<u8> {
        self.save_with(&SaveOptions::new())
    }

    /// As [`save`](Doc::save), as the options say.
    pub fn save_with(&self, options: &SaveOptions) -> Vec<u8> {
        if let Some(encoded) = &self.encoded {
            return match self.with_history_read() {
                Ok(whole) => whole.save_with(options),
                // What cannot be read is kept as it is, and what was written since is appended.
                Err(_) => {
                    let mut bytes = encoded.to_vec();
                    let ground = self.log.peers.grounds().collect();
                    let mut chains = self.chains.clone();
                    let own = write_delta(&self.log, &mut chains, &ground, options.level);
                    bytes.extend_from_slice(&own);
                    bytes
                }
            };
        }
        // Positions were checked when each operation came: a replay of all of them does not fail.
        let order = order(&self.log).unwrap_or_default();
        let waiting = self.pending.since(0);
        let mut chains = self.chains.clone();
        write_snapshot(
            &self.log,
            &self.state,
            order,
            &mut chains,
            waiting,
            options.level,
        )
    }

    /// What a file holds that is saved now.
    pub fn save_point(&self) -> SavePoint {
        SavePoint {
            version: self.version_vector(),
            arrivals: self.pending.arrivals(),
        }
    }

    /// What to append to a file that holds the document as it was at `point`: about as many bytes as the changes since are
    /// worth, and none if there are none. [`load`](Doc::load) reads the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Error};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").insert(0, "kept"))?;
    /// let mut file = doc.save();
    /// let point = doc.save_point();
    ///
    /// doc.transact(|tx| tx.text("body").insert(4, ", and more"))?;
    /// file.extend(doc.save_since(&point));
    /// assert_eq!(Doc::load(&file)?.text("body").to_string(), "kept, and more");
    ///
    /// file.pop();
    /// let Err(Error::Torn { offset, .. }) = Doc::load(&file) else { panic!("it is torn") };
    /// assert_eq!(Doc::load(&file[..offset])?.text("body").to_string(), "kept");
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_since(&mut self, point: &SavePoint) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.version_vector() != point.version {
            bytes = self.delta_since(&point.version);
        }
        let waiting = self.pending.since(point.arrivals);
        waiting.for_each(|delta| bytes.extend_from_slice(delta));
        bytes
    }
}
