//! Random edits of what a document shows.

use std::fmt;

use syncline::{
    CounterMut, Doc, Error, Expand, Kind, ListMut, MapMut, OpId, TextMut, Transaction, Value, value,
};

use crate::crowd::{Crowd, KEYS};
use crate::random::Random;

const KINDS: [Kind; 4] = [Kind::Text, Kind::List, Kind::Map, Kind::Counter];
const EXPANSIONS: [Expand; 4] = [Expand::None, Expand::Before, Expand::After, Expand::Both];
const CHARACTERS: [char; 10] = ['a', 'b', 'c', 'x', ' ', '\n', 'é', '中', '🙂', '\u{301}'];

/// Operations that one edit may take, where more than one is left: opening two keys and writing there.
const DEEP_MAX: usize = 8;

/// Where a container stands. The roots are the text `body`, the list `todo`, the map `meta` and the counter `votes`.
#[derive(Clone, Copy)]
enum Place {
    Root,
    /// Of `meta`.
    Key(&'static str),
    /// In a map in `meta`.
    Deep(&'static str, &'static str),
    /// In `todo`.
    Item(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Key(key) => write!(f, " at meta/{key}"),
            Place::Deep(outer, key) => write!(f, " at meta/{outer}/{key}"),
            Place::Item(index) => write!(f, " at todo/{index}"),
        }
    }
}

macro_rules! open {
    ($($open:ident, $handle:ident, $root:literal;)*) => {
        $(fn $open<'t>(tx: &'t mut Transaction<'_>, place: Place) -> Result<$handle<'t>, Error> {
            match place {
                Place::Root => Ok(tx.$open($root)),
                Place::Key(key) => tx.map("meta").$open(key),
                Place::Deep(outer, key) => tx.map("meta").map(outer)?.$open(key),
                Place::Item(index) => tx.list("todo").$open(index),
            }
        })*
    };
}

open! {
    text, TextMut, "body";
    list, ListMut, "todo";
    map, MapMut, "meta";
    counter, CounterMut, "votes";
}

/// What a transaction did, for people; nothing where nobody reads it.
#[derive(Debug)]
pub(crate) struct Told {
    is_on: bool,
    pub(crate) what: String,
}

impl Told {
    pub(crate) fn new(is_on: bool) -> Told {
        let what = String::new();
        Told { is_on, what }
    }

    pub(crate) fn say(&mut self, what: fmt::Arguments<'_>) {
        if !self.is_on {
            return;
        }
        if !self.what.is_empty() {
            self.what.push_str("; ");
        }
        self.what.push_str(&what.to_string());
    }
}

/// An edit, of at most so many operations.
pub(crate) struct Edit<'a> {
    pub(crate) crowd: Crowd,
    pub(crate) most: usize,
    pub(crate) random: &'a mut Random,
    pub(crate) told: &'a mut Told,
}

