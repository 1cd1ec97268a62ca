//! Turns to bytes.

use super::bits::{order_for, put, put_number, put_plain};
use super::turn::{Answer, Item, Line, News, Says, Told, Turn, Words};
use crate::column::BitWriter;
use crate::summary::merkle::Range;
use crate::summary::symbols::{Cell, Sketch};

/// A turn's bytes.
pub(super) fn write(turn: &Turn) -> Vec<u8> {
    let mut out = BitWriter::default();
    put(&mut out, u64::from(turn.version), 4);
    match &turn.words {
        Words::Hello {
            nonce,
            root,
            opening,
        } => {
            put(&mut out, 0, 4);
            put_plain(&mut out, turn.tick);
            put(&mut out, *nonce, 64);
            put_proof(&mut out, root);
            put_says(&mut out, opening);
        }
        Words::Equal(proof) => {
            put(&mut out, 1, 4);
            put_plain(&mut out, turn.tick);
            put_proof(&mut out, proof);
        }
        Words::Offer(says) => {
            put(&mut out, 2, 4);
            put_plain(&mut out, turn.tick);
            put_says(&mut out, says);
        }
        Words::More { upto, look } => {
            put(&mut out, 3, 4);
            put_plain(&mut out, turn.tick);
            put_plain(&mut out, *upto as u64);
            put(&mut out, u64::from(look.is_some()), 1);
            if let Some(look) = look {
                for &word in look.strata.as_flattened() {
                    put(&mut out, word, 64);
                }
                put_parts(&mut out, Range::ALL, &look.parts);
            }
        }
        Words::Answer(answer) => {
            put(&mut out, 4, 4);
            put_plain(&mut out, turn.tick);
            put_answer(&mut out, answer);
        }
    }
    out.finish()
}

fn put_proof(out: &mut BitWriter, proof: &[u8; 16]) {
    for &byte in proof {
        put(out, u64::from(byte), 8);
    }
}

fn put_says(out: &mut BitWriter, says: &Says) {
    match says {
        Says::Nothing => put(out, 0, 2),
        Says::List(lines) => {
            put(out, 1, 2);
            put_lines(out, lines);
        }
        Says::Symbols {
            from,
            cells,
            sketch,
        } => {
            put(out, 2, 2);
            put_symbols(out, *from, cells, sketch.as_ref());
        }
        Says::News { seen, news } => {
            put(out, 3, 2);
            put_plain(out, *seen);
            put_news(out, news);
        }
    }
}

fn put_symbols(out: &mut BitWriter, from: usize, cells: &[Cell], sketch: Option<&Sketch>) {
    put_plain(out, from as u64);
    put_plain(out, cells.len() as u64);
    for cell in cells {
        for sum in [cell.digest, cell.high, cell.low, cell.cross, cell.length] {
            put(out, u64::from(sum), 32);
        }
    }
    if let Some(sketch) = sketch {
        for &bits in &sketch.bits {
            put(out, bits, 64);
        }
    }
}

/// Ascending keys: how many, then the gaps between them.
fn put_keys(out: &mut BitWriter, keys: impl Iterator<Item = u64> + Clone) -> u32 {
    let mut next = Some(0u64);
    let gaps = keys.map(move |key| {
        let gap = next.map_or(0, |next| key.wrapping_sub(next));
        next = key.checked_add(1);
        gap
    });
    put_plain(out, gaps.clone().count() as u64);
    put_column(out, gaps)
}

/// Numbers, in the order that suits them, which it gives.
fn put_column(out: &mut BitWriter, numbers: impl Iterator<Item = u64> + Clone) -> u32 {
    let order = order_for(numbers.clone());
    if numbers.clone().next().is_some() {
        put(out, u64::from(order), 6);
    }
    for number in numbers {
        put_number(out, number, order);
    }
    order
}

fn put_lines(out: &mut BitWriter, lines: &[Line]) {
    put_keys(out, lines.iter().map(|line| line.key));
    put_column(out, lines.iter().map(|line| u64::from(line.length)));
    for mark in lines.iter().filter_map(|line| line.mark) {
        put(out, mark, 64);
    }
}

