//! Somebody who says what is not so gets no proof, and does not keep the other side for ever.

use super::keyed::{Keyed, Role};
use super::tests::{apart, summary};
use super::turn::{Answer, Item, Look, News, OLDEST, Says, Told, Turn, VERSION, Words};
use super::{Opening, ReconcileError, Reconciliation, ladder, write};
use crate::summary::Summary;
use crate::summary::merkle::Range;
use crate::summary::symbols::CELLS_MAX;

#[test]
fn nobody_can_say_equal_without_the_root() {
    let (ours, theirs) = apart(3_000, 1_000);
    let mut here = summary(&ours);
    let (asker, _) = Reconciliation::ask(&here, 99, Opening::FirstContact);
    let keyed = Keyed::by(99);
    // Neither another root, nor the asker's own words, nor those of another session.
    for proof in [
        keyed.root(Role::Answerer, &summary(&theirs).root()),
        keyed.root(Role::Asker, &here.root()),
        Keyed::by(98).root(Role::Answerer, &here.root()),
    ] {
        let words = Words::Equal(proof);
        let mut asker = asker.clone();
        assert!(asker.receive(&here, &message(words)).is_err());
        assert_eq!(asker.difference(), None);
    }
}

/// Nobody goes on in another version than the one that the asker began in.
#[test]
fn an_answer_in_another_version_is_refused() {
    let (ours, theirs) = apart(3_000, 1_000);
    let (here, there) = (summary(&ours), summary(&theirs));
    let (mut asker, messages) = Reconciliation::ask(&here, 99, Opening::FirstContact);
    let mut answerer = Reconciliation::answer();
    let mut answers = Vec::new();
    for message in &messages {
        answers.extend(
            answerer
                .receive(&there, message)
                .expect("an honest message"),
        );
    }
    // The version is in the lowest bits of a turn, which comes behind a byte of its message.
    let version = &mut answers[0][1];
    *version = *version & 0xF0 | OLDEST;
    let found: Result<Vec<_>, _> = answers
        .iter()
        .map(|answer| asker.receive(&here, answer))
        .collect();
    assert_eq!(found, Err(ReconcileError::Version { found: OLDEST }));
}

fn message(words: Words) -> Vec<u8> {
    let mut message = vec![0];
    message.extend(write::write(&Turn {
        version: VERSION,
        tick: 0,
        words,
    }));
    message
}

/// Somebody who always asks for one symbol more, and somebody who always begins afresh.
#[test]
fn whoever_never_ends_is_left() {
    let (ours, _) = apart(3_000, 9_999);
    let here = summary(&ours);
    let more = |turn: usize| Words::More {
        upto: ladder::HELLO_CELLS + turn,
        look: None,
    };
    let afresh = |turn: usize| {
        let parts = (0..16).map(|nibble| (Range::ALL.child(nibble), turn as u64));
        Words::Answer(Answer {
            afresh: true,
            open: vec![Some(Item::Parts(Range::ALL, parts.collect()))],
            ..Answer::default()
        })
    };
    let liars: [&dyn Fn(usize) -> Words; 2] = [&more, &afresh];
    for liar in liars {
        let (mut asker, mut messages) = Reconciliation::ask(&here, 99, Opening::FirstContact);
        let mut sent = 0;
        let mut turns = 0;
        let error = loop {
            turns += 1;
            sent += messages.iter().map(Vec::len).sum::<usize>();
            match asker.receive(&here, &message(liar(turns))) {
                Ok(answers) => messages = answers,
                Err(error) => break error,
            }
        };
        assert!(turns <= 20, "{turns}");
        assert!(sent < 2 * 3_000 * 20 + 65_536, "{sent}");
        assert!(
            matches!(
                error,
                ReconcileError::TooManyTrips { .. } | ReconcileError::TooLong { .. }
            ),
            "{error}"
        );
    }
}

/// Ranges only get smaller: what is said of a part that was not asked about is not read at all.
#[test]
fn hashes_lead_nowhere_but_down() {
    let (ours, _) = apart(3_000, 9_999);
    let here = summary(&ours);
    let (mut asker, _) = Reconciliation::ask(&here, 99, Opening::FirstContact);
    let mut range = Range::ALL;
    let parts = vec![(range.child(7), 1)];
    let strata = here.strata().whole(40);
    let look = Some(Box::new(Look { strata, parts }));
    let mut words = Words::More { upto: 99, look };
    for _ in 0..20 {
        let Ok(answers) = asker.receive(&here, &message(words)) else {
            return;
        };
        assert!(!answers.is_empty());
        if asker.difference().is_some() {
            return;
        }
        range = range.child(7);
        let parts = vec![(range.child(7), 1)];
        words = Words::Answer(Answer {
            open: vec![Some(Item::Parts(range, parts))],
            ..Answer::default()
        });
    }
    panic!("it goes on for ever");
}

