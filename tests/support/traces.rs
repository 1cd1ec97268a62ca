//! Reads the editing traces: `SYNCLINE_TRACES`, else `../shared/traces`.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value as Json;
use syncline::{Change, Doc, Error};

/// Whether to run everything, however long it takes.
pub fn long() -> bool {
    std::env::var_os("SYNCLINE_LONG").is_some_and(|value| value != "0")
}

/// Whether large inputs are to be cut short: debug builds are slow.
pub fn brief() -> bool {
    cfg!(debug_assertions) && !long()
}

/// The unpacked text of a trace; `None`, with a line that says so, where the folder is absent.
pub fn read(name: &str) -> Option<String> {
    let folder = match std::env::var_os("SYNCLINE_TRACES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces"),
    };
    if !folder.is_dir() {
        println!(
            "skipped {name}: no folder {} (SYNCLINE_TRACES names another)",
            folder.display()
        );
        return None;
    }
    let path = folder.join(name);
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    let read = GzDecoder::new(file).read_to_string(&mut text);
    read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(text)
}

/// The 300 generated histories, each with the name of its line; `None` as for [`read`].
pub fn generated() -> Option<Vec<(String, Trace)>> {
    let histories = read("concurrent-random.jsonl.gz")?;
    let named = |(line, history)| (format!("line {line}"), Trace::parse(history));
    let histories: Vec<_> = (1..).zip(histories.lines()).map(named).collect();
    assert_eq!(histories.len(), 300);
    Some(histories)
}

/// One transaction of a trace. A sequential trace is one of agent 0, each following the one before.
#[derive(Debug)]
pub struct Transaction {
    pub agent: usize,
    pub parents: Vec<usize>,
    pub patches: Vec<Patch>,
}

/// The deletion first, then the insertion at the same place, in scalars.
#[derive(Debug)]
pub struct Patch {
    pub at: usize,
    pub deleted: usize,
    pub inserted: String,
}

#[derive(Debug)]
pub struct Trace {
    pub agents: usize,
    pub transactions: Vec<Transaction>,
    pub end: String,
}

impl Trace {
    pub fn parse(json: &str) -> Trace {
        let json: Json = serde_json::from_str(json).expect("a trace is JSON");
        let concurrent = json["kind"] == "concurrent";
        let transactions = json["txns"]
            .as_array()
            .expect("a trace has txns")
            .iter()
            .enumerate();
        let transactions = transactions.map(|(index, transaction)| Transaction {
            agent: if concurrent {
                number(&transaction["agent"])
            } else {
                0
            },
            parents: match transaction["parents"].as_array() {
                Some(parents) => parents.iter().map(number).collect(),
                None => index.checked_sub(1).into_iter().collect(),
            },
            patches: transaction["patches"]
                .as_array()
                .expect("a txn has patches")
                .iter()
                .map(patch)
                .collect(),
        });
        Trace {
            agents: if concurrent {
                number(&json["numAgents"])
            } else {
                1
            },
            transactions: transactions.collect(),
            end: json["endContent"]
                .as_str()
                .expect("a trace has an end")
                .to_owned(),
        }
    }
}

fn number(json: &Json) -> usize {
    json.as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .expect("a count")
}

fn patch(json: &Json) -> Patch {
    let inserted = json[2]
        .as_str()
        .expect("a patch inserts a string")
        .to_owned();
    Patch {
        at: number(&json[0]),
        deleted: number(&json[1]),
        inserted,
    }
}

/// Makes one transaction of a trace, in a text `body`.
pub fn type_into(doc: &mut Doc, transaction: &Transaction) -> Result<Change, Error> {
    doc.transact(|tx| {
        let mut body = tx.text("body");
        for patch in &transaction.patches {
            body.delete(patch.at..patch.at + patch.deleted)?;
            body.insert(patch.at, &patch.inserted)?;
        }
        Ok(())
    })
}
