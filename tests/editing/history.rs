//! Going back: versions of the past, forks, and what differs.
//!
//! That a version shows what it did, and that a difference turns one into the other, random programs verify (see
//! `support/past.rs`). Here: what is refused, documents without their history, and what belongs to the whole document.

use proptest::collection::vec;
use proptest::prelude::*;
use support::engine::peer;
use support::traces::{self, Trace, type_into};
use support::{forks, programs};
use syncline::{
    Blame, Doc, Error, Frontier, Kind, OpId, Origin, SaveOptions, TextEdit, Value, VersionVector,
    value,
};

fn typed(doc: &mut Doc, text: &str) -> Frontier {
    doc.transact(|tx| tx.text("body").push(text))
        .expect("it fits");
    doc.frontier()
}

fn body(doc: &Doc) -> String {
    doc.text("body").to_string()
}

/// A text as edits make it.
fn edited(text: &str, edits: &[TextEdit]) -> String {
    let mut old = text.chars();
    let mut new = String::new();
    for edit in edits {
        match edit {
            TextEdit::Retain(len) => new.extend(old.by_ref().take(*len)),
            TextEdit::Insert(text) => new.push_str(text),
            TextEdit::Delete(len) => drop(old.by_ref().take(*len).count()),
        }
    }
    new.extend(old);
    new
}

#[test]
fn a_version_that_is_not_known_is_named() {
    let mut doc = Doc::with_peer(peer(1));
    let first = typed(&mut doc, "a");
    let stranger = OpId {
        peer: peer(2),
        seq: 0,
    };
    let beyond = OpId {
        peer: peer(1),
        seq: 1,
    };
    for id in [stranger, beyond] {
        let version: Frontier = first.iter().chain([id]).collect();
        let unknown = Err(Error::UnknownVersion { id });
        assert_eq!(doc.at(&version).map(drop), unknown);
        assert_eq!(doc.fork_at(&version).map(drop), unknown);
        assert_eq!(doc.diff(&first, &version).map(drop), unknown);
        assert_eq!(doc.changes_since(&version).map(drop), unknown);
    }
    assert_eq!(body(&doc), "a");
}

#[test]
fn the_empty_version_is_one() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    typed(&mut doc, "abc");
    let past = doc.at(&Frontier::default())?;
    assert_eq!(past.roots().count(), 0);
    assert!(past.version_vector().is_empty());
    let all = doc.changes_since(&Frontier::default())?;
    assert_eq!(all.text("body"), [TextEdit::Insert("abc".into())]);
    assert_eq!(all.applied(), 3);
    Ok(())
}

#[test]
fn a_frontier_with_needless_operations_is_the_version_they_come_to() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let first = typed(&mut doc, "a");
    let second = typed(&mut doc, "b");
    typed(&mut doc, "c");
    let both: Frontier = first.iter().chain(second.iter()).collect();
    let past = doc.at(&both)?;
    assert_eq!(body(&past), "ab");
    assert_eq!(past.frontier(), second);
    Ok(())
}

#[test]
fn a_version_within_a_stretch_of_typing_is_one() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").push("Grüße, 中文 🙂!"))?;
    doc.transact(|tx| tx.text("body").delete(2..9))?;
    let version = |seq| -> Frontier { [OpId { peer: peer(1), seq }].into_iter().collect() };
    assert_eq!(body(&*doc.at(&version(10))?), "Grüße, 中文 🙂");
    assert_eq!(body(&*doc.at(&version(14))?), "Gr, 中文 🙂!");
    let back = doc.diff(&version(17), &version(11))?;
    let edits = [TextEdit::Retain(2), TextEdit::Insert("üße, 中".into())];
    assert_eq!(back.text("body"), edits);
    Ok(())
}

