//! `yrs` as a second opinion, on what every engine should agree about.
//!
//! - One text, edited by several people who take turns, ends the same.
//! - People who edit at once, each between markers of their own, end in the same text.
//! - A map, each of whose keys is written by one person only, ends the same.

use proptest::prelude::*;
use support::engine::peer;
use support::programs;
use syncline::{Doc, VersionVector};
use yrs::updates::decoder::Decode;
use yrs::{Any, GetString, Map, ReadTxn, StateVector, Text, Transact, Update};

/// One person, with both engines.
struct Person {
    ours: Doc,
    theirs: yrs::Doc,
}

fn people(count: u64) -> Vec<Person> {
    let person = |id| {
        let options = yrs::Options {
            client_id: yrs::ClientID::new(id),
            offset_kind: yrs::OffsetKind::Utf16,
            ..yrs::Options::default()
        };
        Person {
            ours: Doc::with_peer(peer(id)),
            theirs: yrs::Doc::with_options(options),
        }
    };
    (1..=count).map(person).collect()
}

impl Person {
    /// Replaces characters, by UTF-16 positions, which both engines know.
    fn edit(&mut self, at: usize, deleted: usize, inserted: &str) {
        let text = self.ours.text("body");
        let [from, to] = [at, at + deleted].map(|chars| {
            text.utf16()
                .from_chars(chars)
                .expect("a position in the text")
        });
        let done = self
            .ours
            .transact(|tx| tx.text("body").utf16().replace(from..to, inserted));
        done.expect("it fits");
        let text = self.theirs.get_or_insert_text("body");
        let mut transaction = self.theirs.transact_mut();
        let [from, to] = [from, to].map(|units| u32::try_from(units).expect("a small text"));
        text.remove_range(&mut transaction, from, to - from);
        text.insert(&mut transaction, from, inserted);
    }

    fn set(&mut self, key: &str, value: Option<&str>) {
        let done = self.ours.transact(|tx| match value {
            Some(value) => tx.map("meta").set(key, value),
            None => tx.map("meta").remove(key),
        });
        done.expect("it fits");
        let map = self.theirs.get_or_insert_map("meta");
        let mut transaction = self.theirs.transact_mut();
        match value {
            Some(value) => drop(map.insert(&mut transaction, key, Any::String(value.into()))),
            None => drop(map.remove(&mut transaction, key)),
        }
    }

    fn receive(&mut self, ours: &[u8], theirs: &[u8]) {
        self.ours.merge(ours).expect("a delta");
        let update = Update::decode_v1(theirs).expect("an update");
        self.theirs
            .transact_mut()
            .apply_update(update)
            .expect("an update");
    }

    fn all(&mut self) -> (Vec<u8>, Vec<u8>) {
        let theirs = self
            .theirs
            .transact()
            .encode_state_as_update_v1(&StateVector::default());
        (self.ours.delta_since(&VersionVector::new()), theirs)
    }

    fn texts(&self) -> (String, String) {
        let text = self.theirs.get_or_insert_text("body");
        (
            self.ours.text("body").to_string(),
            text.get_string(&self.theirs.transact()),
        )
    }

    fn maps(&self) -> (serde_json::Value, serde_json::Value) {
        let map = self.theirs.get_or_insert_map("meta");
        let transaction = self.theirs.transact();
        let theirs = map.iter(&transaction).map(|(key, value)| {
            let yrs::Out::Any(Any::String(value)) = value else {
                panic!("not a string: {value:?}")
            };
            (key.to_owned(), serde_json::Value::from(value.to_string()))
        });
        let ours = self.ours.map("meta");
        let ours = ours
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_json()));
        (ours.collect(), theirs.collect())
    }
}

fn share(people: &mut [Person]) {
    let all: Vec<_> = people.iter_mut().map(Person::all).collect();
    for person in people {
        all.iter()
            .for_each(|(ours, theirs)| person.receive(ours, theirs));
    }
}

fn words() -> impl Strategy<Value = String> {
    "[a-c Ωé中🙂]{0,6}"
}

proptest! {
    #![proptest_config(programs::config(64, 5_000))]

    #[test]
    fn taking_turns(turns in proptest::collection::vec((0..3usize, 0..500usize, 0..5usize, words()), 1..40)) {
        let mut people = people(3);
        for (who, at, deleted, inserted) in turns {
            let len = people[who].ours.text("body").len();
            let at = at % (len + 1);
            people[who].edit(at, deleted.min(len - at), &inserted);
            let (ours, theirs) = people[who].all();
            for person in &mut people {
                person.receive(&ours, &theirs);
                let (ours, theirs) = person.texts();
                prop_assert_eq!(ours, theirs);
            }
        }
    }

    /// Person n writes only between the n-th and the next bar, in rounds; after each round all share.
    #[test]
    fn everyone_in_a_paragraph_of_their_own(
        rounds in proptest::collection::vec(
            proptest::collection::vec((0..3usize, 0..500usize, 0..5usize, words()), 1..8), 1..6)
    ) {
        let mut people = people(3);
        people[0].edit(0, 0, "||||");
        share(&mut people);
        for round in rounds {
            for (who, at, deleted, inserted) in round {
                let text: Vec<char> = people[who].ours.text("body").to_string().chars().collect();
                let bars: Vec<usize> = (0..text.len()).filter(|&index| text[index] == '|').collect();
                let len = bars[who + 1] - bars[who] - 1;
                let at = at % (len + 1);
                people[who].edit(bars[who] + 1 + at, deleted.min(len - at), &inserted);
            }
            share(&mut people);
            let first = people[0].texts().0;
            for person in &people {
                let (ours, theirs) = person.texts();
                prop_assert_eq!(&ours, &first);
                prop_assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn maps_without_conflicts(
        rounds in proptest::collection::vec(
            proptest::collection::vec((0..3usize, 0..4usize, proptest::option::of(words())), 1..8), 1..6)
    ) {
        let mut people = people(3);
        for round in rounds {
            for (who, key, value) in round {
                people[who].set(&format!("{who}-{key}"), value.as_deref());
            }
            share(&mut people);
            for person in &people {
                let (ours, theirs) = person.maps();
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
