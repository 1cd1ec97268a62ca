//! Where people edit: anywhere, or all at one place.

use syncline::Kind;

use crate::random::Random;

pub(crate) const KEYS: [&str; 4] = ["a", "b", "c", "é/~"];

/// Where all of a history's replicas edit, if that is one root alone: then at its beginning, and in a map at one key or two.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Crowd(pub(crate) Option<Kind>);

impl Crowd {
    /// One in three of eight histories.
    pub(crate) fn any(random: &mut Random) -> Crowd {
        Crowd(match random.below(8) {
            0..=4 => None,
            5 => Some(Kind::Text),
            6 => Some(Kind::List),
            _ => Some(Kind::Map),
        })
    }

    pub(crate) fn kind(self, random: &mut Random) -> Kind {
        let any = match random.below(20) {
            0..=7 => Kind::Text,
            8..=12 => Kind::List,
            13..=17 => Kind::Map,
            _ => Kind::Counter,
        };
        self.0.unwrap_or(any)
    }

    pub(crate) fn key(self, random: &mut Random) -> &'static str {
        match self.0 {
            Some(_) => random.of(&KEYS[..2]),
            None => random.of(&KEYS),
        }
    }

    /// A position at which others write too, half of the time; in a crowd nearly always.
    pub(crate) fn position(self, len: usize, random: &mut Random) -> usize {
        let near = match self.0 {
            Some(_) => 9_500,
            None => 5_000,
        };
        let within = if random.happens(near) {
            len.min(3)
        } else {
            len
        };
        random.count(0, within)
    }
}
