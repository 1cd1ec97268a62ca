//! What the test vectors are made of. Only new ones are ever written: those that are there stay as they are.

use support::engine::peer;
use support::small::{doc, loaded, made, send, write};
use syncline::{Doc, Error, Level, SaveOptions, Transaction, Value, VersionVector, value};

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

/// A document of a peer whose id was written under twice, and of somebody who knows both histories; and what he wrote later,
/// in containers that both histories made with one operation.
fn forked() -> [Doc; 2] {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.text("body").insert(0, &"shared ".repeat(9))
    });
    let shared = all(&mut one, Level::Fast);
    let mut other = copy(ANNA, &shared);
    for (doc, word) in [(&mut one, "one"), (&mut other, "two")] {
        write(doc, |tx| {
            tx.text("body").push(word)?;
            tx.list("todo").push(value!({ "by": word }))
        });
        doc.split_peer(peer(ANNA), 63).expect("it has its history");
    }
    send(&mut other, &mut one);
    one.set_peer(peer(BEN));
    write(&mut one, |tx| tx.text("body").push("."));
    let mut friend = copy(DORA, &all(&mut one, Level::Fast));
    for at in 0..2 {
        write(&mut friend, |tx| tx.list("todo").map(at)?.set("read", true));
    }
    write(&mut friend, |tx| tx.text("body").push("!"));
    [one, friend]
}

const PIECES: [&str; 8] = [
    "Every replica edits its own copy. ",
    "Any two that exchange what they lack hold the same document. ",
    "A peer is one writer, ",
    "whose operations are numbered from zero without gaps. ",
    "What comes early waits; ",
    "\u{fc}ber \u{1f600} ",
    "nothing is guessed. ",
    "Deltas may come in any order, and more than once. ",
];

/// Numbers that look like nothing in particular, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("it is below")
    }

    fn words(&mut self, count: usize) -> String {
        let word = |numbers: &mut Numbers| {
            let letters = 1 + numbers.below(8);
            let letter = |numbers: &mut Numbers| b"eeetttaaooiinsshrdlucm"[numbers.index(22)];
            let word: Vec<u8> = (0..letters).map(|_| letter(numbers)).collect();
            String::from_utf8(word).expect("letters") + " "
        };
        (0..count).map(|_| word(self)).collect()
    }
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
    strokes(&mut vectors);
    kinds(&mut vectors);
    let three = people(&mut vectors);
    files(&mut vectors, &three);
    let mut numbers = Numbers(3);
    codes(&mut vectors, &mut numbers);
    columns(&mut vectors, &mut numbers);
    texts(&mut vectors, &mut numbers);
    forks(&mut vectors);
    vectors.0
}

/// What continues a stretch of typing.
fn strokes(vectors: &mut Vectors) {
    let mut anna = doc(ANNA);
    write(&mut anna, |tx| tx.text("body").insert(0, "Helo"));
    let typed = all(&mut anna, Level::Fast);
    vectors.add(
        "typed",
        "one stretch of typing into a root, default codes",
        None,
        "fast",
        typed.clone(),
    );
    let mut stroke = |name, about, work: &dyn Fn(&mut Transaction<'_>) -> Result<(), Error>| {
        let mut anna = copy(ANNA, &typed);
        write(&mut anna, work);
        let since = copy(BEN, &typed).version_vector();
        vectors.add(name, about, Some("typed"), "fast", anna.delta_since(&since));
    };
    stroke(
        "keystroke-on",
        "a letter typed where the last one ended",
        &|tx| tx.text("body").insert(4, "!"),
    );
    stroke("keystroke-apart", "a letter typed elsewhere", &|tx| {
        tx.text("body").insert(3, "l")
    });
    stroke(
        "keystroke-several",
        "letters typed, one outside the basic plane",
        &|tx| tx.text("body").insert(0, "\u{1f600} \u{e9}"),
    );
    stroke("keystroke-delete", "a character deleted", &|tx| {
        tx.text("body").delete(0..1)
    });
    stroke(
        "keystroke-delete-several",
        "characters deleted, forwards",
        &|tx| tx.text("body").delete(1..3),
    );
    stroke(
        "keystroke-backspace",
        "characters deleted, backwards",
        &|tx| {
            tx.text("body").delete(3..4)?;
            tx.text("body").delete(2..3)?;
            tx.text("body").delete(1..2)
        },
    );
    stroke(
        "goes-on-stretches",
        "a delta that goes on: several stretches in the text where its author was",
        &|tx| {
            tx.text("body").insert(4, " world")?;
            tx.text("body").insert(3, "l")?;
            tx.text("body").delete(5..7)
        },
    );
    stroke(
        "goes-on-elsewhere",
        "a delta that goes on, first in another container than where its author was",
        &|tx| {
            tx.map("meta").set("title", "Notes")?;
            tx.text("body").insert(4, "?")
        },
    );
    stroke(
        "goes-on-long",
        "a delta that goes on with a text too long for a keystroke",
        &|tx| tx.text("body").insert(4, &Numbers(1).words(40)),
    );
}

