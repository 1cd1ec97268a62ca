//! In a process of its own: one subject makes one matter, and every encoding of it is counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::{BEHIND, Matter, Subject, Tree, behind_row, history_row};
use crate::child;
use crate::encoding::{Encoded, Encodes, EncodesTree, Encoding, Form};
use crate::engine::{Outcome, said};
use crate::peers::{Automerge, DiamondTypes, Loro, LoroTree, Yrs, YrsTree};
use crate::random::Random;
use crate::trace::{History, Patch, Trace, typed_into_a_rope};
use crate::work::structured::{COUNT, inserts, items, sets};
use crate::work::{self, Context};

/// The bytes of every encoding, by row.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Of each row that asks about the matter.
    pub bytes: BTreeMap<String, BTreeMap<Encoding, u64>>,
    /// The subject ends in another text than the history says.
    pub other_text: bool,
}

impl Figures {
    fn add(&mut self, row: String, (encoding, bytes): &Encoded) {
        let row = self.bytes.entry(row).or_default();
        row.insert(encoding.to_owned(), bytes.len() as u64);
    }

    fn add_all(&mut self, row: &str, encoded: &[Encoded]) {
        for encoded in encoded {
            self.add(row.to_owned(), encoded);
        }
    }
}

/// Counts in this process and prints the report.
///
/// # Errors
/// A matter or subject that does not exist; what keeps the subject from making the matter is a report, not an error.
pub fn measure(matter: &str, subject: &str, context: &Context) -> Outcome<()> {
    let matter = Matter::all()
        .into_iter()
        .find(|known| known.name() == matter)
        .ok_or("no such matter")?;
    let subject = Subject::ALL
        .into_iter()
        .find(|known| known.name() == subject)
        .ok_or("no such subject")?;
    child::print(&count(matter, subject, context))
}

/// Makes the matter with the subject and counts the bytes of every encoding.
///
/// # Errors
/// What keeps the subject from making it.
pub fn count(matter: Matter, subject: Subject, context: &Context) -> Outcome<Figures> {
    match matter {
        Matter::History(history) => of_history(history, subject, context),
        Matter::Tree(tree) => of_tree(tree, subject),
    }
}

fn of_history(history: History, subject: Subject, context: &Context) -> Outcome<Figures> {
    match subject {
        Subject::DiamondTypes => text::<DiamondTypes>(history, context),
        Subject::Loro => text::<Loro>(history, context),
        Subject::YrsKept => text::<Yrs<true>>(history, context),
        Subject::Yrs => text::<Yrs>(history, context),
        Subject::Automerge => text::<Automerge>(history, context),
        Subject::Text => packed(history, context),
        #[cfg(feature = "ours")]
        Subject::Ours => text::<crate::peers::Ours>(history, context),
        #[cfg(not(feature = "ours"))]
        Subject::Ours => Err("built without the feature `ours`".to_owned()),
    }
}

fn of_tree(of: Tree, subject: Subject) -> Outcome<Figures> {
    match subject {
        Subject::DiamondTypes | Subject::Text => Err("text only".to_owned()),
        Subject::Loro => tree::<LoroTree>(of),
        Subject::YrsKept => tree::<YrsTree<true>>(of),
        Subject::Yrs => tree::<YrsTree>(of),
        Subject::Automerge => tree::<Automerge>(of),
        #[cfg(feature = "ours")]
        Subject::Ours => tree::<crate::peers::Ours>(of),
        #[cfg(not(feature = "ours"))]
        Subject::Ours => Err("built without the feature `ours`".to_owned()),
    }
}

fn text<E: Encodes>(history: History, context: &Context) -> Outcome<Figures> {
    let trace = context.trace(history)?;
    let mut figures = Figures::default();
    let (mut document, versions) = if trace.is_sequential() {
        typed::<E>(&trace)?
    } else {
        let played = work::play::<E>(&trace, false)?;
        figures.other_text = played.is_another(&trace);
        (played.last, Vec::new())
    };
    for (form, encoded) in document.whole_encodings()? {
        let row = match form {
            Form::History => "history",
            Form::Snapshot => "snapshot",
            Form::Shallow => "shallow",
        };
        figures.add(history_row(row, history), &encoded);
    }
    for (operations, version) in versions {
        let lacking = document.delta_encodings(&version)?;
        figures.add_all(&behind_row(operations, history), &lacking);
    }
    let cursor = trace.last_cursor().min(document.len());
    let typed = |at, letter: char| Patch {
        at,
        deleted: 0,
        inserted: letter.to_string(),
    };
    let one = document.type_and_encode(&[typed(cursor, 'x')])?;
    figures.add_all(&history_row("keystroke", history), &one);
    let ten: Vec<Patch> = (cursor + 1..)
        .zip(" and so on".chars())
        .map(|(at, letter)| typed(at, letter))
        .collect();
    let ten = document.type_and_encode(&ten)?;
    figures.add_all(&history_row("keystrokes-10", history), &ten);
    Ok(figures)
}

