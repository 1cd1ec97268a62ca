//! Turns read as they were written, and are refused where they are cut short.

use super::keyed::Keyed;
use super::turn::{Answer, Item, Line, Look, News, Says, Told, Turn, VERSION, Words};
use super::{ladder, read, write};
use crate::summary::Summary;
use crate::summary::merkle::Range;
use crate::summary::merkle::tests::{entry, key};
use crate::summary::symbols::CELLS_MAX;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_turn_reads_as_it_was_written(turn in turns()) {
        let (turn, asked, careful) = turn;
        let bytes = write::write(&turn);
        prop_assert_eq!(read::read(&bytes, &asked, careful), Ok(turn));
        for len in 0..bytes.len() {
            prop_assert!(read::read(&bytes[..len], &asked, careful).is_err());
        }
    }

    #[test]
    fn any_turn_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0u8..5, careful: bool) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1 | kind << 4;
        }
        let _ = read::read(&bytes, &[Range::ALL, Range::of(7 << 40, 9)], careful);
    }
}

/// Keys fall into so many cells and no more: whoever looked for the next would not come to an end.
#[test]
fn symbols_beyond_the_last_are_refused() {
    let held: Summary = [entry(7, 1)].into_iter().collect();
    for (from, count) in [(CELLS_MAX - 3, 3), (CELLS_MAX - 3, 4), (CELLS_MAX, 1)] {
        let words = Words::Offer(Says::Symbols {
            from,
            cells: held.cells(0, count),
            sketch: None,
        });
        let bytes = write::write(&Turn {
            version: VERSION,
            tick: 0,
            words,
        });
        let read = read::read(&bytes, &[], false);
        assert_eq!(read.is_ok(), from + count <= CELLS_MAX, "{from}, {count}");
    }
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        Just(Told::Lack),
        any::<u32>().prop_map(Told::Want),
        Just(Told::Fork),
        Just(Told::Same),
    ]
}

fn sorted<T: std::fmt::Debug>(
    values: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<(u64, T)>> {
    let keys = prop_oneof![key(), Just(u64::MAX)];
    prop::collection::btree_map(keys, values, 0..20).prop_map(|map| map.into_iter().collect())
}

fn lines(careful: bool) -> impl Strategy<Value = Vec<Line>> {
    sorted((any::<u32>(), any::<u64>())).prop_map(move |lines| {
        let line = |(key, (length, mark))| Line {
            key,
            length,
            mark: careful.then_some(mark),
        };
        lines.into_iter().map(line).collect()
    })
}

fn news() -> impl Strategy<Value = Vec<News>> {
    sorted((any::<u32>(), any::<u32>())).prop_map(|news| {
        let news = news.into_iter();
        news.map(|(key, (from, length))| News { key, from, length })
            .collect()
    })
}

/// A turn, and in what state it is read.
fn turns() -> impl Strategy<Value = (Turn, Vec<Range>, bool)> {
    let says = prop_oneof![
        Just(Says::Nothing),
        lines(false).prop_map(Says::List),
        (any::<u64>(), news()).prop_map(|(seen, news)| Says::News { seen, news }),
        (0usize..50, prop::collection::btree_set(key(), 1..30)).prop_map(|(from, keys)| {
            let held: Summary = keys.into_iter().map(|key| entry(key, 1)).collect();
            Says::Symbols {
                from,
                cells: held.cells(from, 50),
                sketch: (from == 0).then(|| held.strata().folded()),
            }
        }),
    ];
    let answer = (
        any::<bool>(),
        sorted(told()),
        sorted(told()),
        news(),
        lines(true),
        prop::collection::btree_set(key(), 1..200),
        any::<u128>(),
        0..3u8,
    );
    let answers = answer.prop_map(|(afresh, lines, keys, news, list, held, rest, how)| {
        let held: Summary = held.into_iter().map(|key| entry(key, 1)).collect();
        let parts = ladder::parts(&held, Range::ALL, &Keyed::by(3));
        let open = match how {
            0 => Vec::new(),
            1 => vec![Some(Item::List(list))],
            _ if parts.is_empty() => vec![None],
            _ => vec![Some(Item::Parts(Range::ALL, parts))],
        };
        let lines = lines
            .into_iter()
            .map(|(at, told)| (usize::try_from(at).unwrap(), told));
        Words::Answer(Answer {
            afresh: afresh && how > 0,
            careful: true,
            lines: lines.collect(),
            keys,
            news,
            open,
            rest: (how == 0).then(|| rest.to_le_bytes()),
        })
    });
    let more =
        (any::<u32>(), prop::collection::btree_set(key(), 1..200)).prop_map(|(upto, held)| {
            let held: Summary = held.into_iter().map(|key| entry(key, 1)).collect();
            let parts = ladder::parts(&held, Range::ALL, &Keyed::by(3));
            let upto = upto as usize;
            let strata = held.strata().whole(upto);
            let look = (!parts.is_empty()).then(|| Box::new(Look { strata, parts }));
            Words::More { upto, look }
        });
    let hello = (any::<u64>(), any::<u128>(), says.clone()).prop_map(|(nonce, root, opening)| {
        Words::Hello {
            nonce,
            root: root.to_le_bytes(),
            opening,
        }
    });
    let words = prop_oneof![
        hello,
        any::<u128>().prop_map(|proof| Words::Equal(proof.to_le_bytes())),
        says.prop_map(Words::Offer),
        more,
        answers,
    ];
    (words, any::<u64>()).prop_map(|(words, tick)| {
        let open = match &words {
            Words::Answer(answer) => answer.open.len(),
            _ => 0,
        };
        (
            Turn {
                version: VERSION,
                tick,
                words,
            },
            vec![Range::ALL; open],
            false,
        )
    })
}
