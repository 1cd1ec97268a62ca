//! A whole document as plain data, in which the engine and the model can be compared.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json};

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Text,
    List,
    Map,
    Counter,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Text, Kind::List, Kind::Map, Kind::Counter];

    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.to_string() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Text => "text",
            Kind::List => "list",
            Kind::Map => "map",
            Kind::Counter => "counter",
        })
    }
}

/// What stands at one place: a plain value or a container's contents.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Plain(Json),
    Text(String),
    List(Vec<Reading>),
    Map(BTreeMap<String, Reading>),
    Counter(i64),
}

/// Every root, by name and kind.
pub type Roots = BTreeMap<(String, Kind), Reading>;

impl Reading {
    pub fn empty(kind: Kind) -> Reading {
        match kind {
            Kind::Text => Reading::Text(String::new()),
            Kind::List => Reading::List(Vec::new()),
            Kind::Map => Reading::Map(BTreeMap::new()),
            Kind::Counter => Reading::Counter(0),
        }
    }

    /// `None` for a plain value.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Reading::Plain(_) => None,
            Reading::Text(_) => Some(Kind::Text),
            Reading::List(_) => Some(Kind::List),
            Reading::Map(_) => Some(Kind::Map),
            Reading::Counter(_) => Some(Kind::Counter),
        }
    }

    pub fn json(&self) -> Json {
        match self {
            Reading::Plain(value) => value.clone(),
            Reading::Text(text) => Json::from(text.as_str()),
            Reading::List(items) => Json::Array(items.iter().map(Reading::json).collect()),
            Reading::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.json()))
                    .collect(),
            ),
            Reading::Counter(value) => Json::from(*value),
        }
    }

    /// How many elements a text or list has.
    pub(super) fn len(&self) -> usize {
        match self {
            Reading::Text(text) => text.chars().count(),
            Reading::List(items) => items.len(),
            Reading::Map(entries) => entries.len(),
            Reading::Plain(_) | Reading::Counter(_) => 0,
        }
    }
}

/// Roots that hold something: whether an emptied root is listed is nobody's promise.
pub fn without_empty(mut roots: Roots) -> Roots {
    roots.retain(|(_, kind), reading| *reading != Reading::empty(*kind));
    roots
}

/// Roots as JSON, by name, the empty ones left out, as a scenario's `expect` has them.
pub fn json_of(roots: &Roots) -> Json {
    let held = without_empty(roots.clone());
    Json::Object(
        held.into_iter()
            .map(|((name, _), reading)| (name, reading.json()))
            .collect::<Map<_, _>>(),
    )
}

/// A path and one more part, escaped as JSON Pointer does; an empty path stands for the document.
pub fn join(path: &str, part: &str) -> String {
    let part = part.replace('~', "~0").replace('/', "~1");
    if path.is_empty() {
        part
    } else {
        format!("{path}/{part}")
    }
}
