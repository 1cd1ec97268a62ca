//! The replicas of a scenario, on the engine and on the model at once, compared after every step.

use std::collections::BTreeMap;

use syncline::{Change, Doc, Level, VersionVector};

use super::marked::{Letters, show_spans};
use super::model::{Known, Model, show_conflicts};
use super::past::Noted;
use super::reading::{Roots, json_of, without_empty};
use super::scenario::{Edit, Parcel, Scenario, Step};
use super::{change, engine};

/// All replicas, the model that knows everything, and what is under way.
pub(super) struct World {
    model: Model,
    replicas: Vec<Replica>,
    packages: BTreeMap<u64, Package>,
    noted: Noted,
}

struct Replica {
    id: u64,
    doc: Doc,
    /// What the document knows, for the model.
    known: Known,
    /// All that ever came, of which some may wait.
    came: Known,
    reading: Roots,
    letters: Letters,
}

struct Package {
    to: usize,
    bytes: Vec<u8>,
    holds: Known,
}

impl World {
    pub(super) fn new(replicas: usize) -> World {
        let replicas = (1..).take(replicas).map(|id| Replica {
            id,
            doc: Doc::with_peer(engine::peer(id)),
            known: Known::default(),
            came: Known::default(),
            reading: Roots::new(),
            letters: Letters::new(),
        });
        World {
            model: Model::default(),
            replicas: replicas.collect(),
            packages: BTreeMap::new(),
            noted: Noted::default(),
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Do(on, edits, None) => self.transact(*on, edits),
            Step::Do(on, edits, Some(error)) => self.fail(*on, edits, error),
            Step::Pull(to, from) => self.pull(*to, *from),
            Step::Sync(one, other) => {
                self.pull(*one, *other);
                self.pull(*other, *one);
            }
            Step::Send(parcel) => self.send(parcel),
            Step::Deliver(id) => {
                let Package { to, bytes, holds } = &self.packages[id];
                let (to, bytes, holds) = (*to, bytes.clone(), holds.clone());
                self.receive(to, &bytes, holds);
            }
            Step::Reload(on) => {
                let replica = &mut self.replicas[*on];
                let mut loaded = Doc::load(&replica.doc.save()).expect("what it saved");
                loaded.set_peer(engine::peer(replica.id));
                replica.doc = loaded;
                self.compare(*on);
            }
        }
    }

    fn transact(&mut self, on: usize, edits: &[Edit]) {
        let replica = &mut self.replicas[on];
        let operations = replica.doc.operations();
        let made = self.model.transact(replica.id, &mut replica.known, edits);
        made.unwrap_or_else(|refusal| panic!("the model refuses: {refusal}"));
        let change = engine::transact(&mut replica.doc, edits);
        let change = change.unwrap_or_else(|error| panic!("refused: {error}"));
        assert_eq!(
            change.applied(),
            replica.doc.operations() - operations,
            "applied"
        );
        self.changed(on, &change);
    }

    /// A transaction that has to fail: nothing may stay of it.
    fn fail(&mut self, on: usize, edits: &[Edit], error: &str) {
        let replica = &mut self.replicas[on];
        let refusal = self.model.try_out(replica.id, &replica.known, edits).err();
        assert_eq!(
            refusal.map(|refusal| refusal.to_string()).as_deref(),
            Some(error),
            "the model"
        );
        if edits.iter().any(Edit::restores) {
            replica.doc.read_history().expect("its own");
        }
        let saved = replica.doc.save();
        let failed =
            engine::transact(&mut replica.doc, edits).expect_err("a transaction that cannot be");
        assert_eq!(engine::refusal(&failed), refusal, "the error is {failed:?}");
        assert!(
            replica.doc.save() == saved,
            "a failed transaction left something in what is saved"
        );
        self.compare(on);
    }

