//! What one replica keeps of a document on its disk.

use syncline::{Doc, Error, SaveOptions, SavePoint, VersionVector};

use crate::random::Random;

/// A document as a file: what was saved, and what was appended.
#[derive(Clone, Debug)]
pub(crate) struct File {
    bytes: Vec<u8>,
    point: SavePoint,
    version: VersionVector,
    /// Before the last piece was appended: its length, and what it held.
    before: Option<(usize, VersionVector)>,
    /// The last piece lost its end.
    is_torn: bool,
}

impl File {
    pub(crate) fn new(doc: &Doc) -> File {
        File::saved(doc, &SaveOptions::new())
    }

    fn saved(doc: &Doc, options: &SaveOptions) -> File {
        File {
            bytes: doc.save_with(options),
            point: doc.save_point_with(options),
            version: doc.version_vector(),
            before: None,
            is_torn: false,
        }
    }

    /// Without the history before a version.
    pub(crate) fn shallow(doc: &Doc, since: VersionVector) -> File {
        File::saved(doc, &SaveOptions::new().shallow_since(since))
    }

    /// What is still there if a crash tears the last piece.
    pub(crate) fn kept(&self) -> VersionVector {
        let before = self.before.as_ref().map(|(_, version)| version);
        before.unwrap_or(&self.version).clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends what came since.
    pub(crate) fn append(&mut self, doc: &mut Doc) {
        let piece = doc.save_since(&self.point);
        if !piece.is_empty() {
            self.before = Some((self.bytes.len(), self.version.clone()));
            self.bytes.extend(piece);
            self.note(doc);
        }
    }

    fn note(&mut self, doc: &Doc) {
        self.point = doc.save_point();
        self.version = doc.version_vector();
    }

    /// Leaves the last piece unfinished, as a crash does; whether there is one.
    pub(crate) fn tear(&mut self, random: &mut Random) -> bool {
        if let Some((start, _)) = self.before {
            let left = start + random.index(self.bytes.len() - start);
            self.bytes.truncate(left);
            self.is_torn = true;
        }
        self.is_torn
    }

    /// Is as it was before the last piece, as where a backup is restored; whether there is one.
    pub(crate) fn roll_back(&mut self) -> bool {
        let Some((start, version)) = self.before.take() else {
            return false;
        };
        self.bytes.truncate(start);
        self.version = version;
        true
    }

    /// Loads it, and lets go of a torn end.
    ///
    /// # Errors
    ///
    /// What is wrong with that: what it shows is to be what was saved, and where the last piece is torn, no less than what
    /// stood before it.
    pub(crate) fn load(&mut self) -> Result<Doc, String> {
        let doc = match Doc::load(&self.bytes) {
            Err(Error::Torn { offset, .. }) if self.is_torn => {
                self.bytes.truncate(offset);
                Doc::load(&self.bytes)
            }
            loaded => loaded,
        };
        let doc = doc.map_err(|error| format!("a file does not load: {error}"))?;
        let version = doc.version_vector();
        let least = match (&self.before, self.is_torn) {
            (Some((_, before)), true) => before,
            _ => &self.version,
        };
        // What a peer wrote from a split on has another's name, which the version before does not know.
        let count = |version: &VersionVector| version.iter().map(|(_, count)| count).sum::<u32>();
        let is_split = doc.splits().next().is_some();
        let has_least = match is_split {
            true => count(&version) >= count(least),
            false => version.includes(least),
        };
        let has_more = match is_split {
            true => count(&version) > count(&self.version),
            false => !self.version.includes(&version),
        };
        // As it was before the torn piece, which may have told of splits.
        let before = self.before.as_ref().map(|(_, version)| version);
        let is_as_before = self.is_torn && before == Some(&version);
        if !is_as_before && (!has_least || has_more) {
            return Err(format!(
                "a file shows {version:?}, where {:?} was saved",
                self.version
            ));
        }
        if self.is_torn {
            self.before = None;
            self.is_torn = false;
        }
        self.note(&doc);
        Ok(doc)
    }
}
