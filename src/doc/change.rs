//! What a transaction or a merge did, as edits for an editor.

use compact_str::CompactString;

use super::brief::{Told, entries_in, values_in};
use super::compose::{Step, compose};
use super::record::{Body, Edit, Record};
use super::text_edits::{Attributes, TextEdit, text_edits};
use super::what::{Keystroke, Other, What};
use crate::column::Reader;
use crate::error::Error;
use crate::id::OpId;
use crate::oplog::Kind;
use crate::value::Value;

/// What a transaction or a merge did.
///
/// Changes are listed per container, by path. Paths are those after the change; a container comes before those nested in
/// it. A container that the change brought into view appears with its contents in the list or map that shows it, and has no
/// entry of its own.
///
/// A change of one keystroke in a root text holds no memory on the heap, nor does a short value set or inserted. Values
/// are made when they are asked for.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(super) what: What,
}

/// One step of an edited list, in one pass over the old list. What follows the last step stays as it is.
#[derive(Clone, PartialEq, Debug)]
pub enum ListEdit {
    /// So many elements stay.
    Retain(usize),
    /// These values are inserted.
    Insert(Vec<Value>),
    /// So many elements go.
    Delete(usize),
}

/// A delta of which something is held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The operation that must come first.
    pub needs: OpId,
}

/// A delta that had been held back, was tried when what it needed arrived, and could not be.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejected {
    /// Why.
    pub error: Error,
}

