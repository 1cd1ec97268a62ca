//! The command itself.

use std::io::{self, Write};

use syncline::Opening;

use super::exchange::Exchange;
use super::report;
use super::sides::Sides;
use super::world::World;
use crate::exit::Outcome;

/// Lets the two sides find what differs, as strangers and as a known pair.
pub(crate) fn run(sides: &Sides, out: &mut dyn Write) -> io::Result<Outcome> {
    if sides.differ > sides.entries {
        eprintln!(
            "syncline: {} entries cannot differ where there are {}\n  next: give a smaller --differ",
            sides.differ, sides.entries
        );
        return Ok(Outcome::Failed);
    }
    let world = World::new(sides.entries, sides.differ, sides.tail);
    let mut outcome = Outcome::Done;
    let openings = [
        ("first", Opening::FirstContact),
        ("known", Opening::Known(world.known)),
    ];
    for (pair, opening) in openings {
        let exchange = match Exchange::measured(&world, opening) {
            Ok(exchange) => exchange,
            Err(error) => {
                eprintln!(
                    "syncline: the {pair} pair came to no result: {error}\n  next: please report it with the arguments"
                );
                outcome.add(Outcome::Failed);
                continue;
            }
        };
        if !exchange.exact {
            outcome.add(Outcome::Differs);
        }
        if sides.json {
            report::write_json(sides, pair, &exchange, out)?;
        } else {
            report::write_text(sides, pair, &exchange, out)?;
        }
    }
    Ok(outcome)
}
