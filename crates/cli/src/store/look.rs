//! `sync --dry-run`: what would move, each way.

use std::io::Write;

use serde_json::{Value as Json, json};
use syncline_net::{Amount, Options, look};

use super::arguments::Of;
use super::opened::{Ended, runtime, to_read};
use super::relays::Sync;
use super::told::outcome;
use crate::plain::plain;

pub(super) fn dry_run(of: &Of<Sync>, options: &Options, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let store = to_read(at)?;
    let limits = asked.without.limits();
    let looked = runtime()?.block_on(look(store, &asked.url, options, &limits))?;
    for damage in &looked.damaged {
        eprintln!("syncline: left out: {}", plain(&damage.to_string()));
    }
    let (mut received, mut sent) = (Amount::default(), Amount::default());
    for (document, moving) in &looked.documents {
        add(&mut received, moving.received);
        add(&mut sent, moving.sent);
        match at.json {
            true => {
                let (receive, send) = (json_of(moving.received), json_of(moving.sent));
                let told = json!({ "document": document, "receive": receive, "send": send });
                writeln!(out, "{told}")?;
            }
            false => writeln!(
                out,
                "{document}: {}",
                both_ways(moving.received, moving.sent)
            )?,
        }
    }
    for (document, why) in &looked.left_out {
        match at.json {
            true => writeln!(out, "{}", json!({ "document": document, "refused": why }))?,
            false => writeln!(out, "{document} would be left out: {why}")?,
        }
    }
    let documents = looked.documents.len();
    match at.json {
        true => {
            let (receive, send) = (json_of(received), json_of(sent));
            let told = json!({ "documents": documents, "receive": receive, "send": send });
            writeln!(out, "{told}")?;
        }
        false => writeln!(
            out,
            "{documents} documents: {}; nothing was written",
            both_ways(received, sent)
        )?,
    }
    Ok(outcome(
        looked.left_out.is_empty() && looked.damaged.is_empty(),
    ))
}

fn add(all: &mut Amount, one: Amount) {
    all.operations += one.operations;
    all.bytes += one.bytes;
}

fn json_of(amount: Amount) -> Json {
    json!({ "operations": amount.operations, "bytes": amount.bytes })
}

fn both_ways(received: Amount, sent: Amount) -> String {
    format!(
        "{} operations to receive ({} bytes), {} to send ({} bytes)",
        received.operations, received.bytes, sent.operations, sent.bytes
    )
}
