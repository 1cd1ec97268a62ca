//! Why a place shows what it does.
//!
//! - Who competed for a key, an element, a place or a name is told, with what was said of it, and by which rule it was decided.
//! - Concurrent and one after another are told apart, also where the winner was first.
//! - What a deletion took that did not know it is told of the list; what was written in a container that went, of its key or list.
//! - A history that is still encoded is read; a document without one says that it does not know all.

use support::engine::peer;
use support::small::{cut, doc, loaded, send, write};
use syncline::{About, Act, Decision, Doc, Error, Fate, Kind, Policy, Rule, Value};

/// The competitors: whose, what became of it, and whether it was concurrent.
fn told(decision: &Decision) -> Vec<(u64, Fate, bool)> {
    let competitors = decision.competitors.iter();
    let told = competitors.map(|one| (one.id.peer.get(), one.fate, one.is_concurrent));
    told.collect()
}

fn both(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
}

fn only(doc: &mut Doc, path: &str) -> Decision {
    let mut why = doc.explain(path).expect("something was written there");
    assert_eq!(why.decisions.len(), 1, "{why}");
    assert!(why.is_complete);
    why.decisions.remove(0)
}

#[test]
fn concurrent_sets_of_a_key() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.map("m").set("k", "first"));
    both(&mut one, &mut two);
    one.set_author("Ada").unwrap();
    write(&mut one, |tx| {
        tx.set_message("better")?;
        tx.set_time(1000);
        tx.map("m").set("k", "ada")
    });
    write(&mut two, |tx| tx.map("m").set("k", "grace"));
    both(&mut one, &mut two);
    for doc in [&mut one, &mut two] {
        let decision = only(doc, "m/k");
        assert_eq!(
            (decision.about, decision.rule),
            (About::Value, Rule::LastWriter)
        );
        assert_eq!(
            told(&decision),
            [(2, Fate::Won, false), (1, Fate::Lost, true)]
        );
        let lost = &decision.competitors[1];
        assert_eq!(lost.act, Act::Set("ada".into()));
        assert_eq!(lost.author.as_deref(), Some("Ada"));
        assert_eq!(lost.message.as_deref(), Some("better"));
        assert_eq!((lost.time, lost.lamport), (Some(1000), 2));
        assert_eq!(decision.competitors[0].author, None);
    }
    // Who knows both ends it.
    write(&mut one, |tx| tx.map("m").set("k", "agreed"));
    let decision = only(&mut one, "m/k");
    assert_eq!(decision.rule, Rule::Unopposed);
    assert_eq!(
        told(&decision),
        [(1, Fate::Won, false), (2, Fate::Overwritten, false)]
    );
}

#[test]
fn a_set_survives_a_removal_and_a_removal_is_explained_where_nothing_shows() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.map("m").set("k", 1));
    both(&mut one, &mut two);
    write(&mut one, |tx| tx.map("m").set("k", 2));
    write(&mut two, |tx| tx.map("m").remove("k"));
    both(&mut one, &mut two);
    let decision = only(&mut one, "m/k");
    assert_eq!(decision.rule, Rule::SetSurvives);
    // The removal has the larger peer, and loses all the same.
    assert_eq!(
        told(&decision),
        [(1, Fate::Won, false), (2, Fate::Lost, true)]
    );
    assert_eq!(decision.competitors[1].act, Act::Removed);

    write(&mut two, |tx| tx.map("m").remove("k"));
    let why = two.explain("m/k").unwrap();
    assert_eq!(why.value, None);
    assert_eq!(why.decisions[0].rule, Rule::Unopposed);
    assert_eq!(
        told(&why.decisions[0]),
        [(2, Fate::Won, false), (1, Fate::Overwritten, false)]
    );
    assert_eq!(
        why.to_string(),
        "`m/k` shows nothing\nvalue: nobody disagreed\n  won: removed by 1@2, Lamport 3\n  overwritten: set 2 by 1@1, Lamport 2"
    );
    // Who removes it at the same time agrees.
    write(&mut one, |tx| tx.map("m").remove("k"));
    both(&mut one, &mut two);
    let decision = only(&mut one, "m/k");
    assert_eq!(decision.rule, Rule::Unopposed);
    let fates = [(2, Fate::Won, false), (1, Fate::Shares, true)];
    assert_eq!(told(&decision), fates);
    for path in ["m/none", "none", "m/k/deeper", ""] {
        let missing = two.explain(path);
        assert!(matches!(missing, Err(Error::NoSuchPath { .. })), "{path}");
    }
}

