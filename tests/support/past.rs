//! Versions that a document went through, noted with what the model says of them.

use syncline::{Doc, Frontier};

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
        let mut before: Option<(Frontier, Roots)> = None;
        for (version, known) in self.versions.iter().step_by(step) {
            let shown = at(model, doc, version, known);
            if let Some((other, showed)) = &before {
                compare_change(doc, [other, version], [showed, &shown]);
                compare_change(doc, [version, other], [&shown, showed]);
            }
            come_back(doc, version, &shown);
            before = Some((version.clone(), shown));
        }
        let (now, shown) = (doc.frontier(), engine::roots(doc));
        if let Some((version, showed)) = &before {
            let change = doc.changes_since(version).expect("a version that was");
            change::check(&change, &both(showed, &shown), &both(&shown, showed));
            compare_change(doc, [&now, version], [&shown, showed]);
        }
    }
}

/// What a document was at a version.
fn at(model: &Model, doc: &mut Doc, version: &Frontier, known: &Known) -> Roots {
    let expected = without_empty(model.document(known));
    let past = doc.at(version).expect("a version that was");
    past.check()
        .unwrap_or_else(|broken| panic!("an invariant at {version:?}: {broken}"));
    let shown = engine::roots(&past);
    assert_eq!(without_empty(shown.clone()), expected, "at {version:?}");
    assert_eq!(engine::conflicts(&past), model.conflicts(known));
    assert_eq!(past.frontier(), *version);
    let saved = Doc::load(&past.save()).expect("what it saved");
    assert_eq!(engine::roots(&saved), shown, "saved at {version:?}");
    shown
}

/// Writes what a document was at a version; who merges that shows it too.
fn come_back(doc: &Doc, version: &Frontier, shown: &Roots) {
    let mut fork = doc.fork();
    fork.set_peer(engine::peer(1 << 41));
    let now = engine::roots(&fork);
    let change = fork.revert_to(version).expect("a version that was");
    let reverted = engine::roots(&fork);
    let expected = without_empty(shown.clone());
    assert_eq!(
        without_empty(reverted.clone()),
        expected,
        "back at {version:?}"
    );
    change::check(&change, &now, &reverted);
    fork.check()
        .unwrap_or_else(|broken| panic!("an invariant back at {version:?}: {broken}"));
    let mut reader = doc.fork();
    let known = reader.version_vector();
    reader.merge(&fork.delta_since(&known)).expect("a delta");
    assert_eq!(engine::roots(&reader), reverted);
    reader.verify().expect("its history comes to what it shows");
}

fn compare_change(doc: &mut Doc, [from, to]: [&Frontier; 2], [old, new]: [&Roots; 2]) {
    let change = doc.diff(from, to).expect("versions that were");
    change::check(&change, old, &both(new, old));
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
