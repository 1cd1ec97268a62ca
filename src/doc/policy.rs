//! Policies: which of concurrent values a key shows, by patterns of paths.

use std::cmp::Reverse;
use std::fmt;

use smallvec::SmallVec;

use super::path::unescape;
use crate::error::Error;
use crate::oplog::{Cell, ContainerIx, KeyIx, Kind, Name, OpLog};
use crate::state::State;

/// Names of roots that begin so are the library's own.
pub(super) const RESERVED: char = '\0';

/// The root map that holds the policies: names by pattern.
pub(super) const ROOT: &str = "\0policies";

/// Policies that a document can have.
pub(super) const POLICIES_MAX: usize = 256;

/// Which of the values that several people set at a key at the same time shows. All of them stay stored, whatever it says:
/// it can be changed at any time. See [`Transaction::set_policy`](crate::Transaction::set_policy).
///
/// [`Smallest`](Policy::Smallest), [`Largest`](Policy::Largest) and [`Union`](Policy::Union) order values of any kinds: null,
/// `false`, `true`, numbers by what they are worth (of equal ones an integer before a float, -0.0 before 0.0; NaN behind all),
/// strings by their Unicode scalars, bytes. Where a container is among the values, they show the last writer's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Policy {
    /// The one with the largest Lamport number, and of those that of the largest peer. So it is where nothing else is said.
    #[default]
    LastWriter,
    /// The same, and the key stands in [`Doc::review`](crate::Doc::review) until somebody sets it.
    Review,
    /// The smallest.
    Smallest,
    /// The largest.
    Largest,
    /// A list of all that differ, the smallest first.
    Union,
}

impl Policy {
    const ALL: [Policy; 5] = [
        Policy::LastWriter,
        Policy::Review,
        Policy::Smallest,
        Policy::Largest,
        Policy::Union,
    ];

    /// The name under which a document holds it.
    pub fn name(self) -> &'static str {
        match self {
            Policy::LastWriter => "last-writer",
            Policy::Review => "review",
            Policy::Smallest => "smallest",
            Policy::Largest => "largest",
            Policy::Union => "union",
        }
    }

    /// The policy of that name.
    pub fn named(name: &str) -> Option<Policy> {
        Policy::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Part of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Name(String),
    /// `*`: one name, or one element of a list.
    One,
    /// `**`: any number of those.
    Any,
}

/// Part of the way to a key: a name, or `None` for an element of a list.
type Step<'l> = Option<&'l str>;

/// Paths with some parts left open.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern(Vec<Part>);

impl Pattern {
    fn parse(pattern: &str) -> Pattern {
        let parts = pattern.split('/').map(|part| match part {
            "*" => Part::One,
            "**" => Part::Any,
            name => Part::Name(unescape(name).into_owned()),
        });
        Pattern(parts.collect())
    }

    /// Whether it can be of any key.
    fn can_match(&self) -> bool {
        self.0.len() > 1 || self.0 == [Part::Any]
    }

    /// Of patterns that match, the least one counts: that with more names, then with fewer `**`.
    fn breadth(&self) -> (Reverse<usize>, usize) {
        let count = |is: fn(&&Part) -> bool| self.0.iter().filter(is).count();
        (
            Reverse(count(|part| matches!(part, Part::Name(_)))),
            count(|part| matches!(part, Part::Any)),
        )
    }

    /// O(parts · steps): only the last `**` met is tried again.
    fn matches(&self, way: &[Step<'_>]) -> bool {
        let (mut part, mut step) = (0, 0);
        let mut again: Option<(usize, usize)> = None;
        while step < way.len() || part < self.0.len() {
            match (self.0.get(part), way.get(step)) {
                (Some(Part::Any), _) => {
                    again = Some((part, step));
                    part += 1;
                }
                (Some(Part::One), Some(_)) => (part, step) = (part + 1, step + 1),
                (Some(Part::Name(name)), Some(Some(here))) if name == here => {
                    (part, step) = (part + 1, step + 1);
                }
                _ => match again {
                    Some((any, from)) if from < way.len() => {
                        again = Some((any, from + 1));
                        (part, step) = (any + 1, from + 1);
                    }
                    _ => return false,
                },
            }
        }
        true
    }
}

/// The policies of a document, read.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Policies {
    /// The one that counts where several match comes first.
    rules: Vec<(Pattern, Policy)>,
}

