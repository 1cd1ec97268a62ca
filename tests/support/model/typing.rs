//! The text in which an editing trace ends, typed on the model.

use super::super::reading::{Kind, Reading};
use super::super::scenario::{Act, Edit};
use super::super::traces::{Patch, Trace};
use super::{Known, Model};

/// The text of the first transactions of a trace, merged. Agent n is peer n + 1.
pub fn merged(trace: &Trace, count: usize) -> String {
    let mut model = Model::default();
    let mut after: Vec<Known> = Vec::new();
    for transaction in &trace.transactions[..count] {
        let mut known = Known::default();
        for &parent in &transaction.parents {
            known.extend(&after[parent]);
        }
        let edits: Vec<Edit> = transaction.patches.iter().flat_map(edits).collect();
        let peer = u64::try_from(transaction.agent).expect("few agents") + 1;
        model
            .transact(peer, &mut known, &edits)
            .expect("a trace stays inside its text");
        after.push(known);
    }
    let mut all = Known::default();
    after.iter().for_each(|known| all.extend(known));
    match model
        .document(&all)
        .remove(&("body".to_owned(), Kind::Text))
    {
        Some(Reading::Text(text)) => text,
        other => panic!("not a text: {other:?}"),
    }
}

fn edits(patch: &Patch) -> [Edit; 2] {
    let delete = Act::Delete(patch.at, patch.deleted);
    let insert = Act::Insert(patch.at, patch.inserted.clone());
    [delete, insert].map(|act| Edit {
        kind: Kind::Text,
        root: "body".to_owned(),
        parts: Vec::new(),
        act,
    })
}
