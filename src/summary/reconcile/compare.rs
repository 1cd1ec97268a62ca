//! Comparing what the other side said with what is here.

use std::collections::BTreeMap;

use super::difference::Found;
use super::keyed::Keyed;
use super::ladder;
use super::turn::{Answer, Item, Line, News, Told};
use crate::summary::Summary;
use crate::summary::entry::Entry;
use crate::summary::merkle::Range;
use crate::summary::symbols::{Peeled, digest_of};

/// Compares, and collects what there is to tell.
pub(super) struct Comparison<'a> {
    pub(super) ours: &'a Summary,
    pub(super) keyed: &'a Keyed,
    pub(super) careful: bool,
    pub(super) found: &'a mut BTreeMap<u64, Found>,
    pub(super) answer: Answer,
    /// Lines of the other side's lists so far.
    lines: usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        ours: &'a Summary,
        keyed: &'a Keyed,
        careful: bool,
        found: &'a mut BTreeMap<u64, Found>,
    ) -> Self {
        Comparison {
            ours,
            keyed,
            careful,
            found,
            answer: Answer::default(),
            lines: 0,
        }
    }

    /// All that the other side holds in a range.
    pub(super) fn list(&mut self, range: Range, theirs: &[Line]) {
        let ours = self.ours.in_range(range);
        let mut ours = ours.iter().peekable();
        for line in theirs {
            while let Some(entry) = ours.next_if(|entry| entry.key < line.key) {
                self.only_ours(entry);
            }
            let entry = ours.next_if(|entry| entry.key == line.key);
            self.line(entry, line);
        }
        ours.for_each(|entry| self.only_ours(entry));
    }

    fn line(&mut self, entry: Option<&Entry>, line: &Line) {
        let at = self.lines;
        self.lines += 1;
        let length = entry.map(|entry| entry.length);
        let mark = entry.filter(|_| line.mark.is_some());
        let same = mark.map(|entry| self.keyed.mark_of_entry(entry)) == line.mark;
        let told = match length {
            Some(length) if length > line.length => Told::Lack,
            Some(length) if length == line.length && same => return,
            Some(length) if length == line.length => Told::Fork,
            _ => Told::Want(length.unwrap_or(0)),
        };
        self.answer.lines.push((at, told));
        self.find(line.key, told, line.length);
    }

    fn only_ours(&mut self, entry: &Entry) {
        self.answer.keys.push((entry.key, Told::Lack));
        self.find(entry.key, Told::Lack, 0);
    }

    /// Notes what is told of a key of which the other side has so much.
    fn find(&mut self, key: u64, told: Told, theirs: u32) {
        let found = match told {
            Told::Lack => Found::Theirs(theirs),
            Told::Want(ours) => Found::Ours(ours),
            Told::Fork => Found::Fork(theirs),
            Told::Same => return,
        };
        self.found.insert(key, found);
    }

    /// The hashes of a range's parts: says more about those that differ.
    pub(super) fn parts(&mut self, range: Range, parts: &[(Range, u64)]) {
        self.outside(range, parts);
        for &(part, mark) in parts {
            let ours = self.ours.hash(part).map(|hash| self.keyed.mark(&hash));
            let differs = ours != Some(mark);
            let item = differs.then(|| ladder::item(self.ours, part, self.keyed, self.careful));
            self.answer.open.push(item);
        }
    }

    /// What stands in a range but in none of its parts is here only.
    fn outside(&mut self, range: Range, parts: &[(Range, u64)]) {
        let tree = self.ours.merkle();
        let within: usize = parts.iter().map(|&(part, _)| tree.count(part)).sum();
        if within == tree.count(range) {
            return;
        }
        for entry in self.ours.in_range(range) {
            let next = parts.partition_point(|(part, _)| part.last() < entry.key);
            let inside = parts
                .get(next)
                .is_some_and(|(part, _)| part.contains(entry.key));
            if !inside {
                self.only_ours(&entry);
            }
        }
    }

    /// More about ranges whose hashes we told, which differ.
    pub(super) fn items(&mut self, asked: &[Range], items: &[Option<Item>]) {
        for (&range, item) in asked.iter().zip(items) {
            match item {
                None => {}
                Some(Item::List(lines)) => self.list(range, lines),
                Some(Item::Parts(_, parts)) => self.parts(range, parts),
            }
        }
        // Ranges that overlap are nobody's: lists and parts came in order of keys, and what is here only in between.
        self.answer.keys.sort_unstable_by_key(|&(key, _)| key);
        self.answer.keys.dedup_by_key(|&mut (key, _)| key);
    }

    /// What was peeled out of symbols; `false` if it cannot be.
    pub(super) fn peeled(&mut self, peeled: &[Peeled]) -> bool {
        for &Peeled {
            key,
            digest,
            length,
        } in peeled
        {
            let ours = self.ours.get(key);
            let ours_length = ours.map_or(0, |entry| entry.length);
            let theirs_digest = digest ^ ours.map_or(0, digest_of);
            let theirs_length = length ^ ours_length;
            let told = match (ours, theirs_digest) {
                (None, 0) => return false,
                (Some(_), 0) if theirs_length != 0 => return false,
                (Some(_), 0) => Told::Lack,
                (None, _) => Told::Want(0),
                _ if theirs_length < ours_length => Told::Lack,
                _ if theirs_length > ours_length => Told::Want(ours_length),
                _ => Told::Fork,
            };
            self.answer.keys.push((key, told));
            self.find(key, told, theirs_length);
        }
        true
    }

    /// What changed there since we had seen it, and here since they had.
    pub(super) fn news(&mut self, theirs: &[News], mut since: BTreeMap<u64, u32>) {
        for (at, news) in theirs.iter().enumerate() {
            since.remove(&news.key);
            let length = self.ours.get(news.key).map_or(0, |entry| entry.length);
            let told = match length {
                _ if length > news.length => Told::Lack,
                _ if length == news.length => Told::Same,
                _ => Told::Want(length),
            };
            // That what is new to us goes on from where it was is taken for granted.
            if told != Told::Want(news.from) {
                self.answer.lines.push((at, told));
            }
            self.find(news.key, told, news.length);
        }
        self.answer.news = news(self.ours, &since);
        for (key, from) in since {
            self.find(key, Told::Lack, from);
        }
    }
}

/// What changed, as it is told.
pub(super) fn news(ours: &Summary, since: &BTreeMap<u64, u32>) -> Vec<News> {
    let news = |(&key, &from): (&u64, &u32)| News {
        key,
        from,
        length: ours.get(key).map_or(0, |entry| entry.length),
    };
    since.iter().map(news).collect()
}
