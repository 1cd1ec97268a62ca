//! A store that is written to while something fails: at each point in turn, once and from then on.
//!
//! - The error has a name, and is not taken for damage; nothing panics.
//! - What had been committed stays; what failed can be done again when all is well, and is there once.
//! - The store opens again, and is whole.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use syncline_store::{
    BlobId, Collection, Compaction, Entry, Error, Job, Options, Store, Verification,
};

/// What fails, and how it is seen.
pub(crate) struct Trouble<'t> {
    pub(crate) name: &'t str,
    /// Has the point after so many others fail, and all after it if it lasts.
    pub(crate) begin: &'t dyn Fn(u32, bool),
    /// Has nothing fail from now on; whether something did.
    pub(crate) heal: fn() -> bool,
    /// Whether an error is one of it.
    pub(crate) is_named: &'t dyn Fn(&Error) -> bool,
    /// The workload: so many commits, and in their midst this blob, a compaction and a collection.
    pub(crate) commits: u32,
    pub(crate) picture: &'t [u8],
}

/// Goes through all points, each so many after the one before; gives how many failed.
pub(crate) fn at_each_point(trouble: &Trouble<'_>, step: usize) -> u32 {
    let mut fired = 0;
    for lasts in [false, true] {
        for left in (0..).step_by(step) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("numbers");
            let mut store = Store::create(&path, &Options::new()).unwrap();
            store.create_document("numbers").unwrap();
            drop(store);
            (trouble.begin)(left, lasts);
            let was_healed = Cell::new(false);
            let work = || workload(&path, trouble, &was_healed);
            let worked = catch_unwind(AssertUnwindSafe(work));
            let has_fired = (trouble.heal)() || was_healed.get();
            let context = format!("{} after {left}, lasting: {lasts}", trouble.name);
            assert!(worked.is_ok(), "{context}");
            check(&path, trouble, &context);
            if !has_fired {
                break;
            }
            fired += 1;
        }
    }
    fired
}

/// Opens, commits, puts a blob, compacts and collects.
fn workload(path: &Path, trouble: &Trouble<'_>, was_healed: &Cell<bool>) {
    let insist = Insist {
        trouble,
        was_healed,
    };
    let mut store = insist.on(|| Store::open(path, &Options::new()));
    let mut numbers = insist.on(|| store.document("numbers"));
    for number in 0..trouble.commits {
        let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
        numbers.doc_mut().transact(push).unwrap();
        match number % 2 {
            0 => insist.on(|| store.commit(&mut numbers, &Entry::new())),
            _ => {
                insist.on(|| store.commit_soon(&mut [&mut numbers], &Entry::new()));
                insist.on(|| store.syncer()?.map_or(Ok(()), |syncer| syncer.sync()));
            }
        }
        if number == trouble.commits / 2 {
            insist.on(|| Compaction::new(&store)?.run(&mut store));
            let picture = insist.on(|| store.put_blob(trouble.picture));
            insist.on(|| store.name_blob("picture", &picture));
            insist.on(|| Collection::new(&mut store)?.run(&mut store));
        }
    }
    assert!(!numbers.is_changed());
}

struct Insist<'t> {
    trouble: &'t Trouble<'t>,
    was_healed: &'t Cell<bool>,
}

impl Insist<'_> {
    /// Does something; if it fails, all is made well, and it is done again.
    fn on<T>(&self, mut act: impl FnMut() -> Result<T, Error>) -> T {
        match act() {
            Ok(done) => done,
            Err(error) => {
                assert!((self.trouble.is_named)(&error), "{error}");
                self.was_healed.set((self.trouble.heal)());
                act().unwrap()
            }
        }
    }
}

fn check(path: &Path, trouble: &Trouble<'_>, context: &str) {
    let store = Store::open(path, &Options::new()).unwrap();
    let numbers = store.document("numbers").unwrap();
    let body = numbers.doc().text("body").to_string();
    let numbers = (0..trouble.commits).map(|number| format!("{number} "));
    assert_eq!(body, numbers.collect::<String>(), "{context}");
    let picture = store.named_blob("picture").unwrap();
    assert_eq!(picture, BlobId::of(trouble.picture), "{context}");
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    let failures = verification.failures();
    assert!(failures.is_empty(), "{context}: {failures:?}");
}
