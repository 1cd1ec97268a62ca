//! Marked text: the examples of Peritext (Litt, Lim, Kleppmann & van Hardenberg 2022, "Peritext: A CRDT for Collaborative
//! Rich Text Editing"), each by two people who write apart and then exchange what they have; and what cannot be.
//!
//! - Formatting of the same text by several people is all kept; where it contradicts itself, both show the same.
//! - Text inserted at the ends of a mark is within it as the mark says, and as its author saw.
//! - A mark stays where it is while what it covers is deleted.
//! - What is out of range, or over a limit, is a named error and leaves nothing.

use support::marked::Spans;
use support::small::{doc, send, write};
use support::{assert_matches, engine};
use syncline::{Doc, Error, Expand, Limits, Span, Value};

use Expand::{After, Both, None as Never};

/// Two people who have the same text.
fn two(text: &str) -> [Doc; 2] {
    let mut anna = doc(1);
    write(&mut anna, |tx| tx.text("body").push(text));
    let mut ben = doc(2);
    send(&mut anna, &mut ben);
    [anna, ben]
}

/// Two people who have the text of the paper's examples, of whom each does something before they exchange what they have.
fn apart(one: impl FnOnce(&mut Doc), other: impl FnOnce(&mut Doc)) -> [Doc; 2] {
    let mut both = two("The fox jumped.");
    let [anna, ben] = &mut both;
    one(anna);
    other(ben);
    exchange(&mut both);
    both
}

/// Both get what the other has, and show the same.
fn exchange([anna, ben]: &mut [Doc; 2]) {
    send(anna, ben);
    send(ben, anna);
    assert_eq!(engine::marked(anna), engine::marked(ben));
    assert_eq!(anna.to_json(), ben.to_json());
    for doc in [anna, ben] {
        doc.check().expect("every invariant");
        doc.verify().expect("its history comes to what it shows");
    }
}

/// What a text shows, as `[plain](key) [bold](bold=true)`: keys alone where the value is true.
fn shown(doc: &Doc) -> String {
    let spans = doc.text("body").spans();
    let parts = spans.iter().map(|Span { text, attributes }| {
        let keys = attributes.iter().map(|(key, value)| match value {
            Value::Bool(true) => (*key).to_owned(),
            Value::String(value) => format!("{key}={value}"),
            other => format!("{key}={other:?}"),
        });
        match keys.collect::<Vec<_>>() {
            keys if keys.is_empty() => text.clone(),
            keys => format!("[{text}]({})", keys.join(" ")),
        }
    });
    parts.collect()
}

fn mark(doc: &mut Doc, range: std::ops::Range<usize>, key: &str, value: impl Into<Value>) {
    write(doc, |tx| tx.text("body").mark(range, key, value));
}

fn insert(doc: &mut Doc, at: usize, text: &str) {
    write(doc, |tx| tx.text("body").insert(at, text));
}

fn delete(doc: &mut Doc, range: std::ops::Range<usize>) {
    write(doc, |tx| tx.text("body").delete(range));
}

#[test]
fn example_1_text_inserted_while_all_is_made_bold_is_bold() {
    let both = apart(
        |anna| mark(anna, 0..15, "bold", true),
        |ben| insert(ben, 4, "quick "),
    );
    assert_eq!(shown(&both[0]), "[The quick fox jumped.](bold)");
}

#[test]
fn example_2_bold_that_overlaps_bold_makes_both_bold() {
    let both = apart(
        |anna| mark(anna, 0..7, "bold", true),
        |ben| mark(ben, 4..14, "bold", true),
    );
    assert_eq!(shown(&both[0]), "[The fox jumped](bold).");
}

#[test]
fn example_3_bold_that_overlaps_italic_makes_what_both_cover_both() {
    let both = apart(
        |anna| mark(anna, 0..7, "bold", true),
        |ben| mark(ben, 4..14, "italic", true),
    );
    assert_eq!(
        shown(&both[0]),
        "[The ](bold)[fox](bold italic)[ jumped](italic)."
    );
}