#[test]
fn a_document_without_its_history_goes_back_to_its_cut() -> Result<(), Error> {
    let mut whole = Doc::with_peer(peer(1));
    let before = typed(&mut whole, "before");
    whole.transact(|tx| tx.list("todo").push(value!({ "done": false })))?;
    let cut = typed(&mut whole, ", cut");
    let saved = whole.save_with(&SaveOptions::new().shallow());

    let mut doc = Doc::load(&saved)?;
    doc.set_peer(peer(2));
    let at_cut = doc.at(&cut)?;
    assert_eq!(body(&at_cut), "before, cut");
    doc.transact(|tx| tx.text("body").delete(0..8))?;
    let first = doc.frontier();
    doc.transact(|tx| tx.list("todo").map(0)?.set("done", true))?;
    typed(&mut doc, "!");

    assert_eq!(body(&*doc.at(&cut)?), "before, cut");
    assert_eq!(doc.at(&cut)?.get("todo/0/done"), Some(false.into()));
    assert_eq!(
        doc.at(&first)?.to_json(),
        value!({ "body": "cut", "todo": [{ "done": false }] }).to_json()
    );
    let back = doc.diff(&first, &cut)?;
    assert_eq!(back.text("body"), [TextEdit::Insert("before, ".into())]);
    let on = doc.changes_since(&first)?;
    assert_eq!(on.map("todo/0"), [("done".to_owned(), Some(true.into()))]);

    let needs = doc.at(&before).map(drop);
    let id = before.iter().next().expect("one operation");
    assert_eq!(needs, Err(Error::NeedsBase { id }));
    assert!(matches!(
        doc.at(&Frontier::default()).map(drop),
        Err(Error::NeedsBase { .. })
    ));

    // What was written from there on goes back to where the history is.
    let mut fork = doc.fork_at(&first)?;
    fork.set_peer(peer(3));
    typed(&mut fork, "?");
    whole.merge(&fork.delta_since(&whole.version_vector()))?;
    assert_eq!(body(&whole), "cut?");
    Ok(())
}

#[test]
fn a_history_that_is_encoded_is_read_when_it_is_asked_for() -> Result<(), Error> {
    let mut writer = Doc::with_peer(peer(1));
    let first = typed(&mut writer, "one");
    typed(&mut writer, ", two");
    let mut doc = Doc::load(&writer.save())?;
    let last = typed(&mut doc, ", three");
    assert_eq!(body(&*doc.at(&last)?), "one, two, three");
    assert_eq!(body(&*doc.at(&first)?), "one");
    let change = doc.changes_since(&first)?;
    let edits = [TextEdit::Retain(3), TextEdit::Insert(", two, three".into())];
    assert_eq!(change.text("body"), edits);
    Ok(())
}

#[test]
fn a_fork_holds_all_and_writes_as_another() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    typed(&mut doc, "one");
    let known = doc.version_vector();
    typed(&mut doc, ", two");
    let late = doc.delta_since(&known);

    // A document with a delta that waits.
    let mut other = Doc::with_peer(peer(2));
    other.merge(&late)?;
    let mut fork = other.fork();
    assert_eq!(fork.peer(), None);
    fork.merge(&doc.delta_since(&VersionVector::new()))?;
    assert_eq!(body(&fork), "one, two");
    assert_eq!(fork.frontier(), doc.frontier());
    fork.set_peer(peer(3));
    typed(&mut fork, "!");
    fork.verify()?;
    assert_eq!(body(&doc), "one, two");
    doc.merge(&fork.delta_since(&doc.version_vector()))?;
    assert_eq!(body(&doc), "one, two!");
    Ok(())
}

#[test]
fn a_fork_of_a_version_has_that_history_and_no_more() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let first = typed(&mut doc, "one");
    typed(&mut doc, ", two");
    let mut fork = doc.fork_at(&first)?;
    fork.set_peer(peer(2));
    assert_eq!(fork.frontier(), first);
    assert_eq!(fork.operations(), 3);
    fork.verify()?;
    typed(&mut fork, "?");
    // Both go on from the same operations: their hashes agree.
    fork.merge(&doc.delta_since(&fork.version_vector()))?;
    doc.merge(&fork.delta_since(&doc.version_vector()))?;
    assert_eq!(body(&fork), body(&doc));
    fork.check().expect("the invariants");
    Ok(())
}