/// What a side that asked like this makes of turns, of which the last is wrong.
fn is_refused(here: &Summary, turns: Vec<Words>, with: ReconcileError) {
    let (mut asker, _) = Reconciliation::ask(here, 99, Opening::FirstContact);
    let before = turns.len() - 1;
    for (at, words) in turns.into_iter().enumerate() {
        let answers = asker.receive(here, &message(words));
        match at == before {
            true => assert_eq!(answers, Err(with)),
            false => assert!(answers.is_ok(), "{answers:?}"),
        }
    }
    assert!(!asker.is_proven());
}

#[test]
fn symbols_that_nobody_asked_for_are_out_of_turn() {
    let (ours, _) = apart(3_000, 9_999);
    let (many, few) = (summary(&ours), summary(&apart(20, 9_999).0));
    let more = |upto| Words::More { upto, look: None };
    let cells = many.cells(0, 5);
    let later = Says::Symbols {
        from: 5,
        cells,
        sketch: None,
    };
    let out = ReconcileError::OutOfTurn;
    is_refused(&few, vec![more(99)], out);
    is_refused(&many, vec![more(ladder::HELLO_CELLS)], out);
    is_refused(&many, vec![more(CELLS_MAX + 1)], out);
    is_refused(&many, vec![Words::Offer(later)], out);
}

/// However much somebody says to differ, no more symbols come than half as many again as were asked for.
#[test]
fn a_request_brings_not_much_more_than_it_asks_for() {
    let here = summary(&apart(3_000, 9_999).0);
    let (mut asker, _) = Reconciliation::ask(&here, 99, Opening::FirstContact);
    let strata = here
        .strata()
        .whole(12)
        .map(|stratum| stratum.map(|word| !word));
    let parts = vec![(Range::ALL.child(7), 1)];
    let look = Some(Box::new(Look { strata, parts }));
    let upto = ladder::HELLO_CELLS + 4;
    let answers = asker.receive(&here, &message(Words::More { upto, look }));
    let bytes: usize = answers.expect("a request").iter().map(Vec::len).sum();
    assert!(
        bytes < 20 * (upto + upto / 2 - ladder::HELLO_CELLS) + 20,
        "{bytes}"
    );
}

#[test]
fn answers_that_cannot_be_are_contradictions() {
    let (ours, _) = apart(300, 9_999);
    let here = summary(&ours);
    let held = here.iter().next().copied().expect("there are some");
    let afresh = || Answer {
        afresh: true,
        open: vec![Some(Item::List(Vec::new()))],
        ..Answer::default()
    };
    let says = |key, told| Answer {
        keys: vec![(key, told)],
        ..afresh()
    };
    let grew = |key, from| Answer {
        news: vec![News {
            key,
            from,
            length: from + 1,
        }],
        ..afresh()
    };
    let wrong = ReconcileError::Contradiction;
    for answer in [
        says(held.key + 1, Told::Fork),
        says(held.key, Told::Want(held.length)),
        grew(held.key, held.length + 1),
        grew(held.key + 1, 1),
        Answer {
            lines: vec![(0, Told::Lack)],
            ..afresh()
        },
    ] {
        is_refused(&here, vec![Words::Answer(answer)], wrong);
    }
    let careful = || Answer {
        careful: true,
        ..afresh()
    };
    let proof = || Answer {
        open: Vec::new(),
        rest: Some([7; 16]),
        ..careful()
    };
    is_refused(&here, vec![Words::Answer(proof())], wrong);
    // Nobody begins afresh twice, nor answers what was all said.
    let out = ReconcileError::OutOfTurn;
    is_refused(
        &here,
        vec![Words::Answer(careful()), Words::Answer(careful())],
        out,
    );
    let end = Answer {
        afresh: false,
        ..afresh()
    };
    is_refused(
        &here,
        vec![
            Words::Answer(afresh()),
            Words::Answer(Answer {
                open: Vec::new(),
                rest: Some([7; 16]),
                ..end
            }),
        ],
        out,
    );
}