#[test]
fn example_4_of_two_colours_one_shows_where_they_overlap() {
    let both = apart(
        |anna| mark(anna, 0..7, "color", "red"),
        |ben| mark(ben, 4..14, "color", "blue"),
    );
    // Of equal Lamports the larger peer's shows.
    assert_eq!(
        shown(&both[0]),
        "[The ](color=red)[fox jumped](color=blue)."
    );
}

#[test]
fn example_5_comments_that_overlap_are_both_kept() {
    let mut both = two("The fox jumped.");
    let comment = |doc: &mut Doc, range, id: &str| {
        write(doc, |tx| tx.text("body").mark_with(range, id, "?", Never));
    };
    comment(&mut both[0], 0..7, "comment:1");
    comment(&mut both[1], 4..14, "comment:2");
    exchange(&mut both);
    assert_eq!(
        shown(&both[0]),
        "[The ](comment:1=?)[fox](comment:1=? comment:2=?)[ jumped](comment:2=?)."
    );
}

#[test]
fn example_6_bold_and_not_bold_at_once_shows_one_of_them_everywhere() {
    let mut both = two("The fox jumped.");
    mark(&mut both[0], 0..15, "bold", true);
    let [anna, ben] = &mut both;
    send(anna, ben);
    write(anna, |tx| tx.text("body").unmark(0..8, "bold"));
    write(ben, |tx| tx.text("body").mark(4..15, "bold", true));
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The [fox jumped.](bold)");
}

#[test]
fn example_7_bold_goes_on_as_somebody_types_behind_it_and_not_before_it() {
    let mut both = two("The fox jumped.");
    mark(&mut both[0], 4..7, "bold", true);
    exchange(&mut both);
    insert(&mut both[0], 7, "es");
    insert(&mut both[1], 4, "quick ");
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The quick [foxes](bold) jumped.");
}

#[test]
fn example_8_a_link_does_not_go_on_at_either_end() {
    let mut both = two("The fox jumped.");
    write(&mut both[0], |tx| {
        tx.text("body").mark_with(4..7, "link", "fox.com", Never)
    });
    exchange(&mut both);
    insert(&mut both[0], 7, "es");
    insert(&mut both[1], 4, "quick ");
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The quick [fox](link=fox.com)es jumped.");
}

#[test]
fn text_typed_at_the_end_of_what_is_made_bold_at_once_is_bold() {
    let both = apart(
        |anna| mark(anna, 4..7, "bold", true),
        |ben| insert(ben, 7, "es"),
    );
    assert_eq!(shown(&both[0]), "The [foxes](bold) jumped.");
}

#[test]
fn text_typed_at_the_end_of_what_is_linked_at_once_is_not_linked() {
    let mut both = two("The fox jumped.");
    write(&mut both[0], |tx| {
        tx.text("body").mark_with(4..7, "link", "fox.com", Never)
    });
    insert(&mut both[1], 7, "es");
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The [fox](link=fox.com)es jumped.");
}

#[test]
fn a_mark_stays_while_what_it_ends_at_is_deleted() {
    let mut both = apart(
        |anna| mark(anna, 4..7, "bold", true),
        |ben| delete(ben, 7..14),
    );
    assert_eq!(shown(&both[0]), "The [fox](bold).");
    insert(&mut both[1], 7, "es");
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The [foxes](bold).");
}

#[test]
fn of_a_mark_that_half_is_deleted_of_the_rest_stays() {
    let both = apart(
        |anna| mark(anna, 0..7, "bold", true),
        |ben| delete(ben, 2..5),
    );
    assert_eq!(shown(&both[0]), "[Thox](bold) jumped.");
}

#[test]
fn what_is_typed_into_marked_text_that_is_deleted_at_once_stays_marked() {
    let mut both = two("The fox jumped.");
    mark(&mut both[0], 4..7, "bold", true);
    exchange(&mut both);
    delete(&mut both[0], 4..7);
    insert(&mut both[1], 5, "l");
    exchange(&mut both);
    assert_eq!(shown(&both[0]), "The [l](bold) jumped.");
}

