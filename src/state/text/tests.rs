//! Properties: after any edits a rope reads as a plain `String` edited likewise, in all three units; it passes its check
//! at every step; and it takes memory in proportion to its text.
#![allow(clippy::unwrap_used)]

use super::leaf::CAPACITY;
use super::{Rope, Unit};

const ALPHABETS: [&str; 3] = ["abcdefgh", "añb→c😀de", "😀🎉𝒳🦀"];
const UNITS: [Unit; 3] = [Unit::Chars, Unit::Utf16, Unit::Bytes];

/// Xorshift: enough to vary tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end.max(1)
    }

    fn text(&mut self, alphabet: &str, max_chars: usize) -> String {
        let chars: Vec<char> = alphabet.chars().collect();
        (0..self.below(max_chars + 1))
            .map(|_| chars[self.below(chars.len())])
            .collect()
    }
}

fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap()
}

/// Where a position in characters is in another unit.
fn from_chars(model: &[char], unit: Unit, at: usize) -> u32 {
    small(match unit {
        Unit::Chars => at,
        Unit::Utf16 => model[..at].iter().map(|c| c.len_utf16()).sum(),
        Unit::Bytes => model[..at].iter().map(|c| c.len_utf8()).sum(),
    })
}

/// A rope and what it should read as.
struct Pair {
    rope: Rope,
    model: Vec<char>,
    last: usize,
}

impl Pair {
    fn new() -> Self {
        Pair {
            rope: Rope::new(),
            model: Vec::new(),
            last: 0,
        }
    }

    fn insert(&mut self, at: usize, text: &str) {
        self.rope.insert(small(at), text);
        self.model.splice(at..at, text.chars());
        self.last = at + text.chars().count();
    }

    fn delete(&mut self, at: usize, len: usize) {
        let mut removed = b"kept ".to_vec();
        self.rope.delete(small(at), small(len), &mut removed);
        let expected: String = "kept "
            .chars()
            .chain(self.model.drain(at..at + len))
            .collect();
        assert_eq!(String::from_utf8(removed).unwrap(), expected);
        self.last = at;
    }

    /// Mostly goes on where it was, as people do.
    fn step(&mut self, random: &mut Random, alphabet: &str) {
        let len = self.model.len();
        let at = match random.below(4) {
            0 => random.below(len + 1),
            1 => (self.last + random.below(7)).saturating_sub(3).min(len),
            _ => self.last,
        };
        match random.below(if len > 40 * CAPACITY { 60 } else { 100 }) {
            0..20 => self.delete(at - random.below(2).min(at), random.below(2).min(len - at)),
            20..35 => self.delete(at, random.below(8).min(len - at)),
            35..37 => self.delete(at, random.below(3 * CAPACITY).min(len - at)),
            37 => self.delete(0, len),
            38..42 => self.insert(at, &random.text(alphabet, 3 * CAPACITY)),
            42..60 => self.insert(at, &random.text(alphabet, 8)),
            _ => self.insert(at, &random.text(alphabet, 1)),
        }
    }

    fn compare_lengths(&self) {
        for unit in UNITS {
            let len = from_chars(&self.model, unit, self.model.len());
            assert_eq!(self.rope.len().get(unit), len, "{unit:?}");
        }
    }

    fn compare(&self, random: &mut Random) {
        self.rope.check().unwrap();
        self.compare_lengths();
        let text: String = self.model.iter().collect();
        assert_eq!(self.rope.to_string(), text);
        let start = random.below(self.model.len() + 1);
        let end = start + random.below(self.model.len() + 1 - start);
        let part: String = self.model[start..end].iter().collect();
        assert_eq!(
            self.rope
                .chunks_in(small(start)..small(end))
                .collect::<String>(),
            part
        );
        for unit in UNITS {
            let there = from_chars(&self.model, unit, start);
            assert_eq!(self.rope.from_chars(unit, small(start)), Some(there));
            assert_eq!(self.rope.to_chars(unit, there), Some(small(start)));
            assert_eq!(self.rope.to_chars(unit, u32::MAX), None);
        }
    }
}

#[test]
fn random_edits_read_as_in_a_string() {
    for seed in 0..60 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let mut pair = Pair::new();
        for step in 0..400 {
            pair.step(&mut random, ALPHABETS[step / 50 % 3]);
            if step % 5 == 0 {
                pair.compare(&mut random);
            } else {
                pair.compare_lengths();
            }
        }
    }
}

