//! Sessions that begin with what is not true any more, or in which a side is not as it should be.
//!
//! - What a known pair remembers may be wrong in any part: they end in step all the same, and know each other then.
//! - Where both begin with a document at once, and know different things of it, one asks.
//! - What had waited for an operation of the other side's is passed on.
//! - A document is not made under another name than it was begun with; one that cannot be had is left out alone.

use std::sync::Arc;

use support::pair::Pair;
use support::small::{all, doc, loaded, made, push, send, typed};
use syncline::sync::{Documents, Event, Options, Workspace, key_of};
use syncline::{Doc, Error, Summary};

/// A message that begins with a document.
const OPEN: u8 = 3;

static NAMES: [&str; 3] = ["a", "notes", "z"];

/// The documents of these names, loaded anew, of which so many changes were counted at the least.
fn again(of: &Workspace, names: &[&str], id: u64, changes: usize) -> Workspace {
    let mut again = Workspace::new();
    for (nth, name) in (0..).zip(names) {
        let saved = of.get(name).expect("its name").save();
        again.insert(name, loaded(&saved, id + nth));
        Documents::summary(&mut again).expect("sound");
    }
    for nth in again.len()..changes {
        let name = names[nth % names.len()];
        push(again.open(name), "m");
        Documents::summary(&mut again).expect("sound");
    }
    again
}

/// Two workspaces in step.
fn in_step() -> Pair<Workspace, Workspace> {
    let mut here = Workspace::new();
    for (id, name) in (1..).zip(NAMES) {
        let mut doc = doc(id);
        push(&mut doc, name);
        here.insert(name, doc);
    }
    let mut pair = Pair::new(here, Workspace::new());
    pair.run();
    assert!(pair.is_settled());
    pair
}

/// What two sides still have of the documents that they had in step, and how many changes each has counted.
#[derive(Clone, Copy)]
struct Apart {
    names: [&'static [&'static str]; 2],
    changes: [usize; 2],
}

impl Apart {
    fn all() -> impl Iterator<Item = Apart> {
        let parts = [&NAMES[..], &NAMES[1..], &NAMES[..2]];
        let names = parts
            .into_iter()
            .flat_map(move |here| parts.map(|there| [here, there]));
        names.flat_map(|names| {
            let changes = (0..9).map(|nth| [nth / 3, nth % 3].map(|more| 2 + more));
            changes.map(move |changes| Apart { names, changes })
        })
    }

    fn sides(self, of: &Workspace) -> (Workspace, Workspace) {
        let [here, there] = self.names;
        (
            again(of, here, 20, self.changes[0]),
            again(of, there, 30, self.changes[1]),
        )
    }
}

fn is_known(resume: Option<syncline::sync::Resume>, here: Workspace, there: Workspace) {
    assert!(resume.is_some());
    let mut pair = Pair::resumed(here, there, resume);
    assert_eq!(pair.run(), 1);
    pair.agree();
}

/// All of a session, in which both type meanwhile, or nobody does.
fn run(pair: &mut Pair<Workspace, Workspace>, types: bool) {
    for turn in 0..if types { 24 } else { 0 } {
        pair.take_turns();
        for side in [&mut pair.here, &mut pair.there] {
            for name in NAMES.iter().skip(turn % 3) {
                if let Some(doc) = side.get_mut(name) {
                    push(doc, "k");
                }
            }
        }
    }
    pair.run();
}

/// What the two take each other for is settled by proof: until then nothing is sent that relies on it.
#[test]
fn a_pair_that_remembers_what_is_not_so_ends_in_step_and_known() {
    let pair = in_step();
    for (nth, apart) in Apart::all().enumerate() {
        for types in [false, true] {
            let (here, there) = apart.sides(&pair.here);
            let mut pair = Pair::resumed(here, there, pair.asker.resume());
            run(&mut pair, types);
            assert!(pair.is_settled());
            pair.agree();
            if !types {
                let Pair {
                    here,
                    there,
                    asker,
                    answerer,
                    ..
                } = pair;
                match nth % 2 == 0 {
                    true => is_known(asker.resume(), here, there),
                    false => is_known(answerer.resume(), there, here),
                }
            }
        }
    }
}

/// Of what was offered by mistake, and fetched at once, nothing is sent twice, and nothing is missing.
#[test]
fn what_is_offered_before_it_is_proven_comes() {
    let pair = in_step();
    for apart in Apart::all() {
        let (here, there) = apart.sides(&pair.here);
        let mut options = Options::default();
        options.resume = pair.asker.resume();
        options.offers = true;
        let mut pair = Pair::with(here, there, options, Options::default());
        for _ in 0..24 {
            pair.take_turns();
            while let Some(event) = pair.asker.next_event() {
                if let Event::Offered { documents } = event {
                    pair.asker.fetch(documents.iter().map(|offer| &*offer.name));
                }
            }
        }
        pair.run();
        assert!(pair.asker.is_settled());
        for name in pair.there.names() {
            let there = pair.there.get(name).expect("its name");
            let here = pair.here.get(name).expect("it was fetched");
            let has = here.version_vector();
            assert!(has.includes(&there.version_vector()));
            here.check().expect("sound");
        }
    }
}

