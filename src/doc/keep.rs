//! Keeping a document: saving it, whole or what came since.

use super::Doc;
use crate::codec::{Level, write_delta, write_snapshot, write_splits};
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
    history: History,
}

/// How much history to keep.
#[derive(Clone, Debug, Default)]
enum History {
    #[default]
    All,
    Since(VersionVector),
    Nothing,
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

    /// Without history: only what the document shows. It cannot take in operations that do not follow what it holds, nor
    /// serve who is behind that: see [`Doc::cut`].
    #[must_use]
    pub fn shallow(mut self) -> Self {
        self.history = History::Nothing;
        self
    }

    /// Without the history before a version: the newest one that holds nothing beyond `version`, and that all operations
    /// beyond it follow.
    #[must_use]
    pub fn shallow_since(mut self, version: VersionVector) -> Self {
        self.history = History::Since(version);
        self
    }
}

/// What a file holds of a document: see [`Doc::save_since`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SavePoint {
    version: VersionVector,
    cut: VersionVector,
    /// How many splits there were, and how many deltas had been held back.
    splits: usize,
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
        let shallow = match &options.history {
            History::All => None,
            History::Since(version) => self.save_shallow(Some(version), options.level).ok(),
            History::Nothing => self.save_shallow(None, options.level).ok(),
        };
        // What cannot be cut is kept whole.
        shallow.unwrap_or_else(|| self.save_whole(options))
    }

    fn save_whole(&self, options: &SaveOptions) -> Vec<u8> {
        if let Some(encoded) = &self.encoded {
            let whole = match encoded.has_history {
                true => self.with_history_read(&encoded.bytes).ok(),
                false => None,
            };
            return match whole {
                Some(mut whole) => {
                    whole.pending = self.pending.clone();
                    whole.save_whole(options)
                }
                // What cannot be read is kept as it is.
                None => self.appended(&encoded.bytes, options.level),
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

    /// What the document was opened from, and what came since.
    fn appended(&self, encoded: &[u8], level: Level) -> Vec<u8> {
        let mut bytes = encoded.to_vec();
        if !self.log.peers.splits.is_empty() {
            bytes.extend_from_slice(&write_splits(&self.log));
        }
        let ground: VersionVector = self.log.peers.grounds().collect();
        if ground != self.version_vector() {
            let own = write_delta(&self.log, &mut self.chains.clone(), &ground, level);
            bytes.extend_from_slice(&own);
        }
        let waiting = self.pending.since(0);
        waiting.for_each(|delta| bytes.extend_from_slice(delta));
        bytes
    }

    /// What a file holds that is saved now, with all the history that the document has; see
    /// [`save_point_with`](Doc::save_point_with) for others.
    pub fn save_point(&self) -> SavePoint {
        SavePoint {
            version: self.version_vector(),
            cut: self.cut(),
            splits: self.log.peers.splits.len(),
            arrivals: self.pending.arrivals(),
        }
    }

    /// What a file holds that is saved now with these options. Where it is without history that the document has, what comes
    /// later may not follow what it holds: the first [`save_since`](Doc::save_since) gives all of the document. To keep a file
    /// small that was saved so, go on with what it loads as.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, SaveOptions};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").insert(0, "kept"))?;
    /// let mut other = Doc::load(&doc.save())?;
    /// doc.transact(|tx| tx.text("body").insert(4, ", and more"))?;
    ///
    /// let options = SaveOptions::new().shallow();
    /// let mut file = doc.save_with(&options);
    /// let point = doc.save_point_with(&options);
    /// // This does not follow what the file holds.
    /// other.transact(|tx| tx.text("body").insert(0, "also "))?;
    /// doc.merge(&other.delta_since(&doc.version_vector()))?;
    /// file.extend(doc.save_since(&point));
    /// assert_eq!(Doc::load(&file)?.text("body").to_string(), "also kept, and more");
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_point_with(&self, options: &SaveOptions) -> SavePoint {
        let mut point = self.save_point();
        match &options.history {
            History::All => {}
            History::Since(version) => point.cut = version.clone(),
            History::Nothing => point.cut = point.version.clone(),
        }
        point
    }

    /// What to append to a file that holds the document as it was at `point`: about as many bytes as the changes since are
    /// worth, and none if there are none. [`load`](Doc::load) reads the file. All of the document where its history came since,
    /// or was left out.
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
        if self.cut() != point.cut {
            return self.save();
        }
        let mut bytes = Vec::new();
        if self.log.peers.splits.len() != point.splits {
            bytes = write_splits(&self.log);
        }
        if self.version_vector() != point.version {
            bytes.extend_from_slice(&self.delta_since(&point.version));
        }
        let waiting = self.pending.since(point.arrivals);
        waiting.for_each(|delta| bytes.extend_from_slice(delta));
        bytes
    }
}