#[test]
fn versions_go_with_peers_that_were_split() -> Result<(), Error> {
    let mut one = forks::original();
    let before = one.frontier();
    let mut other = forks::copy(&one);
    forks::write(&mut one, |tx| tx.text("body").insert(0, "1"));
    forks::write(&mut other, |tx| tx.text("body").push("2"));
    forks::meet(&mut one, &mut other);
    let both = one.to_json();
    let versions: Vec<Frontier> = one
        .frontier()
        .iter()
        .map(|head| [head].into_iter().collect())
        .collect();
    let mut shown = Vec::new();
    for version in &versions {
        let mut fork = one.fork_at(version)?;
        shown.push(body(&fork));
        fork.check().expect("the invariants");
        assert_eq!(fork.splits().count(), 1);
        fork.verify()?;
        fork.merge(&one.delta_since(&fork.version_vector()))?;
        assert_eq!(fork.to_json(), both);
        assert_eq!(fork.frontier(), one.frontier());
    }
    shown.sort_unstable();
    assert_eq!(shown, ["1shared", "shared2"]);
    let past = one.at(&before)?;
    past.check().expect("the invariants");
    assert_eq!(body(&past), "shared");
    let change = one.diff(&versions[0], &versions[1])?;
    assert_eq!(change.text("body").len(), 3, "{change:?}");
    Ok(())
}

#[test]
fn branches_differ_by_what_each_has() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    typed(&mut doc, "0123456789");
    let mut other = doc.fork();
    other.set_peer(peer(2));
    doc.transact(|tx| tx.text("body").replace(2..5, "x"))?;
    other.transact(|tx| tx.text("body").replace(4..7, "yz"))?;
    let (mine, theirs) = (doc.frontier(), other.frontier());
    doc.merge(&other.delta_since(&doc.version_vector()))?;
    let change = doc.diff(&mine, &theirs)?;
    let edits = [
        TextEdit::Retain(2),
        TextEdit::Insert("23yz".into()),
        TextEdit::Delete(3),
    ];
    assert_eq!(body(&*doc.at(&mine)?), "01x56789");
    assert_eq!(body(&*doc.at(&theirs)?), "0123yz789");
    assert_eq!(change.text("body"), edits);
    assert_eq!(edited("01x56789", &edits), "0123yz789");
    Ok(())
}

#[test]
fn roots_that_a_version_did_not_have_empty_on_the_way_back() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let first = typed(&mut doc, "a");
    doc.transact(|tx| {
        tx.map("meta").set("title", "Notes")?;
        tx.list("todo").push(1)?;
        tx.counter("votes").add(2)?;
        tx.map("meta").text("notes")?.push("in it")
    })?;
    let now = doc.frontier();
    let back = doc.diff(&now, &first)?;
    let gone = |key: &str| (key.to_owned(), None);
    assert_eq!(back.map("meta"), [gone("notes"), gone("title")]);
    assert_eq!(back.list("todo"), [syncline::ListEdit::Delete(1)]);
    assert_eq!(back.counter("votes"), -2);
    Ok(())
}

