//! Sessions at random: both sides write while messages are on their way, links break, sides are loaded anew, and sessions
//! resume what is true no more. What a session says is true when it says so, and in the end both sides agree.

use std::collections::{BTreeMap, VecDeque};

use proptest::collection::vec;
use proptest::prelude::*;
use support::pair::Pair;
use support::programs;
use support::small::{loaded, push, typed};
use syncline::sync::{Documents, Event, Options, Resume, Workspace};
use syncline::{Doc, VersionVector};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// One step of a random program; the sides are 0, which asks, and 1.
#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    /// A side says the next it has to say.
    Say(usize),
    /// The next message arrives at a side.
    Hear(usize),
    /// The link breaks, and another session begins.
    Again,
    /// All messages arrive, then another session begins.
    SettleAndAgain,
    /// The link breaks, and a side is loaded anew: what it counted as changes is forgotten.
    Reload(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..2usize, 0..3usize).prop_map(|(side, document)| Step::Write(side, document)),
        6 => (0..2usize).prop_map(Step::Say),
        6 => (0..2usize).prop_map(Step::Hear),
        1 => Just(Step::Again),
        2 => Just(Step::SettleAndAgain),
        1 => (0..2usize).prop_map(Step::Reload),
    ];
    vec(step, 1..40)
}

/// What both kinds of sides can do.
trait Side: Documents + Sized + Default {
    fn doc(&mut self, document: usize) -> &mut Doc;

    fn reloaded(&self) -> Self;

    /// How many operations there are of each document.
    fn versions(&self) -> BTreeMap<String, VersionVector>;
}

impl Side for Doc {
    fn doc(&mut self, _: usize) -> &mut Doc {
        self
    }

    fn reloaded(&self) -> Self {
        reloaded(self)
    }

    fn versions(&self) -> BTreeMap<String, VersionVector> {
        BTreeMap::from([(String::new(), self.version_vector())])
    }
}

impl Side for Workspace {
    fn doc(&mut self, document: usize) -> &mut Doc {
        self.open(NAMES[document])
    }

    fn reloaded(&self) -> Self {
        let mut workspace = Workspace::new();
        for name in self.names() {
            workspace.insert(name, reloaded(self.get(name).expect("its name")));
        }
        workspace
    }

    fn versions(&self) -> BTreeMap<String, VersionVector> {
        let version = |name: &str| self.get(name).expect("its name").version_vector();
        self.names()
            .map(|name| (name.into(), version(name)))
            .collect()
    }
}

fn reloaded(doc: &Doc) -> Doc {
    let mut again = Doc::load(&doc.save()).expect("what it saved");
    doc.peer().into_iter().for_each(|peer| again.set_peer(peer));
    again
}

/// The two sides, and what is on its way to each.
struct Program<S> {
    pair: Pair<S, S>,
    ways: [VecDeque<Vec<u8>>; 2],
    /// What each side had at the beginning of the session.
    began: [BTreeMap<String, VersionVector>; 2],
    resume: Option<Resume>,
    offers: bool,
    peers: u64,
}

impl<S: Side> Program<S> {
    fn new(here: S, there: S, offers: bool) -> Self {
        let mut program = Program {
            pair: Pair::new(S::default(), S::default()),
            ways: Default::default(),
            began: Default::default(),
            resume: None,
            offers,
            peers: 10,
        };
        program.begin(here, there);
        program
    }

    fn begin(&mut self, here: S, there: S) {
        let mut options = Options::default();
        options.resume = self.resume;
        options.offers = self.offers;
        self.began = [here.versions(), there.versions()];
        self.ways = Default::default();
        self.pair = Pair::with(here, there, options, Options::default());
    }