    fn pull(&mut self, to: usize, from: usize) {
        if to != from {
            let has = self.replicas[to].doc.version_vector();
            let bytes = self.replicas[from].doc.delta_since(&has);
            self.receive(to, &bytes, self.replicas[from].known.clone());
        }
    }

    fn send(&mut self, parcel: &Parcel) {
        let &Parcel { from, to, id, .. } = parcel;
        let since = parcel.lacks();
        let has = self.replicas[since].doc.version_vector();
        let bytes = self.replicas[from].doc.delta_since(&has);
        let holds = self.replicas[from]
            .known
            .without(&self.replicas[since].known);
        self.packages.insert(id, Package { to, bytes, holds });
    }

    /// Merges bytes that hold certain operations, and finds out which of them came to be known.
    fn receive(&mut self, to: usize, bytes: &[u8], holds: Known) {
        let replica = &mut self.replicas[to];
        let operations = replica.doc.operations();
        let change = replica
            .doc
            .merge(bytes)
            .unwrap_or_else(|error| panic!("refused: {error}"));
        assert_eq!(
            change.applied(),
            replica.doc.operations() - operations,
            "applied"
        );

        replica.came.extend(&holds);
        let known = self
            .model
            .known_by(&versions(&replica.doc.version_vector()));
        let known = known.unwrap_or_else(|operation| panic!("nobody made {operation:?}"));
        let expected = self.model.settled(&replica.known, &replica.came);
        assert!(
            expected.includes(&known),
            "something is known before what it follows"
        );
        assert!(
            known.includes(&expected),
            "something is held back though nothing is missing"
        );
        replica.known = known;

        let missing =
            |needs: syncline::OpId| replica.doc.version_vector().get(needs.peer) <= needs.seq;
        assert!(
            change
                .waiting()
                .iter()
                .all(|waiting| missing(waiting.needs)),
            "{change:?}"
        );
        let taken = replica.known.includes(&holds);
        assert_eq!(change.waiting().is_empty(), taken, "{change:?}");
        assert!(change.rejected().is_empty(), "{change:?}");
        self.changed(to, &change);
    }

    fn changed(&mut self, on: usize, change: &Change) {
        change::check(
            change,
            &self.replicas[on].reading,
            &engine::roots(&self.replicas[on].doc),
        );
        let Replica {
            doc,
            known,
            letters,
            ..
        } = &mut self.replicas[on];
        let now = engine::letters(doc);
        change::check_letters(change, letters, &now);
        *letters = now;
        self.noted.note(doc, known);
        self.compare(on);
    }

    /// Everything that a replica shows, against the model restricted to what it knows.
    fn compare(&mut self, on: usize) {
        let World {
            model, replicas, ..
        } = self;
        let Replica {
            doc,
            known,
            reading,
            ..
        } = &mut replicas[on];
        doc.check()
            .unwrap_or_else(|broken| panic!("replica {on} breaks an invariant: {broken}"));
        *reading = engine::roots(doc);
        let expected = without_empty(model.document(known));
        assert_eq!(
            without_empty(reading.clone()),
            expected,
            "replica {on} and the model"
        );
        assert_eq!(
            engine::conflicts(doc),
            model.conflicts(known),
            "conflicts of replica {on}"
        );
        assert_eq!(
            engine::marked(doc),
            model.marked(known),
            "marks of replica {on}"
        );
        assert_eq!(
            versions(&doc.version_vector()),
            model.versions(known),
            "replica {on} knows"
        );
        assert_eq!(
            usize::try_from(doc.operations()),
            Ok(known.iter().count()),
            "operations"
        );
        let frontier: Vec<_> = doc
            .frontier()
            .iter()
            .map(|id| (id.peer.get(), id.seq))
            .collect();
        assert_eq!(
            frontier,
            model.frontier(known),
            "the frontier of replica {on}"
        );
    }