#[test]
fn who_opened_a_key_and_who_made_a_root() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.map("m").text("k")?.push("a"));
    write(&mut two, |tx| tx.map("m").text("k")?.push("b"));
    both(&mut one, &mut two);
    let decision = only(&mut one, "m/k");
    assert_eq!(decision.rule, Rule::Shared);
    assert_eq!(
        told(&decision),
        [(2, Fate::Won, false), (1, Fate::Shares, true)]
    );
    assert_eq!(decision.competitors[0].act, Act::Opened(Kind::Text));
    // Somebody else set a value there.
    let mut three = doc(3);
    write(&mut three, |tx| tx.map("m").set("k", 7));
    send(&mut three, &mut one);
    let decision = only(&mut one, "m/k");
    assert_eq!(decision.rule, Rule::LastWriter);
    let fates = [
        (3, Fate::Won, false),
        (2, Fate::Lost, true),
        (1, Fate::Lost, true),
    ];
    assert_eq!(told(&decision), fates);

    write(&mut two, |tx| tx.counter("name").add(1));
    write(&mut three, |tx| tx.text("name").push("x"));
    send(&mut three, &mut two);
    let decision = only(&mut two, "name");
    assert_eq!(
        (decision.about, decision.rule),
        (About::Root, Rule::KindOrder)
    );
    assert_eq!(
        told(&decision),
        [(3, Fate::Won, false), (2, Fate::Lost, true)]
    );
    assert_eq!(only(&mut one, "m").rule, Rule::Unopposed);
    // The loser with the larger Lamport comes before the other.
    let mut four = doc(4);
    write(&mut four, |tx| {
        (0..9).try_for_each(|_| tx.counter("other").add(1))?;
        tx.list("name").push(1)
    });
    send(&mut four, &mut two);
    let fates = [
        (3, Fate::Won, false),
        (4, Fate::Lost, true),
        (2, Fate::Lost, true),
    ];
    assert_eq!(told(&only(&mut two, "name")), fates);
}

#[test]
fn the_policy_that_chose_is_named() {
    for (policy, [winner, other], fate) in [
        (Policy::LastWriter, [2, 1], Fate::Lost),
        (Policy::Review, [2, 1], Fate::Lost),
        (Policy::Largest, [1, 2], Fate::Lost),
        (Policy::Smallest, [2, 1], Fate::Lost),
        (Policy::Union, [2, 1], Fate::Shares),
    ] {
        let (mut one, mut two) = (doc(1), doc(2));
        write(&mut one, |tx| tx.map("m").set("k", 7));
        write(&mut two, |tx| tx.map("m").set("k", 5));
        write(&mut two, |tx| tx.set_policy("m/k", policy));
        both(&mut one, &mut two);
        let decision = only(&mut one, "m/k");
        let rule = match policy {
            Policy::LastWriter => Rule::LastWriter,
            policy => Rule::Policy(policy),
        };
        assert_eq!(decision.rule, rule);
        let found: Vec<_> = told(&decision).iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(found, [(winner, Fate::Won), (other, fate)]);
        // Who agrees with all ends it, whatever the policy.
        write(&mut one, |tx| tx.map("m").set("k", 6));
        assert_eq!(only(&mut one, "m/k").rule, Rule::Unopposed);
    }
}

#[test]
fn what_a_counter_is_made_of() {
    let (mut one, mut two) = (doc(1), doc(2));
    for by in [5, -2] {
        write(&mut one, |tx| tx.map("m").counter("stock")?.add(by));
    }
    write(&mut two, |tx| tx.map("m").counter("stock")?.add(i64::MAX));
    both(&mut one, &mut two);
    let why = one.explain("m/stock").unwrap();
    assert_eq!(why.value, Some(i64::MAX.into()));
    let [opened, sum] = &why.decisions[..] else {
        panic!("{why}")
    };
    assert_eq!(opened.rule, Rule::Shared);
    assert_eq!((sum.about, sum.rule), (About::Sum, Rule::Added));
    let added: Vec<_> = sum.competitors.iter().map(|one| one.act.clone()).collect();
    assert_eq!(added, [Act::Added(3), Act::Added(i64::MAX.into())]);
}

