//! One person: a document, a caret in it, and what can be undone.

use syncline::{Anchor, Change, Conflict, Doc, Error, Origin, Peer, Side as Holds, UndoManager};

use crate::keys::{Key, moved};

/// The text that is edited.
pub const BODY: &str = "body";

/// One of the two people who write.
pub struct Side {
    pub name: String,
    pub online: bool,
    pub doc: Doc,
    /// Where this person types, in characters.
    pub at: usize,
    /// Where the other one typed when last heard of; it has moved with the text since.
    pub other_at: Option<usize>,
    /// What happened last, in words.
    pub told: String,
    /// Nowhere, while nobody has written anything.
    caret: Option<Anchor>,
    other: Option<Anchor>,
    undo: UndoManager<Option<Anchor>>,
}

impl Side {
    /// A person who has a document that somebody began, and writes as a peer that is given, or drawn.
    pub fn new(name: &str, peer: Option<Peer>, begun: &[u8]) -> Result<Side, Error> {
        let mut doc = Doc::load(begun)?;
        if let Some(peer) = peer {
            doc.set_peer(peer);
        }
        let at = doc.text(BODY).len();
        let caret = anchor(&mut doc, at)?;
        Ok(Side {
            name: name.to_owned(),
            online: true,
            doc,
            at,
            other_at: None,
            told: String::new(),
            caret,
            other: None,
            undo: UndoManager::new(),
        })
    }

    /// Does what a key asks for, of those that are about the note.
    ///
    /// # Errors
    ///
    /// Those of the document; it is then as it was.
    pub fn press(&mut self, key: Key, now_ms: u64) -> Result<(), Error> {
        let (at, len) = (self.at, self.doc.text(BODY).len());
        match key {
            Key::Type(typed) => self.replace(at, 0, typed.encode_utf8(&mut [0; 4]), now_ms)?,
            Key::Backspace if at > 0 => self.replace(at - 1, 1, "", now_ms)?,
            Key::Delete if at < len => self.replace(at, 1, "", now_ms)?,
            Key::Left => self.go_to(at.saturating_sub(1))?,
            Key::Right => self.go_to(at + 1)?,
            Key::Up | Key::Down | Key::Home | Key::End => {
                let at = moved(&self.text(), at, key);
                self.go_to(at)?;
            }
            Key::Undo => self.undo()?,
            Key::Redo => self.redo()?,
            Key::Title => self.set_title(now_ms)?,
            Key::Settle => self.settle_title(now_ms)?,
            Key::Backspace | Key::Delete | Key::Switch | Key::Line => {}
        }
        Ok(())
    }

    pub fn text(&self) -> String {
        self.doc.text(BODY).to_string()
    }

    /// The titles that stand beside each other, the one that shows first.
    pub fn titles(&self) -> Vec<Conflict> {
        self.doc.conflicts("meta/title")
    }

    pub fn go_to(&mut self, at: usize) -> Result<(), Error> {
        self.at = at.min(self.doc.text(BODY).len());
        self.caret = anchor(&mut self.doc, self.at)?;
        Ok(())
    }

    /// Puts text in the place of so many characters from `at` on.
    pub fn replace(
        &mut self,
        at: usize,
        deleted: usize,
        text: &str,
        now_ms: u64,
    ) -> Result<(), Error> {
        let before = self.caret;
        let change = self
            .doc
            .transact(|tx| tx.text(BODY).replace(at..at + deleted, text))?;
        self.undo.record_at(&self.doc, &change, now_ms, before);
        self.told.clear();
        self.go_to(at + text.chars().count())?;
        self.follow()
    }

    /// Names the note by the first line of its text.
    pub fn set_title(&mut self, now_ms: u64) -> Result<(), Error> {
        let text = self.text();
        let title = text.lines().next().unwrap_or("");
        let change = self.doc.transact(|tx| tx.map("meta").set("title", title))?;
        self.undo.record(&self.doc, &change, now_ms);
        self.told = format!("named it {title:?}");
        Ok(())
    }

    /// Decides for the last of the titles that stand beside each other.
    pub fn settle_title(&mut self, now_ms: u64) -> Result<(), Error> {
        let titles = self.titles();
        let [_, .., other] = &titles[..] else {
            self.told = "no titles to choose from".to_owned();
            return Ok(());
        };
        let change = self
            .doc
            .transact(|tx| tx.resolve_to("meta/title", other.id))?;
        self.undo.record(&self.doc, &change, now_ms);
        self.told = "settled the title".to_owned();
        Ok(())
    }

    pub fn undo(&mut self) -> Result<(), Error> {
        let undone = self.undo.undo_at(&mut self.doc, self.caret)?;
        self.turned(undone.map(|undone| undone.cursor), "undone")
    }

    pub fn redo(&mut self) -> Result<(), Error> {
        let redone = self.undo.redo_at(&mut self.doc, self.caret)?;
        self.turned(redone.map(|redone| redone.cursor), "redone")
    }

    fn turned(&mut self, step: Option<Option<Option<Anchor>>>, what: &str) -> Result<(), Error> {
        self.told = match step {
            Some(_) => what.to_owned(),
            None => format!("nothing of {}'s is left to be {what}", self.name),
        };
        if let Some(caret) = step.flatten() {
            self.caret = caret;
        }
        self.follow()
    }

    /// Takes in what another one wrote, and where that one types.
    pub fn hear(&mut self, from: &mut Side) -> Result<(), Error> {
        let delta = from.doc.delta_since(&self.doc.version_vector());
        self.take(&delta, &from.name)?;
        self.see(Some(&from.caret()))
    }

    /// Takes in what somebody wrote.
    pub fn take(&mut self, delta: &[u8], from: &str) -> Result<(), Error> {
        let change = self.doc.merge(delta)?;
        if change.origin() == Origin::Remote && !change.is_empty() {
            self.told = heard(&change, from);
        }
        self.follow()
    }

    /// This person's caret, as it travels; nothing, where it is nowhere.
    pub fn caret(&self) -> Vec<u8> {
        self.caret.map_or(Vec::new(), |caret| caret.to_bytes())
    }

    /// Where another one types, as it came; nobody, where that one is not seen.
    pub fn see(&mut self, caret: Option<&[u8]>) -> Result<(), Error> {
        let caret = caret.filter(|caret| !caret.is_empty());
        self.other = caret.map(Anchor::from_bytes).transpose()?;
        self.follow()
    }

    /// Both carets, wherever the text took them.
    fn follow(&mut self) -> Result<(), Error> {
        self.at = match &self.caret {
            Some(caret) => self.doc.resolve(caret)?,
            None => 0,
        };
        self.other_at = self
            .other
            .map(|other| self.doc.resolve(&other))
            .transpose()?;
        Ok(())
    }
}

/// What holds on to a place in the text, once there is one.
fn anchor(doc: &mut Doc, at: usize) -> Result<Option<Anchor>, Error> {
    match doc.text(BODY).is_empty() {
        true => Ok(None),
        false => doc.anchor(BODY, at, Holds::After).map(Some),
    }
}

fn heard(change: &Change, from: &str) -> String {
    let text = if change.text(BODY).is_empty() {
        ""
    } else {
        " text"
    };
    let title = if change.map("meta").is_empty() {
        ""
    } else {
        " title"
    };
    format!("{} of {from}:{text}{title}", change.applied())
}