#[test]
fn what_is_typed_where_all_marked_text_was_deleted_is_not_marked() {
    let mut both = two("The fox jumped.");
    mark(&mut both[0], 4..7, "bold", true);
    delete(&mut both[0], 4..7);
    insert(&mut both[0], 4, "cat");
    exchange(&mut both);
    assert_eq!(shown(&both[1]), "The cat jumped.");
}

#[test]
fn a_line_end_holds_what_its_line_is() {
    let mut both = two("Title\nText\n");
    write(&mut both[0], |tx| {
        tx.text("body").mark_with(5..6, "header", 1, Never)
    });
    insert(&mut both[1], 5, " of it");
    insert(&mut both[1], 12, "More. ");
    exchange(&mut both);
    assert_eq!(
        shown(&both[0]),
        "Title of it[\n](header=Int(1))More. Text\n"
    );
}

#[test]
fn a_mark_that_expands_at_both_ends_takes_in_what_is_typed_there() {
    let mut both = two("ab");
    write(&mut both[0], |tx| {
        tx.text("body").mark_with(0..2, "note", true, Both)
    });
    insert(&mut both[0], 0, "<");
    insert(&mut both[0], 3, ">");
    exchange(&mut both);
    assert_eq!(shown(&both[1]), "[<ab>](note)");
}

#[test]
fn a_later_mark_of_a_key_shows_and_null_takes_away() {
    let mut anna = doc(1);
    insert(&mut anna, 0, "abcdef");
    mark(&mut anna, 0..6, "size", 1);
    mark(&mut anna, 2..4, "size", 2);
    write(&mut anna, |tx| tx.text("body").unmark(3..5, "size"));
    assert_eq!(
        shown(&anna),
        "[ab](size=Int(1))[c](size=Int(2))de[f](size=Int(1))"
    );
}

#[test]
fn positions_are_taken_in_other_units() {
    let mut anna = doc(1);
    insert(&mut anna, 0, "🙂é x");
    write(&mut anna, |tx| {
        tx.text("body").utf16().mark(2..3, "accent", true)?;
        tx.text("body").bytes().mark_with(0..4, "smile", 1, Never)?;
        tx.text("body").bytes().unmark(7..8, "smile")
    });
    assert_eq!(shown(&anna), "[🙂](smile=Int(1))[é](accent) x");
    let within = anna.transact(|tx| tx.text("body").utf16().mark(1..3, "a", true));
    assert_matches!(within, Err(Error::OutOfRange { position: 1, .. }));
}

#[test]
fn what_cannot_be_marked_is_refused_by_name() {
    let mut anna = doc(1);
    insert(&mut anna, 0, "abc");
    let saved = anna.save();
    let past = anna.transact(|tx| tx.text("body").mark(1..4, "a", true));
    assert_matches!(
        past,
        Err(Error::OutOfRange {
            position: 4,
            len: 3,
            ..
        })
    );
    let back = anna.transact(|tx| {
        tx.text("body")
            .mark(std::ops::Range { start: 2, end: 1 }, "a", true)
    });
    assert_matches!(
        back,
        Err(Error::ReversedRange {
            start: 2,
            end: 1,
            ..
        })
    );
    let nested = anna.transact(|tx| tx.text("body").mark(0..1, "a", Value::List(vec![])));
    assert_matches!(nested, Err(Error::NotPlain { key }) if key == "a");
    let key = "k".repeat(2000);
    let long = anna.transact(|tx| tx.text("body").mark(0..1, &key, true));
    assert_matches!(
        long,
        Err(Error::Limit {
            what: "key_bytes",
            ..
        })
    );
    let missing = anna.transact(|tx| tx.text("nothing").mark(0..1, "a", true));
    assert_matches!(missing, Err(Error::OutOfRange { len: 0, .. }));
    // Nothing is marked, and nothing made.
    anna.transact(|tx| tx.text("body").mark(2..2, "a", true))
        .expect("a range of nothing");
    assert_eq!(anna.save(), saved);
}

