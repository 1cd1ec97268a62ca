//! What commands on a whole store share in telling: failures, how far they are, and how they end.

use std::io::Write;

use serde_json::json;
use syncline_store::{Error, Failure};

use super::arguments::At;
use crate::exit::Outcome;
use crate::progress::Progress;

pub(super) fn tell_failures(
    at: &At,
    failures: &[Failure],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    for failure in failures {
        tell_failure(at, failure.document.as_deref(), &failure.error, out)?;
    }
    Ok(())
}

pub(super) fn tell_failure(
    at: &At,
    document: Option<&str>,
    error: &Error,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let error = error.to_string();
    match at.json {
        true => writeln!(out, "{}", json!({ "document": document, "error": error })),
        false => writeln!(out, "{error}"),
    }
}

pub(super) fn bar(at: &At, what: &str, steps: u64) -> Progress {
    let steps = usize::try_from(steps).unwrap_or(usize::MAX);
    Progress::begin(&at.store.display().to_string(), what, steps)
}

pub(super) fn outcome(is_well: bool) -> Outcome {
    match is_well {
        true => Outcome::Done,
        false => Outcome::Differs,
    }
}
