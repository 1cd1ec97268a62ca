//! `queue`, `retry` and `redeliver`: what no relay has said that it stored, and what is to become of that.

use std::io::Write;

use serde_json::json;
use syncline_net::{Delivery, DeliveryState, Which, deliveries};

use super::arguments::{At, Of};
use super::opened::{Ended, to_read, to_write};
use super::relays::{Deliveries, Retry};
use super::told::{outcome, tell_errors};
use crate::exit::Outcome;

pub(super) fn queue(at: &At, out: &mut dyn Write) -> Ended {
    let found = deliveries(&to_read(at)?)?;
    for delivery in found.open() {
        tell(at, delivery, out)?;
    }
    let damaged = found.damaged.iter();
    let damaged = damaged.map(|(document, error)| (document.as_deref(), error));
    tell_errors(at, damaged, out)?;
    let is_whole = found.damaged.is_empty();
    if found.open().next().is_none() && is_whole && !at.json {
        writeln!(out, "all is stored on a relay")?;
    }
    Ok(outcome(is_whole))
}

/// What a state is called.
pub(super) fn state(delivery: &Delivery) -> &'static str {
    match delivery.state {
        DeliveryState::Failed => "failed",
        DeliveryState::SetAside => "set aside",
        _ => "waiting",
    }
}

pub(super) fn tell(at: &At, delivery: &Delivery, out: &mut dyn Write) -> std::io::Result<()> {
    let (name, operations, state) = (&delivery.document, delivery.operations, state(delivery));
    let (relay, tries, cause) = (&delivery.relay, delivery.tries, &delivery.cause);
    if at.json {
        let told = json!({
            "document": name,
            "operations": operations,
            "relay": relay,
            "state": state,
            "tries": tries,
            "error": cause,
        });
        return writeln!(out, "{told}");
    }
    match (relay, cause) {
        (Some(relay), Some(cause)) => writeln!(
            out,
            "{name}: {operations} operations; {relay}: {cause} ({state}, tried {tries} times)"
        ),
        (Some(relay), None) => {
            writeln!(out, "{name}: {operations} operations; {state} for {relay}")
        }
        (None, _) => writeln!(out, "{name}: {operations} operations"),
    }
}

pub(super) fn retry(of: &Of<Retry>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let which = which(&asked.deliveries);
    let mut store = to_write(at)?;
    let (key, what, count) = match asked.set_aside {
        true => (
            "set_aside",
            "set aside",
            syncline_net::set_aside(&mut store, &which)?,
        ),
        false => (
            "retried",
            "to be tried with the next sync",
            syncline_net::retry(&mut store, &which)?,
        ),
    };
    tell_count(at, key, what, count, out)
}

pub(super) fn redeliver(of: &Of<Deliveries>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let count = syncline_net::redeliver(&mut to_write(at)?, &which(asked))?;
    let what = "to be delivered again with the next sync";
    tell_count(at, "redelivered", what, count, out)
}

fn tell_count(at: &At, key: &str, what: &str, count: u64, out: &mut dyn Write) -> Ended {
    match at.json {
        true => writeln!(out, "{}", json!({ key: count }))?,
        false => writeln!(out, "{count} deliveries {what}")?,
    }
    Ok(Outcome::Done)
}

fn which(asked: &Deliveries) -> Which {
    let mut which = Which::all();
    which.document.clone_from(&asked.document);
    which.relay.clone_from(&asked.relay);
    which
}