/// Each character says which operation inserted it: blame must agree, after any edits of three people and their merges. And
/// whoever knows everything can show what each of them saw, and what differs.
fn says_who_wrote(steps: &[(usize, usize, usize)]) -> Result<(), TestCaseError> {
    let mut seen: Vec<(Frontier, String)> = Vec::new();
    let mut docs = [1, 2, 3].map(|id| Doc::with_peer(peer(id)));
    let id_of = |char: char| {
        let number = u32::from(char) - 0x10000;
        OpId {
            peer: peer(u64::from(number >> 12)),
            seq: number & 0xfff,
        }
    };
    for &(on, at, what) in steps {
        let on = on % 3;
        if what % 5 == 0 {
            let from = (on + 1 + what / 5 % 2) % 3;
            let known = docs[on].version_vector();
            let delta = docs[from].delta_since(&known);
            docs[on].merge(&delta).expect("a delta");
            continue;
        }
        let doc = &mut docs[on];
        seen.push((doc.frontier(), body(doc)));
        let (own, len) = (on as u64 + 1, doc.text("body").len());
        let next = doc.version_vector().get(peer(own));
        let char = |nth: u32| {
            let number = u32::try_from(own).expect("small") << 12 | (next + nth);
            char::from_u32(0x10000 + number).expect("a scalar")
        };
        let at = at % (len + 1);
        let done = doc.transact(|tx| {
            if what % 5 == 1 {
                tx.text("body").delete(at..(at + what % 7).min(len))
            } else {
                let typed: String = (0..u32::try_from(what % 4).expect("small"))
                    .map(char)
                    .collect();
                tx.text("body").insert(at, &typed)
            }
        });
        done.expect("it fits");
    }
    for doc in &mut docs {
        let shown: Vec<OpId> = body(doc).chars().map(id_of).collect();
        let blamed = match doc.blame("body") {
            Err(Error::NoSuchPath { .. }) => Vec::new(),
            Ok(Blame::Text(written)) => written,
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let each = |by: &syncline::Written| {
            let first = by.id.expect("the history is there");
            let len = u32::try_from(by.len).expect("small");
            (0..len).map(move |nth| OpId {
                seq: first.seq + nth,
                ..first
            })
        };
        let blamed: Vec<OpId> = blamed.iter().flat_map(each).collect();
        prop_assert_eq!(blamed, shown);
        seen.push((doc.frontier(), body(doc)));
    }
    let [first, second, third] = &mut docs;
    for other in [second, third] {
        let delta = other.delta_since(&first.version_vector());
        first.merge(&delta).expect("a delta");
    }
    for (nth, (version, text)) in seen.iter().enumerate() {
        prop_assert_eq!(&body(&first.at(version).expect("it was")), text);
        let (other, shown) = &seen[(nth * 7 + 3) % seen.len()];
        let change = first.diff(version, other).expect("they were");
        prop_assert_eq!(&edited(text, &change.text("body")), shown);
    }
    Ok(())
}

proptest! {
    #![proptest_config(programs::config(128, 20_000))]

    #[test]
    fn three_people_are_told_apart_and_each_of_their_versions_shown(
        steps in vec((0..3usize, 0..1000usize, 0..1000usize), 1..80)
    ) {
        says_who_wrote(&steps)?;
    }
}

#[test]
fn blame_tells_of_elements_and_keys() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.list("todo").insert_all(0, [1, 2, 3].map(Value::from))?;
        tx.map("meta").set("title", "Notes")
    })?;
    doc.set_peer(peer(2));
    doc.transact(|tx| {
        tx.list("todo").set(1, "two")?;
        tx.map("meta").set("by", "Grace")?;
        tx.counter("votes").add(1)
    })?;
    let id = |id, seq| OpId {
        peer: peer(id),
        seq,
    };
    let written = |len, id| syncline::Written { len, id: Some(id) };
    let of_list = [
        written(1, id(1, 0)),
        written(1, id(2, 0)),
        written(1, id(1, 2)),
    ];
    assert_eq!(doc.blame("todo")?, Blame::List(of_list.to_vec()));
    let of_map = [("by".to_owned(), id(2, 1)), ("title".to_owned(), id(1, 3))];
    assert_eq!(doc.blame("meta")?, Blame::Map(of_map.to_vec()));
    let wrong = |path: &str, found| Error::WrongKind {
        path: path.to_owned(),
        expected: Kind::Text,
        found,
    };
    assert_eq!(doc.blame("votes"), Err(wrong("votes", Some(Kind::Counter))));
    assert_eq!(doc.blame("meta/by"), Err(wrong("meta/by", None)));
    let nowhere = Error::NoSuchPath {
        path: "body".to_owned(),
    };
    assert_eq!(doc.blame("body"), Err(nowhere));
    Ok(())
}