/// A sequential history typed by one writer, and the newest versions that lack so many operations.
#[allow(clippy::type_complexity)] // a list of versions and how far behind they are
fn typed<E: Encodes>(trace: &Trace) -> Outcome<(E, Vec<(usize, E::Version)>)> {
    let cuts: Vec<(usize, usize)> = BEHIND
        .into_iter()
        .filter_map(|operations| Some((operations, cut(trace, operations)?)))
        .collect();
    let mut document = E::alone(1)?;
    let mut versions = Vec::new();
    for (index, txn) in trace.txns.iter().enumerate() {
        for (operations, _) in cuts.iter().filter(|(_, cut)| *cut == index) {
            versions.push((*operations, document.version()));
        }
        document.transact(&txn.patches)?;
    }
    match &trace.end {
        Some(end) if document.text() != *end => Err("its text is not the history's".to_owned()),
        _ => Ok((document, versions)),
    }
}

/// The last transaction from which on so many operations follow; none if the history is shorter.
fn cut(trace: &Trace, operations: usize) -> Option<usize> {
    let mut follow = 0;
    let enough = |txn: &crate::trace::Txn| {
        follow += txn.operations();
        follow >= operations
    };
    trace.txns.iter().rposition(enough)
}

/// The text in the end, packed.
fn packed(history: History, context: &Context) -> Outcome<Figures> {
    let trace = context.trace(history)?;
    let text = trace.end.clone();
    let text = text.unwrap_or_else(|| typed_into_a_rope(&trace));
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: text.len(),
        ..Default::default()
    };
    said(brotli::BrotliCompress(
        &mut text.as_bytes(),
        &mut brotli,
        &params,
    ))?;
    let encoded = [
        (Encoding::TextLz4, lz4_flex::compress(text.as_bytes())),
        (Encoding::TextBrotli, brotli),
    ];
    let mut figures = Figures::default();
    figures.add_all(&history_row("shallow", history), &encoded);
    Ok(figures)
}

fn tree<E: EncodesTree>(tree: Tree) -> Outcome<Figures> {
    let mut document = if tree == Tree::Overwrites {
        overwritten::<E>()?
    } else {
        E::of_writer(1, true)?
    };
    match tree {
        Tree::MapSets => sets()
            .iter()
            .try_for_each(|(key, value)| document.set_in_map(key, *value))?,
        Tree::ListInserts => inserts()
            .iter()
            .try_for_each(|(at, value)| document.insert_in_list(*at, *value))?,
        Tree::Todos => items()
            .iter()
            .try_for_each(|todo| document.push_todo(todo))?,
        Tree::Overwrites => {}
    }
    let expected = match tree {
        Tree::MapSets => (COUNT, 0),
        Tree::ListInserts | Tree::Todos => (0, COUNT),
        Tree::Overwrites => (KEYS, 0),
    };
    if document.counts() != expected {
        return Err(format!("it holds {:?} entries", document.counts()));
    }
    let mut figures = Figures::default();
    figures.add_all(Matter::Tree(tree).name(), &document.tree_encodings()?);
    Ok(figures)
}

const KEYS: usize = 100;

/// Three writers set random keys to random integers, and exchange all after every ten transactions each.
fn overwritten<E: EncodesTree>() -> Outcome<E> {
    let writers = (1..=3).map(|writer| E::of_writer(writer, false));
    let mut replicas = writers.collect::<Outcome<Vec<E>>>()?;
    let mut random = Random::new(31);
    let mut left = COUNT;
    while left > 0 {
        for replica in &mut replicas {
            for _ in 0..left.min(10) {
                let key = format!("key{:04}", random.below(KEYS));
                replica.set_in_map(&key, random.below(100_000) as i64)?;
                left -= 1;
            }
        }
        exchange(&mut replicas)?;
    }
    replicas.pop().ok_or_else(|| "no replica".to_owned())
}

fn exchange<E: EncodesTree>(replicas: &mut [E]) -> Outcome<()> {
    let Some((first, others)) = replicas.split_first_mut() else {
        return Ok(());
    };
    others.iter_mut().try_for_each(|other| first.pull(other))?;
    others.iter_mut().try_for_each(|other| other.pull(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Txn;

    #[test]
    fn a_cut_is_the_newest_version_that_lacks_enough() {
        let txn = |inserted: &str| Txn {
            parents: vec![],
            agent: 0,
            patches: vec![Patch {
                at: 0,
                deleted: 0,
                inserted: inserted.to_owned(),
            }],
        };
        let trace = Trace {
            name: String::new(),
            txns: ["aaa", "b", "", "cc"].map(txn).into(),
            end: None,
            generated: true,
        };
        let cuts = [1, 2, 3, 4, 6, 7].map(|operations| cut(&trace, operations));
        assert_eq!(cuts, [Some(3), Some(3), Some(1), Some(0), Some(0), None]);
    }
}