/// The asker cannot know that it lacks something of it.
#[test]
fn what_both_wrote_is_offered_also_where_the_asker_wrote_more() {
    let mut pair = met();
    push(pair.here.open("notes"), "much more");
    push(pair.there.open("notes"), "!");
    let mut options = Options::default();
    options.offers = true;
    let mut pair = Pair::with(pair.here, pair.there, options, Options::default());
    pair.run();
    let offered = pair.events.iter().find_map(|(_, event)| match event {
        Event::Offered { documents } => Some(documents.clone()),
        _ => None,
    });
    let offered = offered.expect("an offer");
    let told: Vec<_> = offered
        .iter()
        .map(|offer| (&*offer.name, offer.operations, offer.lacking))
        .collect();
    assert_eq!(told, [("notes", 6, 0)]);
    pair.asker.fetch(["notes"]);
    pair.run();
    pair.agree();
}

/// Two workspaces that were in step before they met: no document was begun with.
fn met() -> Pair<Workspace, Workspace> {
    let Pair { here, there, .. } = in_step();
    let mut pair = Pair::new(here, there);
    pair.run();
    pair
}

/// A document of which nobody knows in which order its operations came is begun with by both.
#[test]
fn both_may_ask() {
    let mut pair = met();
    for (id, side) in [(40, &mut pair.here), (50, &mut pair.there)] {
        let mut doc = loaded(&side.get("notes").expect("its name").save(), id);
        push(&mut doc, "more");
        side.insert("notes", loaded(&doc.save(), id + 1));
    }
    let (here, there) = (pair.said_here(), pair.said_there());
    assert!(is_begun(&here) && is_begun(&there));
    here.iter().for_each(|message| pair.reach_there(message));
    there.iter().for_each(|message| pair.reach_here(message));
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
}

/// Of a document whose operations came in another order on one side, both take the other to know the first five.
#[test]
fn where_both_begin_and_disagree_the_asker_asks() {
    let mut pair = met();
    let mut doc = typed(60, "x");
    let known = pair.there.get_mut("notes").expect("its name");
    doc.merge(&all(known)).expect("a delta");
    pair.there.insert("notes", doc);
    push(pair.here.open("notes"), "y");
    let (here, there) = (pair.said_here(), pair.said_there());
    assert!(is_begun(&here) && is_begun(&there));
    here.iter().for_each(|message| pair.reach_there(message));
    let more = pair.said_there();
    assert!(!is_begun(&more));
    there
        .iter()
        .chain(&more)
        .for_each(|message| pair.reach_here(message));
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
}

fn is_begun(messages: &[Vec<u8>]) -> bool {
    messages
        .iter()
        .any(|message| message.first() == Some(&OPEN))
}

/// Carl's letter comes before what it follows.
#[test]
fn what_waited_for_the_other_side_is_passed_on() {
    let [here, mut there] = [1, 2].map(doc);
    push(&mut there, "begun");
    let mut pair = Pair::new(here, there);
    pair.run();
    let mut carl = doc(3);
    push(&mut pair.there, " by Ben");
    send(&mut pair.there, &mut carl);
    let letter = made(&mut carl, |carl| push(carl, ", by Carl"));
    let change = pair.here.merge(&letter).expect("a delta");
    assert_eq!(change.waiting().len(), 1);
    pair.run();
    pair.agree();
    assert_eq!(pair.there.text("body").to_string(), "begun by Ben, by Carl");
}

/// Documents of which one is called otherwise, or cannot be had.
struct Odd {
    documents: Workspace,
    called: Option<&'static str>,
    is_broken: bool,
}

impl Documents for Odd {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        self.documents.summary()
    }

    fn name(&self, key: u64) -> Option<String> {
        match self.called {
            Some(name) => Some(name.into()),
            None => self.documents.name(key),
        }
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error> {
        match self.is_broken && key == key_of("notes") {
            true => Err(Error::aborted("a disk")),
            false => self.documents.document(key),
        }
    }

    fn create(&mut self, name: &str) -> Result<bool, Error> {
        self.documents.create(name)
    }
}

fn notes_and_more() -> Workspace {
    let mut documents = Workspace::new();
    push(documents.open("notes"), "text");
    push(documents.open("a"), "more");
    documents
}

#[test]
fn a_document_under_another_name_than_it_was_begun_with_is_not_made() {
    let mut documents = Workspace::new();
    push(documents.open("notes"), "text");
    let liar = Odd {
        documents,
        called: Some("another"),
        is_broken: false,
    };
    let mut pair = Pair::new(Workspace::new(), liar);
    pair.run();
    assert!(pair.here.is_empty());
    let unwanted = |event: &Event| matches!(event, Event::Unwanted { .. });
    assert_eq!(pair.count(unwanted), 1);
    assert!(pair.is_settled());
}

#[test]
fn a_document_that_cannot_be_had_is_left_out() {
    let odd = Odd {
        documents: notes_and_more(),
        called: None,
        is_broken: false,
    };
    let mut pair = Pair::new(Workspace::new(), odd);
    pair.run();
    assert_eq!(pair.here.len(), 2);
    pair.there.is_broken = true;
    push(pair.there.documents.open("notes"), "!");
    push(pair.there.documents.open("a"), "!");
    pair.run();
    let text = |name: &str| pair.here.get(name).map(|doc| doc.text("body").to_string());
    assert_eq!(text("notes").as_deref(), Some("text"));
    assert_eq!(text("a").as_deref(), Some("more!"));
    let refused =
        |event: &Event| matches!(event, Event::Refused { document, .. } if document == "notes");
    assert_eq!(pair.count(refused), 1);
}