#[test]
fn nobody_is_blamed_for_text_from_before_the_cut() -> Result<(), Error> {
    let mut whole = Doc::with_peer(peer(1));
    typed(&mut whole, "before");
    let mut doc = Doc::load(&whole.save_with(&SaveOptions::new().shallow()))?;
    doc.set_peer(peer(2));
    doc.transact(|tx| tx.text("body").insert(3, "--"))?;
    let written = |len, id| syncline::Written { len, id };
    let by = OpId {
        peer: peer(2),
        seq: 0,
    };
    let expected = [written(3, None), written(2, Some(by)), written(3, None)];
    assert_eq!(doc.blame("body")?, Blame::Text(expected.to_vec()));
    Ok(())
}

#[test]
fn frontiers_survive_as_bytes_and_nothing_else_does() {
    let ids = [(1, 0), (1, 300), (u64::MAX, u32::MAX)];
    let version: Frontier = ids
        .into_iter()
        .map(|(id, seq)| OpId {
            peer: peer(id),
            seq,
        })
        .collect();
    for version in [Frontier::default(), version] {
        let bytes = version.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes), Ok(version.clone()));
        for cut in 0..bytes.len() {
            assert!(Frontier::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut harmed = bytes.clone();
            harmed[bit / 8] ^= 1 << (bit % 8);
            assert!(Frontier::from_bytes(&harmed).is_err(), "bit {bit} flipped");
        }
    }
    // As they stand in docs/format.md.
    let version: Frontier = [OpId {
        peer: peer(7),
        seq: 300,
    }]
    .into_iter()
    .collect();
    let bytes = version.to_bytes();
    let written = [1, 7, 0, 0, 0, 0, 0, 0, 0, 0xac, 2, 0x9c, 0xe7, 0x69, 0xa4];
    assert_eq!(bytes, written);
}

/// What a program makes of bytes whose checksum is right must still be in order.
#[test]
fn frontiers_out_of_order_are_refused() {
    let sealed = |body: &[u8]| {
        let mut bytes = body.to_vec();
        bytes.extend(crc32fast::hash(body).to_le_bytes());
        bytes
    };
    let id = |peer: u8| [peer, 0, 0, 0, 0, 0, 0, 0, 5];
    let of = |ids: &[u8]| {
        let ids: Vec<u8> = ids.iter().flat_map(|&peer| id(peer)).collect();
        sealed(&[&[1][..], &ids].concat())
    };
    assert!(Frontier::from_bytes(&of(&[1, 2])).is_ok());
    for (bytes, offset) in [
        (of(&[2, 1]), 10),
        (of(&[1, 1]), 10),
        (of(&[0]), 1),
        (sealed(&[2]), 0),
    ] {
        let refused = Frontier::from_bytes(&bytes).map_err(|error| error.offset);
        assert_eq!(refused, Err(offset), "{bytes:?}");
    }
}