fn put_news(out: &mut BitWriter, news: &[News]) {
    put_keys(out, news.iter().map(|news| news.key));
    put_column(out, news.iter().map(|news| u64::from(news.from)));
    let grown = |news: &News| i64::from(news.length) - i64::from(news.from);
    let grown = news
        .iter()
        .map(move |news| crate::column::zigzag_of(grown(news)));
    put_column(out, grown);
}

/// Parts of a range whose hashes are told: all at one depth, or the parts of its parts.
fn put_parts(out: &mut BitWriter, range: Range, parts: &[(Range, u64)]) {
    let nibbles = parts.first().map_or(1, |(part, _)| part.nibbles);
    let (depth, levels) = depth_of(parts.iter().map(|(part, _)| *part), nibbles);
    let prefix = parts.first().map_or(0, |(part, _)| part.prefix);
    put(out, u64::from(depth - range.nibbles), 4);
    for at in range.nibbles..depth {
        put(out, prefix >> (60 - 4 * u32::from(at)) & 15, 4);
    }
    put(out, u64::from(levels - 1), 1);
    put_masks(out, Range::of(prefix, depth), levels, parts);
    for (_, mark) in parts {
        put(out, *mark, 64);
    }
}

/// How many nibbles all parts share, and how many more they have: 1 or 2.
fn depth_of(parts: impl Iterator<Item = Range> + Clone, nibbles: u8) -> (u8, u8) {
    let above = nibbles - 1;
    let mut shared = parts.map(|part| Range::of(part.prefix, above));
    let first = shared.next();
    if shared.all(|range| Some(range) == first) {
        (above, 1)
    } else {
        (above - 1, 2)
    }
}

fn put_masks(out: &mut BitWriter, range: Range, levels: u8, parts: &[(Range, u64)]) {
    let within = |nibble: usize| {
        let child = range.child(nibble);
        child.part_of(parts, |(part, _)| part.prefix)
    };
    let present = (0..16).filter(|&nibble| !within(nibble).is_empty());
    put(
        out,
        present.clone().fold(0, |mask, nibble| mask | 1 << nibble),
        16,
    );
    if levels == 2 {
        for nibble in present {
            put_masks(out, range.child(nibble), 1, within(nibble));
        }
    }
}

fn put_told<'a>(out: &mut BitWriter, told: impl Iterator<Item = &'a Told> + Clone) {
    let wants = told.clone().filter_map(|told| match told {
        Told::Want(length) => Some(u64::from(*length)),
        _ => None,
    });
    let order = order_for(wants);
    put(out, u64::from(order), 6);
    for told in told {
        let code = match told {
            Told::Lack => 0,
            Told::Want(_) => 1,
            Told::Fork => 2,
            Told::Same => 3,
        };
        put(out, code, 2);
        if let Told::Want(length) = told {
            put_number(out, u64::from(*length), order);
        }
    }
}

fn put_answer(out: &mut BitWriter, answer: &Answer) {
    let flags = [
        answer.afresh,
        answer.careful,
        !answer.lines.is_empty(),
        !answer.keys.is_empty(),
        !answer.news.is_empty(),
        answer.rest.is_some(),
    ];
    flags.iter().for_each(|&flag| put(out, u64::from(flag), 1));
    if !answer.lines.is_empty() {
        put_keys(out, answer.lines.iter().map(|&(at, _)| at as u64));
        put_told(out, answer.lines.iter().map(|(_, told)| told));
    }
    if !answer.keys.is_empty() {
        put_keys(out, answer.keys.iter().map(|&(key, _)| key));
        put_told(out, answer.keys.iter().map(|(_, told)| told));
    }
    if !answer.news.is_empty() {
        put_news(out, &answer.news);
    }
    match &answer.rest {
        Some(proof) => put_proof(out, proof),
        None => put_open(out, &answer.open),
    }
}

fn put_open(out: &mut BitWriter, open: &[Option<Item>]) {
    for item in open {
        put(out, u64::from(item.is_some()), 1);
    }
    for item in open.iter().flatten() {
        match item {
            Item::List(lines) => {
                put(out, 0, 1);
                put_lines(out, lines);
            }
            Item::Parts(range, parts) => {
                put(out, 1, 1);
                put_parts(out, *range, parts);
            }
        }
    }
}