#[test]
fn sets_and_moves_of_an_element() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.list("l").insert_all(0, (0..4).map(Value::from))
    });
    both(&mut one, &mut two);
    write(&mut one, |tx| {
        tx.list("l").set(1, "ada")?;
        tx.list("l").move_to(1, 3)
    });
    write(&mut two, |tx| {
        tx.list("l").set(1, "grace")?;
        tx.list("l").move_to(1, 0)
    });
    both(&mut one, &mut two);
    for doc in [&mut one, &mut two] {
        let why = doc.explain("l/0").unwrap();
        assert_eq!(why.value, Some("grace".into()));
        let [value, place] = &why.decisions[..] else {
            panic!("{why}")
        };
        assert_eq!((value.about, value.rule), (About::Value, Rule::LastWriter));
        // Ada's set stands for her: she had inserted the element.
        let fates = [(2, Fate::Won, false), (1, Fate::Lost, true)];
        assert_eq!(told(value), fates);
        assert_eq!((place.about, place.rule), (About::Place, Rule::LastWriter));
        assert_eq!(told(place), fates);
        assert_eq!(place.competitors[1].act, Act::Moved(3));
        let decision = only(doc, "l/1");
        assert_eq!(decision.competitors[0].act, Act::Inserted(0.into()));
        // Who knows both ends it.
        write(doc, |tx| tx.list("l").set(0, "agreed"));
        assert_eq!(
            doc.explain("l/0").unwrap().decisions[0].rule,
            Rule::Unopposed
        );
    }
}

#[test]
fn what_a_deletion_took() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.list("l").insert_all(0, (0..6).map(Value::from))
    });
    both(&mut one, &mut two);
    write(&mut one, |tx| {
        tx.list("l").set(0, "seen")?;
        tx.list("l").delete(0..1)?;
        tx.list("l").delete(1..4)
    });
    write(&mut two, |tx| {
        tx.list("l").set(2, "not seen")?;
        tx.list("l").move_to(3, 0)?;
        tx.list("l").delete(1..2)
    });
    both(&mut one, &mut two);
    assert_eq!(one.get("l"), Some(Value::List(vec![1.into(), 5.into()])));
    for doc in [&mut one, &mut two] {
        let why = doc.explain("l").unwrap();
        let deleted: Vec<_> = why.decisions.iter().skip(1).collect();
        let what: Vec<_> = deleted
            .iter()
            .map(|decision| {
                assert_eq!(decision.about, About::Presence);
                assert_eq!(decision.rule, Rule::DeletionStands);
                let fates = [(1, Fate::Won, false), (2, Fate::Lost, true)];
                assert_eq!(told(decision), fates, "{why}");
                (
                    decision.competitors[0].id.seq,
                    decision.competitors[1].act.clone(),
                )
            })
            .collect();
        let taken = [(8, Act::Set("not seen".into())), (9, Act::Moved(0))];
        assert_eq!(what, taken);
    }
    // What is restored was not taken.
    let id = syncline::OpId {
        peer: peer(1),
        seq: 8,
    };
    write(&mut two, |tx| tx.restore(id, 2).map(drop));
    assert_eq!(two.explain("l").unwrap().decisions.len(), 1);
}

#[test]
fn a_deletion_that_was_restored_took_nothing() {
    let (mut one, mut two, mut three) = (doc(1), doc(2), doc(3));
    write(&mut one, |tx| tx.list("l").push(0));
    send(&mut one, &mut two);
    send(&mut one, &mut three);
    write(&mut one, |tx| tx.list("l").delete(0..1));
    write(&mut two, |tx| tx.list("l").delete(0..1));
    write(&mut three, |tx| tx.list("l").set(0, "taken"));
    both(&mut one, &mut two);
    both(&mut one, &mut three);
    let of = |doc: &mut Doc| told(&doc.explain("l").unwrap().decisions[1]);
    let fates = [
        (1, Fate::Won, false),
        (2, Fate::Won, true),
        (3, Fate::Lost, true),
    ];
    assert_eq!(of(&mut one), fates);
    let id = syncline::OpId {
        peer: peer(1),
        seq: 1,
    };
    write(&mut one, |tx| tx.restore(id, 1).map(drop));
    assert_eq!(of(&mut one), [(2, Fate::Won, false), (3, Fate::Lost, true)]);
    let id = syncline::OpId {
        peer: peer(2),
        seq: 0,
    };
    write(&mut one, |tx| tx.restore(id, 1).map(drop));
    assert_eq!(one.get("l/0"), Some("taken".into()));
    assert_eq!(one.explain("l").unwrap().decisions.len(), 1);
}