impl Policies {
    /// Those that a state shows, if there are any. What no writer of this library writes is passed over, and an unknown
    /// policy is that of the last writer.
    pub(super) fn read(log: &OpLog, state: &State) -> Option<Box<Policies>> {
        let mut rules: Vec<_> = listed(log, state)
            .into_iter()
            .map(|(name, policy)| (Pattern::parse(name), name, policy))
            .collect();
        rules.sort_by(|one, other| (one.0.breadth(), one.1).cmp(&(other.0.breadth(), other.1)));
        rules.truncate(POLICIES_MAX);
        let rules: Vec<_> = rules
            .into_iter()
            .map(|(pattern, _, policy)| (pattern, policy))
            .collect();
        (!rules.is_empty()).then(|| Box::new(Policies { rules }))
    }

    /// The policy of a key. O(policies · depth).
    pub(super) fn of(&self, log: &OpLog, (map, key): (ContainerIx, KeyIx)) -> Policy {
        let way = way_to(log, map, key);
        if matches!(way.first(), Some(Some(root)) if is_reserved(root)) {
            return Policy::LastWriter;
        }
        let rule = self.rules.iter().find(|(pattern, _)| pattern.matches(&way));
        rule.map_or(Policy::LastWriter, |&(_, policy)| policy)
    }
}

pub(super) fn is_reserved(root: &str) -> bool {
    root.starts_with(RESERVED)
}

/// Where the policies stand.
pub(super) fn root_of(log: &OpLog) -> Option<ContainerIx> {
    let name = log.keys.find(ROOT)?;
    let kind = Kind::Map;
    log.containers.find(Name::Root { name, kind })
}

/// Patterns and policies, by pattern.
pub(super) fn listed<'l>(log: &'l OpLog, state: &State) -> Vec<(&'l str, Policy)> {
    let Some(root) = root_of(log) else {
        return Vec::new();
    };
    let entries = state.entries_of(&log.entries, root);
    let mut listed: Vec<_> = entries
        .map(|(key, entry)| {
            let policy = match log.entries.cell(entry) {
                Cell::Str(name) => Policy::named(name),
                _ => None,
            };
            (log.keys.name(key), policy.unwrap_or_default())
        })
        .filter(|(pattern, _)| Pattern::parse(pattern).can_match())
        .collect();
    listed.sort_unstable_by_key(|&(pattern, _)| pattern);
    listed
}

/// The way to a key: the same wherever its map's element of a list stands.
fn way_to(log: &OpLog, map: ContainerIx, key: KeyIx) -> SmallVec<[Step<'_>; 8]> {
    let mut way: SmallVec<[Step<'_>; 8]> = SmallVec::new();
    way.push(Some(log.keys.name(key)));
    let mut at = map;
    loop {
        if let Name::Root { name, .. } = log.containers.name(at) {
            way.push(Some(log.keys.name(name)));
            break;
        }
        let place = log.stands(at);
        let slot = log.slot_at(at, place);
        // What was moved to an element of a list is in a map that stands for that, and goes by the element.
        if slot.is_none_or(|(map, _)| !log.is_seat(map)) {
            way.push(slot.map(|(_, key)| log.keys.name(key)));
        }
        let Some(around) = log.around(at) else {
            break;
        };
        at = around;
    }
    way.reverse();
    way
}

/// Whether a pattern can be of any key.
pub(super) fn check_pattern(pattern: &str) -> Result<(), Error> {
    match Pattern::parse(pattern).can_match() {
        true => Ok(()),
        false => Err(Error::BadPattern {
            pattern: pattern.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_pattern_matches_parts_by_name_one_or_any() {
        let matches = |pattern: &str, way: &str| {
            // Elements of lists are written as 0.
            let way = way.split('/').map(|part| (part != "0").then_some(part));
            Pattern::parse(pattern).matches(&way.collect::<Vec<_>>())
        };
        for (pattern, way) in [
            ("a/b", "a/b"),
            ("a/*", "a/b"),
            ("a/*/c", "a/0/c"),
            ("**", "a/0/c"),
            ("a/**", "a"),
            ("**/c", "a/0/c"),
            ("**/c", "c"),
            ("a/**/c", "a/c/b/c"),
            ("**/b/**/c", "b/b/c/a/c"),
            ("**/*/**", "a"),
        ] {
            assert!(matches(pattern, way), "{pattern} {way}");
        }
        for (pattern, way) in [
            ("a/b", "a/c"),
            ("a/b", "a/b/c"),
            ("a/b", "a"),
            ("a/*", "a"),
            ("a/*", "a/b/c"),
            ("a/0/c", "a/0/c"),
            ("**/c", "a/c/b"),
            ("**/b/**/b", "a/b/c"),
            ("**/*/**/*", "a"),
        ] {
            assert!(!matches(pattern, way), "{pattern} {way}");
        }
        // As long as the limits allow, and not for ever.
        let hostile = vec!["**/a"; 200].join("/") + "/b";
        assert!(!matches(&hostile, &vec!["a"; 64].join("/")));
    }
}
