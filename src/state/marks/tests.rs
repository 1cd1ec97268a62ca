//! Beside a vector of borders, moved one by one.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{End, TextMarks};
use crate::id::Lv;
use crate::oplog::{Border, Expand, Extent};

#[derive(Clone, Debug)]
enum Doing {
    Mark(u32, u32, u32),
    Insert(u32, u32),
    Delete(u32, u32),
    /// Deletes, and takes that back.
    PutBack(u32, u32),
    Take(usize),
    /// Puts a mark elsewhere.
    Relocate(usize, u32, u32),
}

fn doing() -> impl Strategy<Value = Doing> {
    let (at, len) = (0..64u32, 1..9u32);
    prop_oneof![
        3 => (at.clone(), len.clone(), 0..4u32).prop_map(|(at, len, expand)| Doing::Mark(at, len, expand)),
        4 => (at.clone(), len.clone()).prop_map(|(at, len)| Doing::Insert(at, len)),
        3 => (at.clone(), len.clone()).prop_map(|(at, len)| Doing::Delete(at, len)),
        1 => (at.clone(), len.clone()).prop_map(|(at, len)| Doing::PutBack(at, len)),
        1 => any::<usize>().prop_map(Doing::Take),
        1 => (any::<usize>(), at, len).prop_map(|(which, at, len)| Doing::Relocate(which, at, len)),
    ]
}

/// What an edit that knew everything does to one border.
fn inserted(border: Border, at: u32, len: u32) -> Border {
    if border > Border::held(at) {
        match border.is_loose() {
            true => Border::loose(border.at() + len),
            false => Border::held(border.at() + len),
        }
    } else {
        border
    }
}

fn deleted(border: Border, at: u32, len: u32) -> Border {
    match border.at() {
        within if at < within && within <= at + len => Border::loose(at),
        behind if behind > at + len => match border.is_loose() {
            true => Border::loose(behind - len),
            false => Border::held(behind - len),
        },
        _ => border,
    }
}

proptest! {
    #[test]
    fn marks_move_as_their_borders_do(all in proptest::collection::vec(doing(), 1..60)) {
        let mut len = 20;
        let mut marks = TextMarks::new();
        let mut plain: Vec<(Lv, [Border; 2])> = Vec::new();
        for (nth, doing) in (0..).zip(all) {
            match doing {
                Doing::Mark(at, count, expand) if at < len => {
                    let extent = Extent::new(count.min(len - at), Expand::from_code(expand));
                    let borders = Border::of(at, extent);
                    marks.put(Lv(nth), borders);
                    plain.push((Lv(nth), borders));
                }
                Doing::Insert(at, count) => {
                    let at = at.min(len);
                    marks.inserted(at, count);
                    len += count;
                    for border in plain.iter_mut().flat_map(|mark| &mut mark.1) {
                        *border = inserted(*border, at, count);
                    }
                }
                Doing::Delete(at, count) | Doing::PutBack(at, count) if at < len => {
                    let count = count.min(len - at);
                    let mut loosened = Vec::new();
                    marks.deleted(at, count, |end| loosened.push(end));
                    if let Doing::PutBack(..) = doing {
                        marks.check(len - count).unwrap();
                        marks.put_back(at, count, &loosened);
                    } else {
                        len -= count;
                        for border in plain.iter_mut().flat_map(|mark| &mut mark.1) {
                            *border = deleted(*border, at, count);
                        }
                    }
                }
                Doing::Take(which) if !plain.is_empty() => {
                    let (mark, borders) = plain.swap_remove(which % plain.len());
                    marks.take(mark, borders);
                }
                Doing::Relocate(which, at, count) if !plain.is_empty() && at < len => {
                    let which = which % plain.len();
                    let (mark, from) = plain[which];
                    let to = Border::of(at, Extent::new(count.min(len - at), Expand::None));
                    marks.relocate(mark, from, to);
                    plain[which].1 = to;
                }
                _ => {}
            }
            marks.check(len).unwrap();
            let mut expected = plain.clone();
            expected.sort_unstable();
            prop_assert_eq!(marks.borders().into_iter().collect::<Vec<_>>(), expected);
            let (some, since) = (|mark: &Lv| mark.0.is_multiple_of(3), Lv(nth / 2));
            let some: BTreeSet<Lv> = plain.iter().map(|mark| mark.0).filter(some).collect();
            let of_some = plain.iter().filter(|mark| some.contains(&mark.0));
            prop_assert_eq!(marks.borders_of(&some), of_some.copied().collect());
            let reached = plain.iter().filter(|mark| some.contains(&mark.0) || mark.0 >= since);
            let reached: Vec<u32> = reached.flat_map(|mark| mark.1.map(Border::at)).collect();
            let reach = reached.iter().min().copied().zip(reached.iter().max().copied());
            prop_assert_eq!(marks.reach_of(&some, since), reach);
            let ends: Vec<(End, u32)> = marks.ends().collect();
            prop_assert_eq!(ends.len(), 2 * plain.len());
            for at in 0..len {
                let covers = |borders: &[Border; 2]| borders[0].at() <= at && at < borders[1].at();
                let mut covering = marks.covering(at);
                covering.sort_unstable();
                let mut expected: Vec<Lv> = plain.iter().filter(|mark| covers(&mark.1)).map(|mark| mark.0).collect();
                expected.sort_unstable();
                prop_assert_eq!(&covering, &expected);
                prop_assert_eq!(marks.most_open(at, at + 1) as usize, expected.len());
            }
            for at in 0..=len {
                let mut loose: Vec<Lv> = marks.loose_at(at).collect();
                loose.sort_unstable();
                let ends = plain.iter().flat_map(|&(mark, borders)| borders.map(|border| (mark, border)));
                let mut expected: Vec<Lv> = ends.filter(|end| end.1 == Border::loose(at)).map(|end| end.0).collect();
                expected.sort_unstable();
                prop_assert_eq!(loose, expected);
            }
        }
    }
}