#[test]
fn a_history_is_read_and_a_cut_is_told() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.map("m").set("k", "ada")?;
        tx.list("l").push("x")
    });
    write(&mut two, |tx| tx.map("m").set("k", "grace"));
    both(&mut one, &mut two);
    let wanted = one.explain("m/k").unwrap();
    assert_eq!(loaded(&one.save(), 3).explain("m/k").unwrap(), wanted);

    let mut cut = cut(&one, 3);
    let why = cut.explain("m/k").unwrap();
    assert!(!why.is_complete);
    assert!(
        why.to_string()
            .ends_with("before the document's cut is not known")
    );
    assert_eq!(told(&why.decisions[0]), told(&wanted.decisions[0]));
    let why = cut.explain("l/0").unwrap();
    assert_eq!(told(&why.decisions[0]), [(1, Fate::Won, false)]);
    write(&mut cut, |tx| {
        tx.map("m").set("k", "new")?;
        tx.list("l").set(0, "y")
    });
    let why = cut.explain("m/k").unwrap();
    let fates = [
        (3, Fate::Won, false),
        (2, Fate::Overwritten, false),
        (1, Fate::Overwritten, false),
    ];
    assert_eq!(told(&why.decisions[0]), fates);
    let why = cut.explain("l/0").unwrap();
    assert_eq!(told(&why.decisions[0]), [(3, Fate::Won, false)]);
}

/// The last decision: what went with a container, and who wrote in that.
fn went(doc: &mut Doc, path: &str) -> Vec<(u64, Fate, bool, Act)> {
    let why = doc.explain(path).expect("something was written there");
    let last = why.decisions.last().expect("at least one");
    assert_eq!(
        (last.about, last.rule),
        (About::Presence, Rule::DeletionStands),
        "{why}"
    );
    let competitors = last.competitors.iter();
    competitors
        .map(|one| {
            (
                one.id.peer.get(),
                one.fate,
                one.is_concurrent,
                one.act.clone(),
            )
        })
        .collect()
}

#[test]
fn what_was_written_in_an_element_that_another_one_deleted() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.list("l").push(0)?;
        let mut card = tx.list("l").push_map()?;
        card.set("title", "seen")?;
        card.text("body")?.push("seen")
    });
    both(&mut one, &mut two);
    write(&mut one, |tx| {
        tx.list("l").map(1)?.set("title", "also seen")
    });
    write(&mut one, |tx| tx.list("l").delete(1..2));
    write(&mut two, |tx| {
        tx.list("l").map(1)?.set("title", "not seen")?;
        tx.list("l").map(1)?.text("body")?.push(", not seen")
    });
    both(&mut one, &mut two);
    let expected = [
        (1, Fate::Won, false, Act::Deleted),
        (2, Fate::Lost, true, Act::Wrote(Kind::Text)),
    ];
    for doc in [&mut one, &mut two] {
        assert_eq!(went(doc, "l"), expected);
    }
    let told = one.explain("l").unwrap().to_string();
    assert!(
        told.contains("lost: wrote in a text within by 10@2"),
        "{told}"
    );
    // Who hears of it later is told the same.
    let mut three = doc(3);
    send(&mut one, &mut three);
    assert_eq!(went(&mut three, "l"), expected);
}

#[test]
fn what_was_written_in_a_container_that_another_one_removed_or_replaced() {
    for replaces in [false, true] {
        let (mut one, mut two) = (doc(1), doc(2));
        write(&mut one, |tx| tx.map("m").map("card")?.set("title", "seen"));
        both(&mut one, &mut two);
        write(&mut one, |tx| match replaces {
            true => tx.map("m").set("card", 1),
            false => tx.map("m").remove("card"),
        });
        write(&mut two, |tx| {
            tx.map("m").map("card")?.list("tags")?.push("not seen")
        });
        both(&mut one, &mut two);
        let act = match replaces {
            true => Act::Set(1.into()),
            false => Act::Removed,
        };
        let expected = [
            (1, Fate::Won, false, act),
            (2, Fate::Lost, true, Act::Wrote(Kind::List)),
        ];
        for doc in [&mut one, &mut two] {
            assert_eq!(went(doc, "m/card"), expected);
        }
    }
}

#[test]
fn what_was_seen_and_what_was_moved_away_did_not_go() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.map("m").map("card")?.set("title", "seen"));
    both(&mut one, &mut two);
    write(&mut one, |tx| tx.map("m").remove("card"));
    both(&mut one, &mut two);
    assert_eq!(only(&mut one, "m/card").about, About::Value);
    write(&mut one, |tx| tx.map("m").map("card")?.set("title", "new"));
    both(&mut one, &mut two);
    write(&mut one, |tx| tx.map("m").remove("card"));
    write(&mut two, |tx| {
        tx.move_to("m/card", "m/kept")?;
        tx.map("m").map("kept")?.set("title", "not seen")
    });
    both(&mut one, &mut two);
    for doc in [&mut one, &mut two] {
        let why = doc.explain("m/card").unwrap();
        assert!(
            why.decisions.iter().all(|one| one.about == About::Value),
            "{why}"
        );
    }
}