    /// Everyone receives everything; then all agree, and with the model, and with what is expected.
    pub(super) fn end(&mut self, scenario: &Scenario) {
        let count = self.replicas.len();
        for from in 1..count {
            self.pull(0, from);
        }
        for to in 1..count {
            self.pull(to, 0);
        }
        for on in 0..count {
            self.compare(on);
            let (first, doc) = (&self.replicas[0].doc, &self.replicas[on].doc);
            assert_eq!(doc.to_json(), first.to_json(), "replicas {on} and 0");
            assert_eq!(doc.frontier(), first.frontier(), "replicas {on} and 0");
            doc.verify()
                .expect("what it shows is what its history comes to");
            self.arrive_whole(on);
            self.receive_again(on);
        }
        self.same_bytes();
        let last = self.replicas.last_mut().expect("a replica");
        self.noted.compare(&self.model, &mut last.doc);
        let (model, first) = (&self.model, &self.replicas[0]);
        assert_eq!(
            json_of(&first.reading),
            json_of(&model.document(&first.known))
        );
        if let Some(expect) = &scenario.expect {
            assert_eq!(json_of(&first.reading), expect.json, "the JSON expected");
            let conflicts = show_conflicts(&engine::conflicts(&first.doc));
            assert_eq!(conflicts, expect.conflicts, "the conflicts expected");
            if let Some(spans) = &expect.spans {
                let found = show_spans(&engine::marked(&first.doc));
                assert_eq!(found, *spans, "the spans expected");
            }
        }
    }

    /// A newcomer gets the same document in one delta or from what was saved, and so does a reader of that.
    fn arrive_whole(&mut self, from: usize) {
        let Replica { doc, reading, .. } = &mut self.replicas[from];
        let (delta, saved) = (doc.delta_since(&VersionVector::new()), doc.save());
        let mut copies = vec![Doc::load(&saved).unwrap_or_else(|error| panic!("saved: {error}"))];
        let plain = doc.delta_since_with(&VersionVector::new(), Level::None);
        for bytes in [delta, saved, plain] {
            let mut newcomer = Doc::with_peer(engine::peer(1 << 40));
            let change = newcomer
                .merge(&bytes)
                .unwrap_or_else(|error| panic!("whole: {error}"));
            change::check(&change, &Roots::new(), reading);
            change::check_letters(&change, &Letters::new(), &engine::letters(doc));
            copies.push(newcomer);
        }
        for copy in &copies {
            copy.check()
                .unwrap_or_else(|broken| panic!("an invariant: {broken}"));
            assert_eq!(engine::roots(copy), *reading, "replica {from}, whole");
            assert_eq!(engine::conflicts(copy), engine::conflicts(doc));
            assert_eq!(engine::marked(copy), engine::marked(doc));
            assert_eq!(copy.version_vector(), doc.version_vector());
            assert_eq!(copy.frontier(), doc.frontier());
        }
        engine::check_paths(doc, reading);
    }

    /// The same operations make the same bytes, however they came.
    fn same_bytes(&mut self) {
        for level in [Level::None, Level::Fast] {
            let whole = |replica: &mut Replica| {
                let nothing = VersionVector::new();
                replica.doc.delta_since_with(&nothing, level)
            };
            let bytes: Vec<_> = self.replicas.iter_mut().map(whole).collect();
            for (on, other) in bytes.iter().enumerate() {
                assert_eq!(other, &bytes[0], "bytes of replicas {on} and 0");
            }
        }
    }

    /// What is known already changes nothing, however it comes.
    fn receive_again(&mut self, on: usize) {
        let doc = &mut self.replicas[on].doc;
        for since in [doc.version_vector(), VersionVector::new()] {
            let bytes = doc.delta_since(&since);
            let change = doc
                .merge(&bytes)
                .unwrap_or_else(|error| panic!("its own: {error}"));
            assert!(change.is_empty(), "{change:?}");
            assert_eq!(change.applied(), 0);
        }
        self.compare(on);
    }
}

fn versions(vector: &VersionVector) -> BTreeMap<u64, u32> {
    vector
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(peer, count)| (peer.get(), count))
        .collect()
}