#[test]
fn coming_back_is_an_edit_that_others_merge() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        tx.text("body").push("The quick brown fox")?;
        tx.list("todo")
            .push(value!({ "title": "Buy milk", "done": false }))?;
        tx.map("meta").text("notes")?.push("kept")
    })?;
    let good = doc.frontier();
    let shown = doc.to_json();
    let mut other = doc.fork();
    other.set_peer(peer(2));
    doc.transact(|tx| {
        tx.text("body").replace(4..9, "slow")?;
        tx.list("todo").map(0)?.set("done", true)?;
        tx.list("todo").push("more")?;
        tx.map("meta").remove("notes")?;
        tx.counter("votes").add(3)
    })?;
    // Meanwhile somebody writes where nothing changed.
    other.transact(|tx| tx.text("body").push(" jumps"))?;

    let before = doc.operations();
    let change = doc.revert_to(&good)?;
    assert_eq!(change.origin(), Origin::History);
    assert_eq!(change.applied(), doc.operations() - before);
    assert_eq!(doc.get("body"), Some("The quick brown fox".into()));
    assert_eq!(
        doc.get("todo").map(|todo| todo.to_json()),
        Some(shown["todo"].clone())
    );
    assert_eq!(doc.get("meta/notes"), Some("kept".into()));
    assert_eq!(doc.counter("votes").value(), 0);
    // Of the text, only what differs was written.
    assert_eq!(change.text("body").len(), 3, "{:?}", change.text("body"));
    doc.merge(&other.delta_since(&doc.version_vector()))?;
    other.merge(&doc.delta_since(&other.version_vector()))?;
    assert_eq!(doc.get("body"), Some("The quick brown fox jumps".into()));
    assert_eq!(doc.to_json(), other.to_json());

    // Where nothing is to be done, nothing is written.
    let now = doc.frontier();
    let change = doc.revert_to(&now)?;
    assert!(change.is_empty());
    assert_eq!(doc.frontier(), now);
    Ok(())
}

/// Coming back from any order of elements, some of them gone or new or set: those that are there move, and are the same.
fn comes_back_in_order(steps: &[(usize, usize, usize)]) -> Result<(), TestCaseError> {
    let mut doc = Doc::with_peer(peer(1));
    let made = doc.transact(|tx| {
        (0..6).try_for_each(|number| tx.list("todo").push(value!({ "number": number })))
    });
    made.expect("it fits");
    let (before, shown) = (doc.frontier(), doc.to_json());
    let mut kept: Vec<i64> = (0..6).collect();
    for &(what, one, other) in steps {
        let len = kept.len();
        let (one, other) = (one % len.max(1), other % len.max(1));
        let done = doc.transact(|tx| {
            let mut todo = tx.list("todo");
            match what % 4 {
                _ if len == 0 => Ok(()),
                0 => {
                    kept.remove(one);
                    todo.delete(one..one + 1)
                }
                1 => {
                    kept.insert(one, -1);
                    todo.insert(one, "new")
                }
                _ => {
                    let moved = kept.remove(one);
                    kept.insert(other, moved);
                    todo.move_to(one, other)
                }
            }
        });
        done.expect("it fits");
    }
    // Somebody writes in those that are there, meanwhile.
    let mut other = doc.fork();
    other.set_peer(peer(2));
    let written = other.transact(|tx| {
        for (at, &number) in kept.iter().enumerate() {
            if number >= 0 {
                tx.list("todo").map(at)?.set("by", number)?;
            }
        }
        Ok(())
    });
    written.expect("it fits");
    doc.revert_to(&before).expect("it was");
    prop_assert_eq!(doc.to_json(), shown);
    let delta = other.delta_since(&doc.version_vector());
    doc.merge(&delta).expect("a delta");
    for number in 0..6i64 {
        let by = doc.get(&format!("todo/{number}/by"));
        prop_assert_eq!(by.is_some(), kept.contains(&number), "{}", number);
    }
    Ok(())
}

proptest! {
    #![proptest_config(programs::config(128, 20_000))]

    #[test]
    fn elements_that_moved_move_back(
        steps in vec((0..4usize, 0..1000usize, 0..1000usize), 0..12)
    ) {
        comes_back_in_order(&steps)?;
    }
}

