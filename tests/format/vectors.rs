//! What the test vectors are made of. Only new ones are ever written: those that are there stay as they are.

mod numbers;
mod strokes;
mod kinds;
mod people;
mod marks;
mod moved;
mod packed;
mod forked;

use support::small::doc;
use syncline::{Doc, Level, VersionVector};

use numbers::Numbers;

/// An encoding that shows something.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The vector that a reader must have read before.
    pub(crate) base: Option<&'static str>,
    /// How it was written: `none`, `fast` and `compact` are deltas, `save` is a snapshot.
    pub(crate) written: &'static str,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) const LEVELS: [(&str, Level); 3] = [
    ("none", Level::None),
    ("fast", Level::Fast),
    ("compact", Level::Compact),
];

const ANNA: u64 = 0x5ca1_ab1e_0dd5_0001;
const BEN: u64 = 0xb0a7_f00d_cafe_0002;
const CARL: u64 = u64::MAX;
const DORA: u64 = 0x00c0_ffee_0bad_0004;

/// A replica of what these bytes say.
fn copy(id: u64, bytes: &[u8]) -> Doc {
    let mut copy = doc(id);
    copy.merge(bytes).expect("it reads");
    copy
}

fn all(doc: &mut Doc, level: Level) -> Vec<u8> {
    doc.delta_since_with(&VersionVector::new(), level)
}

fn level(written: &str) -> Level {
    let level = LEVELS.iter().find(|level| level.0 == written);
    level.expect("a level").1
}

/// The vectors so far.
#[derive(Default)]
struct Vectors(Vec<Vector>);

impl Vectors {
    fn add(
        &mut self,
        name: &'static str,
        about: &'static str,
        base: Option<&'static str>,
        written: &'static str,
        bytes: Vec<u8>,
    ) {
        self.0.push(Vector {
            name,
            about,
            base,
            written,
            bytes,
        });
    }

    /// Adds all that a document knows, as a delta.
    fn whole(
        &mut self,
        name: &'static str,
        about: &'static str,
        written: &'static str,
        doc: &mut Doc,
    ) {
        self.add(name, about, None, written, all(doc, level(written)));
    }
}

/// Every vector, those that others build on first.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut vectors = Vectors::default();
    vectors.whole("empty", "a delta of nothing", "fast", &mut doc(ANNA));
    strokes::strokes(&mut vectors);
    kinds::kinds(&mut vectors);
    let three = people::people(&mut vectors);
    people::files(&mut vectors, &three);
    people::moves(&mut vectors);
    people::restores(&mut vectors);
    people::taken_back(&mut vectors);
    people::remarks(&mut vectors);
    marks::marks(&mut vectors);
    let mut numbers = Numbers(3);
    packed::codes(&mut vectors, &mut numbers);
    packed::columns(&mut vectors, &mut numbers);
    packed::texts(&mut vectors, &mut numbers);
    forked::forks(&mut vectors);
    moved::moved(&mut vectors);
    moved::board(&mut vectors);
    vectors.0
}
