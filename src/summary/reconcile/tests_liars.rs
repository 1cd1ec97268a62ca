//! Somebody who says what is not so gets no proof, and does not keep the other side for ever.

use super::keyed::{Keyed, Role};
use super::tests::{apart, summary};
use super::turn::{Answer, Item, Look, Turn, Words};
use super::{Opening, ReconcileError, Reconciliation, ladder, write};
use crate::summary::merkle::Range;

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

fn message(words: Words) -> Vec<u8> {
    let mut message = vec![0];
    message.extend(write::write(&Turn { tick: 0, words }));
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