/// Values of every kind, and containers in each other.
fn every_kind(tx: &mut Transaction<'_>) -> Result<(), Error> {
    let mut map = tx.map("values");
    map.set("null", Value::Null)?;
    map.set("false", false)?;
    map.set("true", true)?;
    map.set("int", 7)?;
    map.set("negative", -1_000_000)?;
    map.set("least", i64::MIN)?;
    map.set("most", i64::MAX)?;
    map.set("float", 0.25)?;
    map.set("nan", f64::NAN)?;
    map.set("minus zero", -0.0)?;
    map.set("string", "\u{fc}ber \u{1f600}")?;
    map.set("bytes", vec![0_u8, 255, 128])?;
    map.set("removed", "soon gone")?;
    map.remove("removed")?;
    map.set("made list", value!([1, "two", [3.5]]))?;
    map.set("made map", value!({ "in": { "deep": true } }))?;
    map.by_ref().text("text")?.insert(0, "nested")?;
    map.by_ref().list("list")?.push(1)?;
    map.by_ref().map("map")?.text("text")?.push("deeper")?;
    map.by_ref().counter("counter")?.add(-5)?;
    map.remove("map")?;
    map.by_ref().map("map")?.set("second", "generation")?;
    tx.counter("votes").add(3)?;
    tx.counter("votes").add(-4)?;
    let mut list = tx.list("todo");
    list.insert_all(0, [value!(1), value!("two"), value!(null)])?;
    list.set(1, value!({ "done": true }))?;
    list.by_ref().push_text()?.insert(0, "in a list")?;
    list.by_ref().push_counter()?.add(2)?;
    list.by_ref().push_list()?.push(false)?;
    list.by_ref().push_map()?.set("k", "v")?;
    list.delete(0..1)?;
    list.insert(0, 2.5)
}

fn kinds(vectors: &mut Vectors) {
    let mut doc_of_kinds = doc(CARL);
    write(&mut doc_of_kinds, every_kind);
    for (name, about, written) in [
        (
            "kinds-none",
            "every kind of value and container, nested, nothing packed",
            "none",
        ),
        ("kinds-fast", "the same, packed fast", "fast"),
        (
            "kinds-compact",
            "the same, packed with Brotli where that is smaller",
            "compact",
        ),
    ] {
        vectors.whole(name, about, written, &mut doc_of_kinds);
    }
    vectors.add(
        "snapshot",
        "a snapshot: the same again, saved",
        None,
        "save",
        doc_of_kinds.save(),
    );

    let bytes = made(&mut doc_of_kinds, |doc| {
        write(doc, |tx| tx.counter("votes").add(1))
    });
    vectors.add(
        "kinds-on",
        "goes on in a counter: its mark stands for every kind of value and container",
        Some("kinds-fast"),
        "fast",
        bytes,
    );
}

/// What three people did apart from one version; gives the document of one who knows it all.
fn people(vectors: &mut Vectors) -> Doc {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.text("body").insert(0, &Numbers(9).words(30))
    });
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    let mut three = copy(CARL, &all(&mut one, Level::Fast));
    let shared = one.version_vector();
    let base = all(&mut one, Level::Fast);
    vectors.add(
        "shared",
        "what three people start from: longer than a block of the chain",
        None,
        "fast",
        base,
    );
    write(&mut one, |tx| tx.text("body").insert(5, "one"));
    write(&mut two, |tx| tx.text("body").insert(5, "two"));
    write(&mut two, |tx| tx.text("body").delete(0..4));
    write(&mut three, |tx| tx.map("meta").set("title", "three"));
    let waits = two.delta_since(&shared);
    send(&mut two, &mut one);
    send(&mut three, &mut one);
    write(&mut one, |tx| {
        tx.text("body").insert(0, "merged ")?;
        tx.map("meta").set("title", "one")
    });
    send(&mut one, &mut three);
    write(&mut three, |tx| tx.text("body").delete(2..5));
    vectors.add(
        "marks",
        "what three people did apart from a shared version: parents outside, with marks",
        Some("shared"),
        "fast",
        three.delta_since(&shared),
    );
    vectors.add(
        "marks-merge",
        "a run that goes on and follows another peer's operation too",
        Some("marks"),
        "fast",
        {
            let before = three.version_vector();
            let mut one = copy(ANNA, &all(&mut three, Level::Fast));
            write(&mut one, |tx| tx.text("body").insert(0, "A"));
            write(&mut three, |tx| tx.text("body").insert(1, "C"));
            send(&mut one, &mut three);
            write(&mut three, |tx| tx.text("body").insert(1, "B"));
            three.delta_since(&before)
        },
    );
    vectors.whole(
        "concurrent",
        "the whole history of three people",
        "fast",
        &mut three,
    );
    let mut behind = doc(DORA);
    behind.merge(&waits).expect("it waits");
    write(&mut behind, |tx| tx.counter("own").add(1));
    vectors.add(
        "snapshot-waiting",
        "a snapshot with a delta that waits for its parents",
        None,
        "save",
        behind.save(),
    );
    three
}