impl Edit<'_> {
    /// Makes one.
    pub(crate) fn make(&mut self, tx: &mut Transaction<'_>) -> Result<(), Error> {
        if self.random.below(21) == 0 {
            return self.restore(tx);
        }
        let kind = self.crowd.kind(self.random);
        let place = match self.most {
            0..DEEP_MAX => Place::Root,
            _ if self.crowd.0.is_some() => Place::Root,
            _ => place(tx.doc(), kind, self.random),
        };
        match kind {
            Kind::Text => self.type_in(&mut text(tx, place)?, place),
            Kind::List => self.change_list(list(tx, place)?, place),
            Kind::Map => self.change_map(map(tx, place)?, place),
            _ => {
                let by = [-3, -1, 1, 2, 10][self.random.index(5)];
                self.told.say(format_args!("counter{place} add {by}"));
                counter(tx, place)?.add(by)
            }
        }
    }

    /// Restores what a few operations of somebody deleted, if they did, and that is known.
    fn restore(&mut self, tx: &mut Transaction<'_>) -> Result<(), Error> {
        let known: Vec<_> = tx.doc().version_vector().iter().collect();
        if known.is_empty() {
            return Ok(());
        }
        let (peer, count) = known[self.random.index(known.len())];
        let seq = u32::try_from(self.random.below(count.into())).unwrap_or(0);
        let len = u32::try_from(self.random.count(1, 4).min(self.most)).unwrap_or(1);
        let len = len.min(count - seq);
        let first = OpId { peer, seq };
        match tx.restore(first, len) {
            Ok(made) => {
                self.told
                    .say(format_args!("restore {made} of {len} from {first}"));
                Ok(())
            }
            Err(Error::NotRestorable { .. } | Error::NeedsBase { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn type_in(&mut self, text: &mut TextMut<'_>, place: Place) -> Result<(), Error> {
        let len = text.len();
        let at = self.crowd.position(len, self.random);
        if at < len && self.random.happens(3_500) {
            let count = self.random.count(1, 4).min(len - at).min(self.most);
            self.told
                .say(format_args!("text{place} delete {at}..{}", at + count));
            return text.delete(at..at + count);
        }
        if at < len && self.random.happens(2_500) {
            let range = at..(at + self.random.count(1, 6)).min(len);
            let (key, value) = (self.random.of(&KEYS), plain(self.random));
            let expand = self.random.of(&EXPANSIONS);
            self.told.say(format_args!(
                "text{place} mark {range:?} {key} {value:?} {expand:?}"
            ));
            return text.mark_with(range, key, value, expand);
        }
        let count = self.random.count(1, 5).min(self.most);
        let typed: String = (0..count).map(|_| self.random.of(&CHARACTERS)).collect();
        self.told
            .say(format_args!("text{place} insert {at} {typed:?}"));
        text.insert(at, &typed)
    }

    fn change_list(&mut self, mut list: ListMut<'_>, place: Place) -> Result<(), Error> {
        let len = list.len();
        let at = self.crowd.position(len, self.random);
        // A crowd changes what there is rather than add to it.
        let turn = match self.crowd.0 {
            Some(_) if len > 3 => [0, 3, 3, 3, 4, 8][self.random.index(6)],
            _ => self.random.below(12),
        };
        match turn {
            0..=2 if at < len => {
                let count = self.random.count(1, 2).min(len - at).min(self.most);
                self.told
                    .say(format_args!("list{place} delete {at}..{}", at + count));
                list.delete(at..at + count)
            }
            3 if at < len => {
                let value = plain(self.random);
                self.told
                    .say(format_args!("list{place} set {at} {value:?}"));
                list.set(at, value)
            }
            4..=5 if at < len => {
                let to = self.random.index(len);
                self.told.say(format_args!("list{place} move {at} to {to}"));
                list.move_to(at, to)
            }
            6..=7 => {
                let kind = self.random.of(&KINDS);
                self.told
                    .say(format_args!("list{place} insert {at} a {kind}"));
                match kind {
                    Kind::Text => list.insert_text(at).map(drop),
                    Kind::List => list.insert_list(at).map(drop),
                    Kind::Map => list.insert_map(at).map(drop),
                    _ => list.insert_counter(at).map(drop),
                }
            }
            _ => {
                let count = self.random.count(1, 3).min(self.most);
                let values: Vec<Value> = (0..count).map(|_| plain(self.random)).collect();
                self.told
                    .say(format_args!("list{place} insert {at} {values:?}"));
                list.insert_all(at, values)
            }
        }
    }

    fn change_map(&mut self, mut map: MapMut<'_>, place: Place) -> Result<(), Error> {
        let key = self.crowd.key(self.random);
        if self.random.happens(2_500) {
            self.told.say(format_args!("map{place} remove {key}"));
            return map.remove(key);
        }
        let value = match self.most {
            DEEP_MAX.. if self.random.happens(1_500) => {
                value!({ "a": [1, "two"], "b": (self.random.of(&KEYS)) })
            }
            _ => plain(self.random),
        };
        self.told
            .say(format_args!("map{place} set {key} {value:?}"));
        map.set(key, value)
    }
}

/// Types one letter at the end of the text.
pub(crate) fn keystroke(
    tx: &mut Transaction<'_>,
    random: &mut Random,
    told: &mut Told,
) -> Result<(), Error> {
    let mut text = tx.text("body");
    let letter = random.of(&CHARACTERS);
    told.say(format_args!("text type {letter:?}"));
    text.push(letter.encode_utf8(&mut [0; 4]))
}

/// A container of that kind that is there, or can be made.
fn place(doc: &Doc, kind: Kind, random: &mut Random) -> Place {
    let (outer, key) = (random.of(&KEYS), random.of(&KEYS));
    let meta = doc.map("meta");
    match random.below(10) {
        0..=1 if meta.kind_of(key) == Some(kind) || !meta.contains_key(key) => Place::Key(key),
        2 => {
            let is_open = match meta.map(outer) {
                Some(map) => map.kind_of(key) == Some(kind) || !map.contains_key(key),
                None => !meta.contains_key(outer),
            };
            if is_open {
                Place::Deep(outer, key)
            } else {
                Place::Root
            }
        }
        3..=4 => {
            let todo = doc.list("todo");
            let index = random.index(todo.len());
            match todo.kind_at(index) {
                Some(found) if found == kind => Place::Item(index),
                _ => Place::Root,
            }
        }
        _ => Place::Root,
    }
}

fn plain(random: &mut Random) -> Value {
    match random.below(6) {
        0 => Value::Null,
        1 => Value::Bool(random.happens(5_000)),
        2 => Value::Float([0.5, -1e300, 2.0][random.index(3)]),
        3 => Value::String(random.of(&CHARACTERS).to_string()),
        4 => Value::Bytes(vec![0, 255]),
        _ => Value::Int(random.between(0, 99) as i64 - 9),
    }
}