#[test]
fn coming_back_within_limits_or_not_at_all() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let full = typed(&mut doc, "0123456789");
    doc.transact(|tx| {
        tx.map("meta").set("a", 1)?;
        tx.text("body").delete(0..10)
    })?;
    let mut limits = doc.limits().clone();
    limits.content_bytes = 15;
    doc.set_limits(limits);
    let now = doc.frontier();
    let refused = doc.revert_to(&full).map(drop);
    assert!(matches!(refused, Err(Error::Limit { .. })), "{refused:?}");
    assert_eq!(doc.frontier(), now);
    assert_eq!(doc.get("meta/a"), Some(1.into()));
    doc.check().expect("the invariants");
    Ok(())
}

#[test]
fn changes_say_where_they_came_from() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    let mut other = Doc::with_peer(peer(2));
    let start = doc.frontier();
    let long = "a name that no short path has room for".to_owned();
    let mut local = vec![doc.transact(|tx| tx.text("body").push("a"))?];
    local.push(doc.transact(|tx| tx.text("body").push("bcd"))?);
    local.push(doc.transact(|tx| tx.text(&long).push("a"))?);
    local.push(doc.transact(|tx| tx.map("meta").set("title", "Notes"))?);
    local.push(doc.transact(|tx| tx.map("meta").set("title", long.as_str()))?);
    local.push(doc.changes_since(&start)?);
    for change in &local {
        assert_eq!(change.origin(), Origin::Local, "{change:?}");
    }
    let mut remote = Vec::new();
    for edit in ["x", "y", "long enough"] {
        remote.push(other.merge(&doc.delta_since(&other.version_vector()))?);
        doc.transact(|tx| tx.text("body").push(edit))?;
    }
    doc.transact(|tx| tx.text(&long).push("z"))?;
    remote.push(other.merge(&doc.delta_since(&other.version_vector()))?);
    // Also when there was nothing new.
    remote.push(other.merge(&doc.delta_since(&VersionVector::new()))?);
    remote.push(other.changes_since(&start)?);
    for change in &remote {
        assert_eq!(change.origin(), Origin::Remote, "{change:?}");
    }
    assert_eq!(remote[1].text("body").len(), 2);
    assert_eq!(remote[1].paths().collect::<Vec<_>>(), ["body"]);
    let now = doc.frontier();
    assert_eq!(doc.diff(&start, &now)?.origin(), Origin::History);
    let back = doc.revert_to(&start)?;
    assert_eq!(back.origin(), Origin::History);
    assert_eq!(back.map("meta"), [("title".to_owned(), None)]);
    // A revert that only sets a key.
    let empty = doc.frontier();
    doc.transact(|tx| tx.map("meta").set("k", long.as_str()))?;
    let set = doc.frontier();
    doc.revert_to(&empty)?;
    let change = doc.revert_to(&set)?;
    assert_eq!(change.origin(), Origin::History);
    assert_eq!(
        change.map("meta"),
        [("k".to_owned(), Some(long.as_str().into()))]
    );
    Ok(())
}

/// A slider over a real history: each version shows what typing up to there came to.
#[test]
fn a_slider_over_a_paper() {
    let Some(json) = traces::read("automerge-paper.json.gz") else {
        return;
    };
    let trace = Trace::parse(&json);
    let count = if traces::brief() {
        6_000
    } else {
        trace.transactions.len()
    };
    let mut doc = Doc::with_peer(peer(1));
    let mut frames: Vec<(Frontier, String)> = Vec::new();
    for (nth, transaction) in trace.transactions[..count].iter().enumerate() {
        type_into(&mut doc, transaction).expect("it fits");
        if nth % (count / 12) == 0 {
            frames.push((doc.frontier(), body(&doc)));
        }
    }
    for (nth, (version, text)) in frames.iter().enumerate() {
        assert!(
            body(&doc.at(version).expect("it was")) == *text,
            "frame {nth}"
        );
        let (other, shown) = &frames[(nth * 5 + 3) % frames.len()];
        let change = doc.diff(version, other).expect("they were");
        let new = edited(text, &change.text("body"));
        assert!(new == *shown, "from frame {nth}");
    }
}
