//! Telling what an exchange took.

use std::io::{self, Write};

use serde_json::json;

use super::exchange::Exchange;
use super::sides::Sides;
use crate::paint::grouped;

/// One line of JSON.
pub(super) fn write_json(
    sides: &Sides,
    pair: &str,
    exchange: &Exchange,
    out: &mut dyn Write,
) -> io::Result<()> {
    let line = json!({
        "pair": pair,
        "entries": sides.entries,
        "differ": sides.differ,
        "tail": sides.tail,
        "bytes_out": exchange.bytes_out,
        "bytes_in": exchange.bytes_in,
        "round_trips": exchange.round_trips,
        "exact": exchange.exact,
        "ms": exchange.ms,
    });
    writeln!(out, "{line}")
}

/// A line for people; before the first, what the columns are.
pub(super) fn write_text(
    sides: &Sides,
    pair: &str,
    exchange: &Exchange,
    out: &mut dyn Write,
) -> io::Result<()> {
    if pair == "first" {
        let which = if sides.tail { "the newest" } else { "any" };
        let (entries, differ) = (
            grouped(sides.entries as usize),
            grouped(sides.differ as usize),
        );
        writeln!(
            out,
            "{entries} entries on each side, {differ} of them differ ({which})\n"
        )?;
        writeln!(
            out,
            "{:<14}{:>12}{:>12}{:>13}{:>10}{:>10}",
            "pair", "bytes out", "bytes in", "round trips", "ms", "exact"
        )?;
    }
    let pair = match pair {
        "first" => "first contact",
        _ => "known",
    };
    writeln!(
        out,
        "{pair:<14}{:>12}{:>12}{:>13}{:>10.3}{:>10}",
        grouped(exchange.bytes_out),
        grouped(exchange.bytes_in),
        exchange.round_trips,
        exchange.ms,
        if exchange.exact { "yes" } else { "no" }
    )
}