impl Change {
    /// Whether nothing that can be seen changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, VersionVector};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// let everything = doc.delta_since(&VersionVector::new());
    /// // All of it is known here.
    /// assert!(doc.merge(&everything)?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_empty(&self) -> bool {
        self.paths().next().is_none()
    }

    /// Paths of the containers that changed, containers before those within them.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, value};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let change = doc.transact(|tx| {
    ///     tx.text("body").push("Hello")?;
    ///     // What is new stands in the list that shows it.
    ///     tx.list("todo").push(value!({ "title": "Buy milk" }))
    /// })?;
    /// assert_eq!(change.paths().collect::<Vec<_>>(), ["body", "todo"]);
    /// let change = doc.transact(|tx| tx.list("todo").map(0)?.set("done", true))?;
    /// assert_eq!(change.paths().collect::<Vec<_>>(), ["todo/0"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.containers().map(|(path, _)| path)
    }

    /// Paths and kinds of the containers that changed, containers before those within them: which of
    /// [`text`](Change::text), [`list`](Change::list), [`map`](Change::map) and [`counter`](Change::counter) to ask.
    pub fn containers(&self) -> impl Iterator<Item = (&str, Kind)> {
        let only = match &self.what {
            What::Keystroke(keystroke) => Some((keystroke.path.as_str(), Kind::Text)),
            What::Other(Other::Brief(brief)) => brief.told().map(|told| (told.path, told.kind)),
            What::Other(Other::Record(_)) => None,
        };
        let record = self.record();
        let containers = record.map_or(&[][..], |record| &record.containers);
        let containers = containers.iter();
        only.into_iter()
            .chain(containers.map(|change| (change.path.as_str(), change.body.kind())))
    }

    /// How many operations were new to this document.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let change = doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// assert_eq!(change.applied(), 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn applied(&self) -> u32 {
        match &self.what {
            What::Keystroke(keystroke) => keystroke.stroke.operations(),
            What::Other(Other::Brief(brief)) => brief.told().map_or(0, |told| told.applied),
            What::Other(Other::Record(record)) => {
                record.as_ref().map_or(0, |record| record.applied)
            }
        }
    }

    /// What is held back of the delta merged, and for whom.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// let after_hello = doc.version_vector();
    /// doc.transact(|tx| tx.text("body").push(" world"))?;
    /// let second = doc.delta_since(&after_hello);
    ///
    /// let mut other = Doc::new();
    /// let change = other.merge(&second)?;
    /// assert_eq!((change.applied(), change.waiting().len()), (0, 1));
    /// let change = other.merge(&doc.delta_since(&other.version_vector()))?;
    /// assert!(change.waiting().is_empty());
    /// assert_eq!(other.text("body").to_string(), "Hello world");
    /// # Ok(())
    /// # }
    /// ```
    pub fn waiting(&self) -> &[Waiting] {
        self.record().map_or(&[], |record| &record.waiting)
    }

    /// Deltas held back earlier that turned out not to be valid. They are gone.
    pub fn rejected(&self) -> &[Rejected] {
        self.record().map_or(&[], |record| &record.rejected)
    }

    fn record(&self) -> Option<&Record> {
        match &self.what {
            What::Other(Other::Record(record)) => record.as_deref(),
            What::Keystroke(_) | What::Other(Other::Brief(_)) => None,
        }
    }

    /// The brief, if it is of a container of that kind at that path.
    fn told(&self, path: &str, kind: Kind) -> Option<Told<'_>> {
        match &self.what {
            What::Other(Other::Brief(brief)) => brief
                .told()
                .filter(|told| told.path == path && told.kind == kind),
            _ => None,
        }
    }

    fn bodies<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c Body> {
        let record = self.record();
        record
            .into_iter()
            .flat_map(move |record| record.bodies_at(path))
    }

    /// What happened to the text at a path. O(n log n) in edits, O(1) for one.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, TextEdit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello wrld"))?;
    /// let change = doc.transact(|tx| tx.text("body").insert(7, "o"))?;
    /// let mut old = "Hello wrld".chars();
    /// let mut new = String::new();
    /// for edit in change.text("body") {
    ///     match edit {
    ///         TextEdit::Retain(len) => new.extend(old.by_ref().take(len)),
    ///         TextEdit::Insert(text) => new.push_str(&text),
    ///         TextEdit::Delete(len) => drop(old.by_ref().take(len).count()),
    ///     }
    /// }
    /// new.extend(old);
    /// assert_eq!(new, "Hello world");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(&self, path: &str) -> Vec<TextEdit> {
        if let What::Keystroke(Keystroke { path: of, stroke }) = &self.what
            && of.as_str() == path
        {
            return text_edits(
                &[Edit::from(*stroke)],
                &CompactString::from_iter(stroke.char()),
            );
        }
        for body in self.bodies(path) {
            if let Body::Text {
                edits, inserted, ..
            } = body
            {
                return text_edits(edits, inserted);
            }
        }
        Vec::new()
    }

    /// What happened to the text at a path, and to its marks: what is inserted with all that it shows, what stays with what it
    /// shows otherwise, null where a key shows nothing any more. Costs what [`text`](Change::text) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Attributes, Doc, TextEdit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello world"))?;
    /// let change = doc.transact(|tx| tx.text("body").mark(6..11, "bold", true))?;
    /// let bold = Attributes::from([("bold".to_owned(), true.into())]);
    /// assert_eq!(change.marked_text("body"), [
    ///     (TextEdit::Retain(6), Attributes::new()),
    ///     (TextEdit::Retain(5), bold.clone()),
    /// ]);
    /// let change = doc.transact(|tx| tx.text("body").push("!"))?;
    /// assert_eq!(change.marked_text("body")[1], (TextEdit::Insert("!".into()), bold));
    /// # Ok(())
    /// # }
    /// ```
    pub fn marked_text(&self, path: &str) -> Vec<(TextEdit, Attributes)> {
        for body in self.bodies(path) {
            if let Body::Text {
                marked: Some(all), ..
            } = body
            {
                return all.clone();
            }
        }
        let plain = self.text(path).into_iter();
        plain.map(|edit| (edit, Attributes::new())).collect()
    }

    /// What happened to the list at a path. A set element appears as deleted and inserted. O(n log n) in edits.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, ListEdit};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.list("todo").push("Buy milk"))?;
    /// let change = doc.transact(|tx| tx.list("todo").push("Buy bread"))?;
    /// let edits = [ListEdit::Retain(1), ListEdit::Insert(vec!["Buy bread".into()])];
    /// assert_eq!(change.list("todo"), edits);
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, path: &str) -> Vec<ListEdit> {
        if let Some(told) = self.told(path, Kind::List) {
            let (edits, values) = told.elements();
            return list_edits(&edits, &values);
        }
        for body in self.bodies(path) {
            if let Body::List(list) = body {
                let values = values_in(Reader::new(&list.values, 0));
                return list_edits(&list.edits, &values);
            }
        }
        Vec::new()
    }

    /// Keys of the map at a path that show something else now, by name, with what; `None` for those that show nothing. Where
    /// a key shows the container that it showed before, what happened within stands at that container's path.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.map("meta").set("draft", true))?;
    /// let change = doc.transact(|tx| {
    ///     tx.map("meta").remove("draft")?;
    ///     tx.map("meta").set("title", "Notes")
    /// })?;
    /// let entries = change.map("meta");
    /// assert_eq!(entries[0], ("draft".to_owned(), None));
    /// assert_eq!(entries[1], ("title".to_owned(), Some("Notes".into())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn map(&self, path: &str) -> Vec<(String, Option<Value>)> {
        if let Some(told) = self.told(path, Kind::Map) {
            return told.entries();
        }
        for body in self.bodies(path) {
            if let Body::Map(map) = body {
                return entries_in(Reader::new(&map.entries, 0));
            }
        }
        Vec::new()
    }

    /// What was added to the counter at a path, at the ends of the range where it lies beyond.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let change = doc.transact(|tx| tx.counter("votes").add(3))?;
    /// assert_eq!(change.counter("votes"), 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn counter(&self, path: &str) -> i64 {
        if let Some(told) = self.told(path, Kind::Counter) {
            return told.sum();
        }
        for body in self.bodies(path) {
            if let Body::Counter(by) = body {
                return i64::try_from(*by).unwrap_or(if *by < 0 { i64::MIN } else { i64::MAX });
            }
        }
        0
    }
}

fn list_edits(edits: &[Edit], values: &[Value]) -> Vec<ListEdit> {
    let mut steps = Vec::new();
    compose(edits, |step| {
        let step = match step {
            Step::Retain(len) => ListEdit::Retain(len as usize),
            Step::Delete(len) => ListEdit::Delete(len as usize),
            Step::Insert { from, len } => {
                let values = values.get(from as usize..(from + len) as usize);
                let values = values.unwrap_or(&[]);
                if let Some(ListEdit::Insert(before)) = steps.last_mut() {
                    before.extend_from_slice(values);
                    return;
                }
                ListEdit::Insert(values.to_vec())
            }
        };
        steps.push(step);
    });
    steps
}