    fn again(&mut self) {
        self.resume = self.pair.asker.resume().or(self.resume);
        let here = std::mem::take(&mut self.pair.here);
        let there = std::mem::take(&mut self.pair.there);
        self.begin(here, there);
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Write(side, document) => self.write(side, document),
            Step::Say(side) => self.say(side),
            Step::Hear(side) => self.hear(side),
            Step::Again => self.again(),
            Step::SettleAndAgain => {
                self.settle();
                self.again();
            }
            Step::Reload(0) => {
                self.pair.here = self.pair.here.reloaded();
                self.again();
            }
            Step::Reload(_) => {
                self.pair.there = self.pair.there.reloaded();
                self.again();
            }
        }
    }

    fn write(&mut self, side: usize, document: usize) {
        let side = match side {
            0 => &mut self.pair.here,
            _ => &mut self.pair.there,
        };
        let doc = side.doc(document);
        // A document that came from the other side has no writer here yet.
        if doc.peer().is_none() {
            self.peers += 1;
            doc.set_peer(support::engine::peer(self.peers));
        }
        push(doc, "x");
    }

    fn say(&mut self, side: usize) {
        let pair = &mut self.pair;
        let said = match side {
            0 => pair.asker.next_message(&mut pair.here),
            _ => pair.answerer.next_message(&mut pair.there),
        };
        self.ways[1 - side].extend(said.expect("no fault"));
        self.check(side);
    }

    fn hear(&mut self, side: usize) {
        let Some(message) = self.ways[side].pop_front() else {
            return;
        };
        match side {
            0 => self.pair.reach_here(&message),
            _ => self.pair.reach_there(&message),
        }
        self.check(side);
    }

    /// What a side has just said is so.
    fn check(&mut self, side: usize) {
        let theirs = &self.began[1 - side];
        let has = |versions: &BTreeMap<String, VersionVector>, name: &str| {
            let Some(theirs) = theirs.get(name) else {
                return true;
            };
            let ours = versions.get(name).cloned().unwrap_or_default();
            ours.includes(theirs)
        };
        let session = match side {
            0 => &mut self.pair.asker,
            _ => &mut self.pair.answerer,
        };
        let mut wanted = Vec::new();
        while let Some(event) = session.next_event() {
            let versions = match side {
                0 => self.pair.here.versions(),
                _ => self.pair.there.versions(),
            };
            match event {
                Event::Synced { document } => assert!(has(&versions, &document), "{document}"),
                Event::Settled if !self.offers => {
                    assert!(theirs.keys().all(|name| has(&versions, name)));
                }
                Event::Offered { documents } => wanted.extend(documents),
                Event::Refused { .. } | Event::Forked { .. } | Event::Unwanted { .. } => {
                    panic!("{event:?}")
                }
                _ => {}
            }
        }
        session.fetch(wanted.iter().map(|offer| offer.name.as_str()));
    }

    /// Whatever there is to say is said and heard.
    fn settle(&mut self) {
        loop {
            for side in [0, 1] {
                self.say(side);
            }
            if self.ways.iter().all(VecDeque::is_empty) {
                break;
            }
            for side in [0, 1] {
                while !self.ways[side].is_empty() {
                    self.hear(side);
                }
            }
        }
        assert!(self.pair.is_settled());
    }

    fn end(&mut self) {
        self.settle();
        // What was written to documents that nobody asked for is not sent.
        if std::mem::take(&mut self.offers) {
            self.again();
            self.settle();
        }
    }
}

/// Side 0 and side 1, which have some documents in common.
fn workspaces(kinds: &[u8]) -> [Workspace; 2] {
    let mut sides = [Workspace::new(), Workspace::new()];
    for (at, kind) in kinds.iter().enumerate() {
        let (name, id) = (NAMES[at], 100 * (at as u64 + 1));
        let [here, there] = &mut sides;
        let doc = typed(id, "begun");
        match kind {
            0 => {}
            1 => drop(here.insert(name, doc)),
            2 => drop(there.insert(name, doc)),
            // Both have it; or each has one that is as long, of another writer.
            3 => {
                there.insert(name, loaded(&doc.save(), id + 1));
                here.insert(name, doc);
            }
            _ => {
                here.insert(name, doc);
                there.insert(name, typed(id + 1, "other"));
            }
        }
    }
    sides
}

proptest! {
    #![proptest_config(programs::config(200, 100_000))]

    #[test]
    fn workspaces_agree_in_the_end(kinds in vec(0..5u8, 3), offers in any::<bool>(), steps in steps()) {
        let [here, there] = workspaces(&kinds);
        let mut program = Program::new(here, there, offers);
        steps.iter().for_each(|step| program.play(step));
        program.end();
        program.pair.agree();
    }

    #[test]
    fn documents_agree_in_the_end(steps in steps()) {
        let mut program = Program::new(typed(1, "Anna"), typed(2, "Bert"), false);
        steps.iter().for_each(|step| program.play(step));
        program.end();
        program.pair.agree();
    }
}