#[test]
fn so_many_keys_show_on_a_character_and_no_more() {
    let mut limits = Limits::default();
    limits.marks_per_position = 3;
    let mut anna = Doc::with_limits(limits);
    anna.set_peer(engine::peer(1));
    insert(&mut anna, 0, "abcdef");
    for key in ["a", "b", "c"] {
        mark(&mut anna, 1..4, key, true);
    }
    let over = anna.transact(|tx| tx.text("body").mark(3..6, "d", true));
    assert_matches!(
        over,
        Err(Error::Limit {
            what: "marks_per_position",
            limit: 3,
            found: 4
        })
    );
    // Beside them, in place of one, or to take one away.
    mark(&mut anna, 4..6, "d", true);
    for _ in 0..5 {
        mark(&mut anna, 1..4, "b", false);
    }
    write(&mut anna, |tx| tx.text("body").unmark(2..3, "c"));
    mark(&mut anna, 2..3, "e", true);
    assert_eq!(
        shown(&anna),
        "a[b](a b=Bool(false) c)[c](a b=Bool(false) e)[d](a b=Bool(false) c)[ef](d)"
    );
}

#[test]
fn of_more_keys_than_may_show_the_latest_do() {
    let mut limits = Limits::default();
    limits.marks_per_position = 3;
    let mut both = two("abcd");
    for doc in &mut both {
        doc.set_limits(limits.clone());
    }
    for (key, end) in [("a", 4), ("b", 3), ("c", 2)] {
        mark(&mut both[0], 0..end, key, true);
    }
    for (key, end) in [("d", 2), ("e", 1), ("f", 4)] {
        mark(&mut both[1], 0..end, key, true);
    }
    exchange(&mut both);
    // By (Lamport, peer): a, d, b, e, c, f.
    assert_eq!(shown(&both[0]), "[a](c e f)[b](b c f)[c](a b f)[d](a f)");
    write(&mut both[1], |tx| tx.text("body").unmark(0..1, "c"));
    assert_eq!(shown(&both[1]), "[a](b e f)[b](b c f)[c](a b f)[d](a f)");
}

#[test]
fn a_transaction_that_fails_leaves_marks_where_they_were() {
    let mut anna = doc(1);
    insert(&mut anna, 0, "abcdefgh");
    for (at, expand) in [Never, Expand::Before, After, Both].into_iter().enumerate() {
        write(&mut anna, |tx| {
            tx.text("body").mark_with(at..at + 3, "k", 1, expand)
        });
    }
    let (saved, before) = (anna.save(), engine::marked(&anna));
    let failed = anna.transact(|tx| {
        let mut text = tx.text("body");
        text.delete(1..5)?;
        text.insert(1, "xyz")?;
        text.mark(0..2, "k", 2)?;
        text.delete(0..3)?;
        text.insert(0, "q")?;
        Err(Error::aborted("enough"))
    });
    assert!(failed.is_err());
    anna.check().expect("every invariant");
    assert_eq!(engine::marked(&anna), before);
    assert_eq!(anna.save(), saved);
}

#[test]
fn marks_are_carried_by_every_way_a_document_is_kept() {
    let mut both = two("The fox jumped.");
    mark(&mut both[0], 4..7, "bold", true);
    write(&mut both[1], |tx| {
        tx.text("body").mark_with(0..9, "link", "l", Never)
    });
    exchange(&mut both);
    delete(&mut both[0], 6..9);
    let marked: Spans = engine::marked(&both[0])["body"].clone();
    let shallow = both[0].save_with(&syncline::SaveOptions::new().shallow());
    for bytes in [both[0].save(), shallow] {
        let mut loaded = Doc::load(&bytes).expect("what was saved");
        assert_eq!(engine::marked(&loaded)["body"], marked);
        loaded.set_peer(engine::peer(3));
        // Who goes on from there agrees with who has the history.
        insert(&mut loaded, 6, "!");
        let mut whole = both[0].fork();
        let known = whole.version_vector();
        whole.merge(&loaded.delta_since(&known)).expect("a delta");
        assert_eq!(engine::marked(&loaded), engine::marked(&whole));
        loaded.check().expect("every invariant");
    }
}
