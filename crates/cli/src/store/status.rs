//! `status`: how far relays are with a store, once or as a screen that is kept up to date.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use serde_json::json;
use syncline_net::{Conflicts, Delivery, DeliveryState, deliveries};
use tokio::time::sleep;

use super::arguments::{At, Of};
use super::opened::{Ended, Stop, runtime, to_read};
use super::queue::tell;
use super::relays::Status;
use super::serve::told_to_end;
use super::told::{outcome, tell_errors};
use crate::exit::Outcome;

/// How often the store is looked at: or, where that takes long, after so many times as long.
const EVERY: Duration = Duration::from_secs(1);
const TIMES: u32 = 10;

/// The top left corner, and nothing below.
const CLEAR: &str = "\x1b[H\x1b[2J";

pub(super) fn status(of: &Of<Status>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    if !asked.watch {
        let (page, is_whole) = page(at)?;
        out.write_all(&page)?;
        return Ok(outcome(is_whole));
    }
    runtime()?.block_on(watch(at, out))
}

/// Tells it whenever it changes, until it is told to end.
async fn watch(at: &At, out: &mut dyn Write) -> Ended {
    let is_screen = !at.json && std::io::stdout().is_terminal();
    let mut last = Vec::new();
    let mut end = std::pin::pin!(told_to_end());
    loop {
        let begun = Instant::now();
        let (page, _) = page(at)?;
        if page != last {
            if is_screen {
                out.flush()?;
                std::io::stdout().write_all(CLEAR.as_bytes())?;
                write!(out, "{} (Ctrl-C ends it)\n\n", at.store.display())?;
            }
            out.write_all(&page)?;
            out.flush()?;
            last = page;
        }
        let wait = EVERY.max(TIMES * begun.elapsed());
        tokio::select! {
            ended = &mut end => {
                ended?;
                return Ok(Outcome::Done);
            }
            () = sleep(wait) => {}
        }
    }
}

/// What is known of one relay.
#[derive(Default)]
struct Standing {
    stored: u64,
    /// Documents in each state, and operations of all.
    waiting: u64,
    failed: u64,
    set_aside: u64,
    operations: u64,
}

impl Standing {
    fn count(&mut self, delivery: &Delivery) {
        self.operations += delivery.operations;
        match delivery.state {
            DeliveryState::Failed => self.failed += 1,
            DeliveryState::SetAside => self.set_aside += 1,
            _ => self.waiting += 1,
        }
    }
}

/// All that is told, and whether everything could be read.
fn page(at: &At) -> Result<(Vec<u8>, bool), Stop> {
    let found = deliveries(&to_read(at)?)?;
    let mut relays: BTreeMap<&str, Standing> = BTreeMap::new();
    for (relay, stored) in &found.relays {
        relays.entry(relay).or_default().stored = *stored;
    }
    let mut nowhere = 0;
    for delivery in &found.all {
        match &delivery.relay {
            Some(relay) => relays.entry(relay).or_default().count(delivery),
            None => nowhere += 1,
        }
    }
    let mut page = Vec::new();
    let of_all = |count: fn(&Conflicts) -> u64| found.conflicts.values().map(count).sum::<u64>();
    let (conflicts, to_review) = (of_all(|one| one.all), of_all(|one| one.to_review));
    let (documents, damaged) = (found.documents, found.damaged.len());
    if at.json {
        let relays: Vec<_> = relays
            .iter()
            .map(|(relay, standing)| {
                json!({
                    "relay": relay,
                    "stored": standing.stored,
                    "waiting": standing.waiting,
                    "operations": standing.operations,
                    "failed": standing.failed,
                    "set_aside": standing.set_aside,
                })
            })
            .collect();
        let told = json!({
            "documents": documents,
            "nowhere": nowhere,
            "relays": relays,
            "conflicts": conflicts,
            "to_review": to_review,
            "damaged": damaged,
        });
        writeln!(page, "{told}")?;
        return Ok((page, damaged == 0));
    }
    writeln!(
        page,
        "{documents} documents; {nowhere} of them were never sent to a relay"
    )?;
    for (relay, standing) in &relays {
        let Standing {
            stored,
            waiting,
            failed,
            set_aside,
            operations,
        } = standing;
        writeln!(page, "{relay}")?;
        writeln!(page, "  {stored} documents stored there")?;
        if *operations > 0 {
            writeln!(
                page,
                "  {waiting} wait, {failed} failed, {set_aside} set aside: {operations} operations"
            )?;
        }
    }
    for (document, conflicts) in &found.conflicts {
        let Conflicts { all, to_review, .. } = conflicts;
        writeln!(
            page,
            "{document}: {all} conflicts, {to_review} of them to be settled; see `syncline conflicts`"
        )?;
    }
    let failed = found.all.iter().filter(|delivery| delivery.cause.is_some());
    for delivery in failed {
        tell(at, delivery, &mut page)?;
    }
    let errors = found.damaged.iter();
    let errors = errors.map(|(document, error)| (document.as_deref(), error));
    tell_errors(at, errors, &mut page)?;
    Ok((page, damaged == 0))
}