/// Documents without their history.
fn files(vectors: &mut Vectors, three: &Doc) {
    vectors.add(
        "shallow",
        "a snapshot without history, of three people and a long hash chain",
        None,
        "shallow",
        {
            let mut long = loaded(&three.save(), BEN);
            for at in 0..70 {
                write(&mut long, |tx| tx.text("body").insert(at, "~"));
            }
            long.save_with(&SaveOptions::new().shallow())
        },
    );
    let mut kept = doc(ANNA);
    write(&mut kept, |tx| tx.text("body").insert(0, "kept"));
    let since = kept.version_vector();
    let mut file = kept.save_with(&SaveOptions::new().shallow_since(since));
    for more in [", and more", ", and more yet"] {
        let point = kept.save_point();
        write(&mut kept, |tx| tx.text("body").push(more));
        file.extend(kept.save_since(&point));
    }
    vectors.add(
        "file",
        "a snapshot without history, and two pieces appended to it",
        None,
        "file",
        file,
    );
}

fn codes(vectors: &mut Vectors, numbers: &mut Numbers) {
    let mut busy = doc(ANNA);
    for _ in 0..400 {
        let len = busy.text("body").len();
        let at = numbers.index(len + 1);
        write(&mut busy, |tx| match numbers.below(4) {
            0 if at > 3 => tx.text("body").delete(at - 3..at),
            1 => tx.text("body").insert(at, "x\u{1f600}y"),
            _ => tx.text("body").insert(at, "ab"),
        });
    }
    vectors.whole(
        "own-codes",
        "edits all over a text: fields with codes of their own",
        "none",
        &mut busy,
    );
}

fn columns(vectors: &mut Vectors, numbers: &mut Numbers) {
    let mut rows = doc(ANNA);
    for row in 0..300_u64 {
        let noise = numbers.below(1 << 40);
        write(&mut rows, |tx| {
            tx.map("rows")
                .set(&format!("row {row:04}"), (row * row * 100_003) as i64)?;
            tx.list("log").push(noise as i64)?;
            tx.list("log").push(if row % 3 == 0 {
                Value::Bool(true)
            } else {
                Value::Null
            })
        });
    }
    vectors.whole(
        "columns",
        "three hundred rows: columns, of differences too",
        "fast",
        &mut rows,
    );
    vectors.whole(
        "columns-compact",
        "the same, packed with Brotli",
        "compact",
        &mut rows,
    );

    let mut times = doc(DORA);
    for row in 0..200_u64 {
        let time = 1_700_000_000_000 + row * 60_000 + numbers.below(3);
        write(&mut times, |tx| tx.list("times").push(time as i64));
    }
    vectors.whole(
        "columns-differences",
        "integers that grow: a column of differences",
        "fast",
        &mut times,
    );
}

/// Texts in every packing.
fn texts(vectors: &mut Vectors, numbers: &mut Numbers) {
    let pieces: String = (0..90)
        .map(|_| PIECES[numbers.index(PIECES.len())])
        .collect();
    let mut packed = |name, about, written, text: &str| {
        let mut doc = doc(BEN);
        write(&mut doc, |tx| tx.text("body").insert(0, text));
        vectors.whole(name, about, written, &mut doc);
    };
    let words = Numbers(7).words(60);
    packed("text-none", "a text as it is", "none", &words);
    packed("text-prefix", "a text in a prefix code", "fast", &words);
    packed(
        "text-lz4",
        "a text in lz4",
        "fast",
        &"over and over again, ".repeat(9),
    );
    packed(
        "text-lz4-prefix",
        "a text in lz4, then a prefix code",
        "fast",
        &pieces,
    );
    packed("text-brotli", "a text in Brotli", "compact", &pieces);
    packed(
        "text-one-symbol",
        "a text of one letter, which stands alone in its code",
        "fast",
        &"a".repeat(30),
    );
}

fn forks(vectors: &mut Vectors) {
    let [mut forked, mut friend] = forked();
    vectors.whole(
        "forked",
        "one peer id, two histories: segments, and an operation that follows both",
        "fast",
        &mut forked,
    );
    let known = forked.version_vector();
    forked
        .merge(&friend.delta_since(&known))
        .expect("it merges");
    vectors.add(
        "forked-on",
        "that follows two segments that have one original number, and names them",
        Some("forked"),
        "fast",
        forked.delta_since(&known),
    );
    let known = friend.version_vector();
    write(&mut friend, |tx| tx.text("body").push("?"));
    vectors.add(
        "forked-keystroke",
        "after operations in containers that two histories made with one operation: the mark tells which",
        Some("forked-on"),
        "fast",
        friend.delta_since(&known),
    );
    let noted = [(peer(CARL), 7)];
    forked.split_peers(&noted).expect("it is noted");
    vectors.add(
        "forked-saved",
        "that as a snapshot, with a split of which no operation is known",
        None,
        "save",
        forked.save(),
    );
    let shallow = SaveOptions::new().shallow();
    vectors.add(
        "forked-shallow",
        "that as a snapshot without history: chains of segments go on",
        None,
        "shallow",
        forked.save_with(&shallow),
    );
}
