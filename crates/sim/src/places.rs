//! Containers that move, and policies that say which value shows: written in some histories.

use syncline::{Doc, Error, Policy, Transaction};

use crate::edit::Told;
use crate::random::Random;

/// The keys that edits write to, as paths have them.
const KEYS: [&str; 4] = ["a", "b", "c", "é~1~0"];
const PATTERNS: [&str; 4] = ["meta/*", "meta/a", "meta/*/b", "meta/*/*"];
const POLICIES: [Policy; 5] = [
    Policy::LastWriter,
    Policy::Review,
    Policy::Smallest,
    Policy::Largest,
    Policy::Union,
];

/// Operations that a move takes at most: to a list, the element and what stands there.
pub(crate) const MOVE_MAX: usize = 2;

/// Moves what stands somewhere to another place, if it is a container that can go there.
pub(crate) fn move_one(
    tx: &mut Transaction<'_>,
    random: &mut Random,
    told: &mut Told,
) -> Result<(), Error> {
    let from = place(tx.doc(), random);
    let to = place(tx.doc(), random);
    match tx.move_to(&from, &to) {
        Ok(()) => {
            told.say(format_args!("move {from} to {to}"));
            Ok(())
        }
        // Nothing is there, or it is no container, or its own place is within it, or the end of the list is another without it.
        Err(
            Error::CannotMove { .. }
            | Error::NoSuchPath { .. }
            | Error::OutOfRange { .. }
            | Error::Limit { .. },
        ) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A key of `meta`, or of a map at one of its keys, or an index of `todo`, where that is: what is not there becomes a map.
fn place(doc: &Doc, random: &mut Random) -> String {
    let (outer, key) = (random.of(&KEYS), random.of(&KEYS));
    match (random.below(4), doc.list("todo").len()) {
        (0, len @ 1..) => format!("todo/{}", random.count(0, len)),
        (1, _) if doc.get(&format!("meta/{outer}")).is_some() => format!("meta/{outer}/{key}"),
        _ => format!("meta/{key}"),
    }
}

/// Says which of several values shows, for a pattern of keys.
pub(crate) fn rule(
    tx: &mut Transaction<'_>,
    random: &mut Random,
    told: &mut Told,
) -> Result<(), Error> {
    let (pattern, policy) = (random.of(&PATTERNS), random.of(&POLICIES));
    told.say(format_args!("policy {policy} for {pattern}"));
    tx.set_policy(pattern, policy)
}
