//! The edits that random picks come to on what a replica shows, and edits that have to be refused.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::marked::Expansion;
use super::programs::{Doing, Pick};
use super::reading::{Kind, Reading, Roots};
use super::scenario::{Act, Edit, Mark, Part};

/// A container within reach.
#[derive(Clone)]
struct Place<'a> {
    root: String,
    parts: Vec<Part>,
    holds: &'a Reading,
}

impl<'a> Place<'a> {
    fn edit(&self, act: Act) -> Edit {
        let kind = self.holds.kind().expect("a place is a container");
        Edit {
            kind,
            root: self.root.clone(),
            parts: self.parts.clone(),
            act,
        }
    }

    fn inner(&self, part: Part, holds: &'a Reading) -> Place<'a> {
        let parts = self.parts.iter().cloned().chain([part]).collect();
        Place {
            root: self.root.clone(),
            parts,
            holds,
        }
    }
}

static EMPTY: [(&str, Reading); 4] = [
    ("body", Reading::Text(String::new())),
    ("todo", Reading::List(Vec::new())),
    ("meta", Reading::Map(BTreeMap::new())),
    ("votes", Reading::Counter(0)),
];

/// Every container within reach; first the four roots that are always there.
fn places(shown: &Roots) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = EMPTY
        .iter()
        .map(|(name, empty)| {
            let root = (*name).to_owned();
            let key = (root.clone(), empty.kind().expect("a container"));
            Place {
                root,
                parts: Vec::new(),
                holds: shown.get(&key).unwrap_or(empty),
            }
        })
        .collect();
    let mut seen = 0;
    while let Some(place) = places.get(seen).cloned() {
        seen += 1;
        let inner: Vec<(Part, &Reading)> = match place.holds {
            Reading::List(items) => (0..).map(Part::Index).zip(items).collect(),
            Reading::Map(entries) => entries
                .iter()
                .map(|(key, value)| (Part::Key(key.clone()), value))
                .collect(),
            _ => Vec::new(),
        };
        for (part, holds) in inner {
            if holds.kind().is_some() && place.parts.len() < 4 {
                places.push(place.inner(part, holds));
            }
        }
    }
    places
}

/// The edit that a pick comes to, if there is anything to make it on.
pub(super) fn draft(pick: &Pick, shown: &Roots) -> Option<Edit> {
    if matches!(pick.doing, Doing::MoveTo) {
        return move_to(pick, &places(shown));
    }
    let kind = match pick.doing {
        Doing::Insert | Doing::Delete | Doing::Mark | Doing::Restore => Kind::Text,
        Doing::InsertValues
        | Doing::DeleteValues
        | Doing::SetElement
        | Doing::Move
        | Doing::Make => Kind::List,
        Doing::Set | Doing::Remove | Doing::OpenKey | Doing::Open | Doing::MoveTo => Kind::Map,
        Doing::Add => Kind::Counter,
    };
    let mut places = places(shown);
    places.retain(|place| place.holds.kind() == Some(kind));
    // Half of the edits go to the root, so that some containers grow.
    let index = if pick.place.is_multiple_of(2) {
        0
    } else {
        pick.place / 2 % places.len()
    };
    write(pick, &places[index])
}

/// The restore that a pick comes to, of these operations.
pub(super) fn draft_restore(pick: &Pick, operations: &[(u64, u32)]) -> Option<Edit> {
    if !matches!(pick.doing, Doing::Restore) || operations.is_empty() {
        return None;
    }
    // The latest are the likeliest to be undone.
    let near = if pick.place.is_multiple_of(2) {
        operations.len().min(4)
    } else {
        operations.len()
    };
    let at = operations.len() - 1 - pick.at % near;
    let (peer, seq) = operations[at];
    let follow = (seq..).zip(&operations[at..]).take(pick.count);
    let count = follow
        .take_while(|&(seq, &found)| found == (peer, seq))
        .count();
    Some(Edit::restore(peer, seq, u32::try_from(count).ok()?))
}

fn write(pick: &Pick, place: &Place<'_>) -> Option<Edit> {
    let len = place.holds.len();
    // Many insertions meet at few places.
    let spots = if pick.at.is_multiple_of(2) {
        (len + 1).min(3)
    } else {
        len + 1
    };
    let gap = pick.at / 2 % spots;
    let within = |len: usize| pick.at / 2 % len;
    let count = |len: usize| pick.count.min(len - within(len));
    let act = match pick.doing {
        Doing::Insert => Act::Insert(gap, pick.text.clone()),
        Doing::Delete if len > 0 => Act::Delete(within(len), count(len)),
        Doing::InsertValues => Act::InsertValues(gap, pick.values.clone()),
        Doing::DeleteValues if len > 0 => Act::Delete(within(len), count(len)),
        Doing::SetElement if len > 0 => Act::SetElement(within(len), pick.values[0].clone()),
        Doing::Move if len > 0 => Act::Move(within(len), pick.count % len),
        Doing::Mark if len > 0 => Act::Mark(mark(pick, within(len), count(len))),
        Doing::Make => Act::Make(gap, pick.kind),
        Doing::Set => Act::Set(pick.key.to_owned(), pick.values[0].clone()),
        Doing::Remove => Act::Remove(pick.key.to_owned()),
        Doing::Add => Act::Add(
            pick.values[0]
                .as_i64()
                .filter(|change| (-99..99).contains(change) && *change != 0)?,
        ),
        Doing::OpenKey | Doing::Open => return open(pick, place),
        Doing::Restore
        | Doing::MoveTo
        | Doing::Delete
        | Doing::DeleteValues
        | Doing::SetElement
        | Doing::Move
        | Doing::Mark => {
            return None;
        }
    };
    Some(place.edit(act))
}

