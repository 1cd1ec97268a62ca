//! Syncline.

use syncline::{
    Blame, Doc, Error, Frontier, Level, Peer, SaveOptions, Text, Transaction, VersionVector,
};

use crate::encoding::{Encoded, Encodes, EncodesTree, Encoding, Form};
use crate::engine::{Exchange, Outcome, Returning, Structured, Todo, Typing};
use crate::ids;
use crate::trace::Patch;

/// A document; its text, map and list are roots, which everyone knows without being told.
pub struct Ours(Doc);

fn said<T>(result: Result<T, Error>) -> Outcome<T> {
    result.map_err(|error| error.to_string())
}

fn id(writer: u64) -> Outcome<Peer> {
    Peer::new(ids::id(writer)).ok_or_else(|| "a peer id is not zero".to_owned())
}

fn apply(tx: &mut Transaction<'_>, patches: &[Patch]) -> Result<(), Error> {
    let mut text = tx.text("text");
    for patch in patches {
        if patch.deleted > 0 {
            text.delete(patch.at..patch.at + patch.deleted)?;
        }
        if !patch.inserted.is_empty() {
            text.insert(patch.at, &patch.inserted)?;
        }
    }
    Ok(())
}

impl Ours {
    fn reading(&self) -> Text<'_> {
        self.0.text("text")
    }

    fn transaction(
        &mut self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Outcome<()> {
        said(self.0.transact(write)).map(drop)
    }

    /// [`Typing::transact`] of one patch whose positions count UTF-16 units.
    ///
    /// # Errors
    /// The engine's.
    pub fn transact_utf16(&mut self, patch: &Patch) -> Outcome<()> {
        self.transaction(|tx| {
            let mut text = tx.text("text");
            let mut text = text.utf16();
            if patch.deleted > 0 {
                text.delete(patch.at..patch.at + patch.deleted)?;
            }
            if patch.inserted.is_empty() {
                Ok(())
            } else {
                text.insert(patch.at, &patch.inserted)
            }
        })
    }
}

impl Typing for Ours {
    fn new(peer: u64) -> Outcome<Self> {
        Ok(Self(Doc::with_peer(id(peer)?)))
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        self.transaction(|tx| apply(tx, patches))
    }

    fn text(&self) -> String {
        self.reading().to_string()
    }
}

impl Returning for Ours {
    type Moment = Frontier;

    fn moment(&self) -> Frontier {
        self.0.frontier()
    }

    fn text_at(&mut self, moment: &Frontier) -> Outcome<String> {
        Ok(said(self.0.at(moment))?.text("text").to_string())
    }

    fn diff(&mut self, from: &Frontier, to: &Frontier) -> Outcome<usize> {
        Ok(said(self.0.diff(from, to))?.text("text").len())
    }

    fn blame(&mut self) -> Outcome<usize> {
        match said(self.0.blame("text"))? {
            Blame::Text(written) => Ok(written.len()),
            _ => Err("it is a text".to_owned()),
        }
    }
}

impl Exchange for Ours {
    type Version = VersionVector;

    fn len(&self) -> usize {
        self.reading().len()
    }

    const FORKS: bool = true;

    fn fork(&mut self) -> Outcome<Self> {
        Self::open(&self.save()?)
    }

    fn write_as(&mut self, peer: u64) -> Outcome<()> {
        self.0.set_peer(id(peer)?);
        Ok(())
    }

    fn version(&self) -> VersionVector {
        self.0.version_vector()
    }

    fn delta_since(&mut self, version: &VersionVector) -> Outcome<Vec<u8>> {
        Ok(self.0.delta_since(version))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.0.delta_since(&VersionVector::new()))
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        said(self.0.merge(delta)).map(drop)
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.0.save())
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        said(Doc::load(saved)).map(Self)
    }
}

impl Structured for Ours {
    fn new() -> Outcome<Self> {
        <Self as Typing>::new(1)
    }

    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()> {
        self.transaction(|tx| tx.map("map").set(key, value))
    }

    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()> {
        self.transaction(|tx| tx.list("list").insert(at, value))
    }

    fn push_todo(&mut self, todo: &Todo) -> Outcome<()> {
        self.transaction(|tx| {
            let mut item = tx.list("list").push_map()?;
            item.set("title", todo.title.as_str())?;
            item.set("done", todo.done)?;
            item.set("priority", todo.priority)
        })
    }

    fn counts(&mut self) -> (usize, usize) {
        (self.0.map("map").len(), self.0.list("list").len())
    }
}

const LEVELS: [(Encoding, Level); 3] = [
    (Encoding::OursNone, Level::None),
    (Encoding::OursFast, Level::Fast),
    (Encoding::OursCompact, Level::Compact),
];

impl Ours {
    fn levels(&mut self, since: &VersionVector) -> Vec<Encoded> {
        LEVELS
            .map(|(encoding, level)| (encoding, self.0.delta_since_with(since, level)))
            .into()
    }

    /// The whole history at every level, each read back.
    fn histories(&mut self) -> Outcome<Vec<Encoded>> {
        let levels = self.levels(&VersionVector::new());
        for (encoding, bytes) in &levels {
            let mut copy = Doc::new();
            said(copy.merge(bytes))?;
            let same = copy.version_vector() == self.0.version_vector()
                && copy.to_json() == self.0.to_json();
            if !same {
                return Err(format!("{encoding}: another document is read back"));
            }
        }
        Ok(levels)
    }
}

impl Encodes for Ours {
    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>> {
        let mut encoded: Vec<(Form, Encoded)> = self
            .histories()?
            .into_iter()
            .map(|history| (Form::History, history))
            .collect();
        for (encoding, level) in LEVELS {
            let options = SaveOptions::new().level(level);
            let shallow = self.0.save_with(&options.clone().shallow());
            for (form, bytes) in [
                (Form::Snapshot, self.0.save_with(&options)),
                (Form::Shallow, shallow),
            ] {
                if Self::open(&bytes)?.text() != self.text() {
                    return Err("a snapshot opens with another text".to_owned());
                }
                encoded.push((form, (encoding, bytes)));
            }
        }
        Ok(encoded)
    }

    fn delta_encodings(&mut self, since: &VersionVector) -> Outcome<Vec<Encoded>> {
        Ok(self.levels(since))
    }
}

impl EncodesTree for Ours {
    fn of_writer(writer: u64, _alone: bool) -> Outcome<Self> {
        <Self as Typing>::new(writer)
    }

    fn pull(&mut self, other: &mut Self) -> Outcome<()> {
        self.merge_from(other)
    }

    fn tree_encodings(&mut self) -> Outcome<Vec<Encoded>> {
        self.histories()
    }
}
