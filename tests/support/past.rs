//! Versions that a document went through, noted with what the model says of them.

use std::collections::BTreeMap;

use syncline::{Change, Doc, Frontier};

use super::marked::{Letters, Spans};
use super::model::{Known, Model};
use super::reading::{Reading, Roots, without_empty};
use super::{change, engine};

/// Versions that are compared, of all that were noted.
const COMPARED: usize = 3;

/// What was known at some versions, in the order in which they came.
#[derive(Default)]
pub struct Noted {
    versions: Vec<(Frontier, Known)>,
}

impl Noted {
    pub fn note(&mut self, doc: &Doc, known: &Known) {
        self.versions.push((doc.frontier(), known.clone()));
    }

    /// Asks a document that has everything for what it was at some of the versions, and for what differs: as the model says.
    pub fn compare(&self, model: &Model, doc: &mut Doc) {
        let step = self.versions.len() / COMPARED + 1;
        let mut before: Option<(Frontier, Shown)> = None;
        for (version, known) in self.versions.iter().step_by(step) {
            let shown = at(model, doc, version, known);
            if let Some((other, showed)) = &before {
                compare_change(doc, [other, version], [showed, &shown]);
                compare_change(doc, [version, other], [&shown, showed]);
            }
            come_back(doc, version, &shown);
            before = Some((version.clone(), shown));
        }
        let (now, shown) = (doc.frontier(), Shown::by(doc));
        if let Some((version, showed)) = &before {
            let change = doc.changes_since(version).expect("a version that was");
            check_change(&change, showed, &shown);
            compare_change(doc, [&now, version], [&shown, showed]);
        }
    }
}

/// What a document shows.
struct Shown {
    roots: Roots,
    letters: Letters,
    marked: BTreeMap<String, Spans>,
}

impl Shown {
    fn by(doc: &Doc) -> Shown {
        Shown {
            roots: engine::roots(doc),
            letters: engine::letters(doc),
            marked: engine::marked(doc),
        }
    }
}

/// What a document was at a version.
fn at(model: &Model, doc: &mut Doc, version: &Frontier, known: &Known) -> Shown {
    let expected = without_empty(model.document(known));
    let past = doc.at(version).expect("a version that was");
    past.check()
        .unwrap_or_else(|broken| panic!("an invariant at {version:?}: {broken}"));
    let shown = Shown::by(&past);
    assert_eq!(
        without_empty(shown.roots.clone()),
        expected,
        "at {version:?}"
    );
    assert_eq!(engine::conflicts(&past), model.conflicts(known));
    assert_eq!(shown.marked, model.marked(known), "at {version:?}");
    assert_eq!(past.frontier(), *version);
    let saved = Doc::load(&past.save()).expect("what it saved");
    assert_eq!(engine::roots(&saved), shown.roots, "saved at {version:?}");
    assert_eq!(engine::marked(&saved), shown.marked, "saved at {version:?}");
    shown
}

/// Writes what a document was at a version; who merges that shows it too.
fn come_back(doc: &Doc, version: &Frontier, shown: &Shown) {
    let mut fork = doc.fork();
    fork.set_peer(engine::peer(1 << 41));
    let now = Shown::by(&fork);
    let change = fork.revert_to(version).expect("a version that was");
    let reverted = Shown::by(&fork);
    let expected = without_empty(shown.roots.clone());
    assert_eq!(reverted.marked, shown.marked, "back at {version:?}");
    assert_eq!(
        without_empty(reverted.roots.clone()),
        expected,
        "back at {version:?}"
    );
    check_change(&change, &now, &reverted);
    fork.check()
        .unwrap_or_else(|broken| panic!("an invariant back at {version:?}: {broken}"));
    let mut reader = doc.fork();
    let known = reader.version_vector();
    reader.merge(&fork.delta_since(&known)).expect("a delta");
    assert_eq!(engine::roots(&reader), reverted.roots);
    assert_eq!(engine::marked(&reader), reverted.marked);
    reader.verify().expect("its history comes to what it shows");
}

fn compare_change(doc: &mut Doc, [from, to]: [&Frontier; 2], [old, new]: [&Shown; 2]) {
    let change = doc.diff(from, to).expect("versions that were");
    check_change(&change, old, new);
}

fn check_change(change: &Change, old: &Shown, new: &Shown) {
    let (before, after) = (&old.roots, &new.roots);
    change::check(change, &both(before, after), &both(after, before));
    change::check_letters(change, &old.letters, &new.letters);
}

/// A reading, with the roots that another has as well: one that has emptied is told of.
fn both(reading: &Roots, other: &Roots) -> Roots {
    let mut both = reading.clone();
    for key in other.keys() {
        both.entry(key.clone())
            .or_insert_with(|| Reading::empty(key.1));
    }
    both
}