#[test]
fn positions_convert_everywhere_and_only_between_characters() {
    for (alphabet, seed) in ALPHABETS.into_iter().zip(0..) {
        let mut random = Random::new(seed);
        let mut pair = Pair::new();
        for _ in 0..60 {
            pair.insert(
                random.below(pair.model.len() + 1),
                &random.text(alphabet, CAPACITY / 4),
            );
        }
        for unit in UNITS {
            let len = from_chars(&pair.model, unit, pair.model.len());
            let mut expected = vec![None; len as usize + 3];
            for at in 0..=pair.model.len() {
                expected[from_chars(&pair.model, unit, at) as usize] = Some(small(at));
            }
            for (at, chars) in (0..).zip(expected) {
                assert_eq!(
                    pair.rope.to_chars(unit, at),
                    chars,
                    "{alphabet} {unit:?} {at}"
                );
            }
            assert_eq!(pair.rope.to_chars(unit, u32::MAX), None);
            assert_eq!(
                pair.rope.from_chars(unit, small(pair.model.len()) + 1),
                None
            );
        }
    }
}

#[test]
fn an_edit_at_a_located_place_is_the_same_edit() {
    for seed in 0..30 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let alphabet = ALPHABETS[random.below(3)];
        let mut pair = Pair::new();
        for step in 0..100 {
            let start = random.below(pair.model.len() + 1);
            let len = random.below(if step % 10 == 0 { 2 * CAPACITY } else { 4 });
            let end = (start + len).min(pair.model.len());
            let unit = UNITS[random.below(3)];
            let there = |at| from_chars(&pair.model, unit, at);
            let chars = pair.rope.locate(unit, there(start)..there(end));
            assert_eq!(chars, Some(small(start)..small(end)));
            pair.delete(start, end - start);
            pair.insert(start, &random.text(alphabet, 8));
            pair.compare(&mut random);
        }
    }
}

#[test]
fn what_is_no_range_of_characters_is_not_located() {
    for seed in 0..30 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let alphabet = ALPHABETS[random.below(3)];
        let mut pair = Pair::new();
        for _ in 0..100 {
            pair.step(&mut random, alphabet);
            let unit = UNITS[random.below(3)];
            let len = pair.rope.len().get(unit);
            let start = small(random.below(len as usize + 3));
            for end in [
                start,
                start + 1,
                start + 2,
                start.saturating_sub(1),
                len,
                u32::MAX,
            ] {
                let ends = (
                    pair.rope.to_chars(unit, start),
                    pair.rope.to_chars(unit, end),
                );
                let expected = match ends {
                    (Some(first), Some(last)) if start <= end => Some(first..last),
                    _ => None,
                };
                assert_eq!(
                    pair.rope.locate(unit, start..end),
                    expected,
                    "{unit:?} {start}..{end}"
                );
            }
        }
        pair.compare(&mut random);
    }
}

#[test]
fn a_text_becomes_a_rope() {
    for seed in 0..40 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let whole = random.text(ALPHABETS[1], 6 * CAPACITY);
        let rope = Rope::from_text(&whole);
        assert_eq!(rope.to_string(), whole);
        rope.check().unwrap();
    }
}

#[test]
fn typing_fills_leaves() {
    let mut rope = Rope::from_text(&"-".repeat(2 * CAPACITY));
    let typed = small(20 * CAPACITY);
    (0..typed).for_each(|at| rope.insert(small(CAPACITY / 2) + at, "x"));
    let leaves = rope.tree.iter().count();
    assert!(leaves <= 25, "{leaves} leaves");
}

#[test]
fn a_shrinking_text_gives_its_memory_back() {
    let mut rope = Rope::from_text(&"text ".repeat(80 * CAPACITY));
    let full = rope.tree.heap_bytes();
    let mut removed = Vec::new();
    while rope.len().chars > 8 {
        // Here and there, so that leaves empty slowly and in every place.
        let at = rope.len().chars / 3;
        rope.delete(at, 5, &mut removed);
        rope.delete(0, 1, &mut removed);
    }
    rope.check().unwrap();
    assert!(
        rope.tree.heap_bytes() * 4 < full,
        "{} of {full} bytes",
        rope.tree.heap_bytes()
    );
    assert_eq!(rope.tree.iter().count(), 1);
}