/// Moves a container that stands at a key to another one, which is not within it.
fn move_to(pick: &Pick, places: &[Place<'_>]) -> Option<Edit> {
    let is_nested = |place: &&Place<'_>| !place.parts.is_empty();
    let movable: Vec<_> = places.iter().filter(is_nested).collect();
    let from = movable.get(pick.at % movable.len().max(1))?;
    let is_within =
        |place: &Place<'_>| place.root == from.root && place.parts.starts_with(&from.parts);
    let can_hold = |place: &Place<'_>| match place.holds {
        Reading::Map(_) => true,
        // A root list that is not there yet is taken for a map.
        Reading::List(items) => !items.is_empty() || !place.parts.is_empty(),
        _ => false,
    };
    let is_free = |place: &&Place<'_>| can_hold(place) && !is_within(place);
    let goals: Vec<_> = places.iter().filter(is_free).collect();
    let to = goals.get(pick.place % goals.len().max(1))?;
    let (root, parts) = (to.root.clone(), to.parts.clone());
    let goal = match to.holds {
        Reading::List(items) => {
            let is_there = from.root == to.root && from.parts.starts_with(&to.parts);
            let is_element = is_there && from.parts.len() == to.parts.len() + 1;
            let last = items.len() - usize::from(is_element);
            Part::Index(pick.count % (last + 1))
        }
        _ => Part::Key(pick.key.to_owned()),
    };
    Some(from.edit(Act::MoveTo(root, parts, goal)))
}

fn mark(pick: &Pick, start: usize, count: usize) -> Mark {
    let plain = |value: &&Json| !value.is_array() && !value.is_object();
    Mark {
        start,
        end: start + count,
        key: pick.key.to_owned(),
        // Few values, so that neighbours are alike now and then.
        value: match pick.values.first().filter(plain) {
            Some(Json::Number(number)) => {
                json!(number.as_i64().is_some_and(|number| number % 2 == 0))
            }
            Some(value) => value.clone(),
            None => Json::Null,
        },
        expansion: Expansion::ALL[pick.place / 2 % 4],
    }
}

fn open(pick: &Pick, map: &Place<'_>) -> Option<Edit> {
    let Reading::Map(entries) = map.holds else {
        return None;
    };
    let empty = Reading::empty(pick.kind);
    let holds = match entries.get(pick.key) {
        Some(Reading::Plain(_)) => return None,
        Some(container) => container,
        None => &empty,
    };
    let kind = holds.kind()?;
    if matches!(pick.doing, Doing::Open) {
        return Some(map.edit(Act::Open(pick.key.to_owned(), kind)));
    }
    let place = map.inner(Part::Key(pick.key.to_owned()), holds);
    let doing = match kind {
        Kind::Text => Doing::Insert,
        Kind::List => Doing::InsertValues,
        Kind::Map => Doing::Set,
        Kind::Counter => Doing::Add,
    };
    let pick = Pick {
        doing,
        ..pick.clone()
    };
    write(&pick, &place)
}

/// An edit that has to be refused: out of range, or of a place that shows something else.
pub(super) fn impossible(shown: &Roots, choice: usize) -> Edit {
    let mut found = vec![Edit::restore(1 << 50, 0, 1)];
    for place in places(shown) {
        let len = place.holds.len();
        match place.holds {
            Reading::Text(_) => {
                found.push(place.edit(Act::Insert(len + 1, "x".to_owned())));
                found.push(place.edit(Act::Delete(len, 1)));
                found.push(place.edit(Act::Mark(Mark {
                    start: 0,
                    end: len + 1,
                    key: "a".to_owned(),
                    value: json!(true),
                    expansion: Expansion::None,
                })));
            }
            Reading::List(items) => {
                found.push(place.edit(Act::InsertValues(len + 1, vec![json!(1)])));
                found.push(place.edit(Act::Delete(0, len + 1)));
                found.push(place.edit(Act::SetElement(len, json!(1))));
                found.push(place.edit(Act::Move(len, 0)));
                found.push(place.edit(Act::Move(0, len)));
                let parts = (0..).map(Part::Index).zip(items);
                found.extend(parts.filter_map(|(part, item)| mistaken(&place, part, item)));
            }
            Reading::Map(entries) => {
                let parts = entries
                    .iter()
                    .map(|(key, value)| (Part::Key(key.clone()), value));
                found.extend(parts.filter_map(|(part, value)| mistaken(&place, part, value)));
            }
            Reading::Plain(_) | Reading::Counter(_) => {}
        }
    }
    let all = places(shown);
    let nested =
        |place: &&Place<'_>| place.holds.kind() == Some(Kind::Map) && !place.parts.is_empty();
    for place in all.iter().filter(nested) {
        // Into itself.
        let goal = Part::Key("a".to_owned());
        let inside = Act::MoveTo(place.root.clone(), place.parts.clone(), goal);
        found.push(place.edit(inside));
    }
    let index = choice % found.len();
    found.swap_remove(index)
}

/// An edit of what stands at a part, taken for a container of another kind.
fn mistaken(place: &Place<'_>, part: Part, holds: &Reading) -> Option<Edit> {
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| Some(*kind) != holds.kind())?;
    let act = match kind {
        Kind::Text => Act::Insert(0, "x".to_owned()),
        Kind::List => Act::InsertValues(0, vec![json!(1)]),
        Kind::Map => Act::Set("a".to_owned(), json!(1)),
        Kind::Counter => Act::Add(1),
    };
    Some(place.inner(part, &Reading::empty(kind)).edit(act))
}
