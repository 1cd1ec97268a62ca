//! Turns from bytes, which may be anything.

use super::bits::{take, take_number, take_plain};
use super::error::ReconcileError;
use super::turn::{Answer, Item, Line, Look, News, OLDEST, Says, Told, Turn, VERSION, Words};
use crate::column::{BitReader, ReadError, signed_of};
use crate::summary::merkle::{NIBBLES, Range};
use crate::summary::symbols::{CELLS_MAX, Cell, STRATA, Sketch, WHOLE, WORDS};

type Read<T> = Result<T, ReadError>;

/// Where a list may stand, and how it is read.
#[derive(Clone, Copy, Debug)]
struct Form {
    range: Range,
    marks: bool,
}

/// Reads a turn. `asked` are the parts whose hashes were told in the turn before; `careful` says whether lists carry marks.
pub(super) fn read(bytes: &[u8], asked: &[Range], careful: bool) -> Result<Turn, ReconcileError> {
    let mut bits = BitReader::new(bytes, 0);
    let version = u8::try_from(take(&mut bits, 4)?).unwrap_or(u8::MAX);
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(ReconcileError::Version { found: version });
    }
    let kind = take(&mut bits, 4)?;
    let tick = take_plain(&mut bits)?;
    let words = match kind {
        0 => Words::Hello {
            nonce: take(&mut bits, 64)?,
            root: take_proof(&mut bits)?,
            opening: take_says(&mut bits)?,
        },
        1 => Words::Equal(take_proof(&mut bits)?),
        2 => Words::Offer(take_says(&mut bits)?),
        3 => take_more(&mut bits)?,
        4 => Words::Answer(take_answer(&mut bits, asked, careful)?),
        _ => return Err(bits.error("unknown kind of turn").into()),
    };
    bits.finish()?;
    Ok(Turn {
        version,
        tick,
        words,
    })
}

fn take_proof(bits: &mut BitReader<'_>) -> Read<[u8; 16]> {
    let mut proof = [0; 16];
    for half in proof.chunks_exact_mut(8) {
        half.copy_from_slice(&take(bits, 64)?.to_le_bytes());
    }
    Ok(proof)
}

fn take_flag(bits: &mut BitReader<'_>) -> Read<bool> {
    Ok(bits.take(1)? == 1)
}

/// A count of things that take at least so many bits each.
fn take_count(bits: &mut BitReader<'_>, each: usize) -> Read<usize> {
    let count = take_plain(bits)?;
    match usize::try_from(count) {
        Ok(count) if count <= bits.remaining() / each => Ok(count),
        _ => Err(bits.error("count larger than the input")),
    }
}

fn take_says(bits: &mut BitReader<'_>) -> Read<Says> {
    Ok(match bits.take(2)? {
        0 => Says::Nothing,
        1 => Says::List(take_lines(
            bits,
            Form {
                range: Range::ALL,
                marks: false,
            },
        )?),
        2 => take_symbols(bits)?,
        _ => Says::News {
            seen: take_plain(bits)?,
            news: take_news(bits)?,
        },
    })
}

fn take_symbols(bits: &mut BitReader<'_>) -> Read<Says> {
    let from = take_plain(bits)?;
    let from = usize::try_from(from).map_err(|_| bits.error("number too large"))?;
    let count = take_count(bits, 5 * 32)?;
    if from.checked_add(count).is_none_or(|upto| upto > CELLS_MAX) {
        return Err(bits.error("more symbols than there are"));
    }
    let mut cells = Vec::with_capacity(count);
    for _ in 0..count {
        cells.push(Cell {
            digest: take_half(bits)?,
            high: take_half(bits)?,
            low: take_half(bits)?,
            cross: take_half(bits)?,
            length: take_half(bits)?,
        });
    }
    let sketch = match from {
        0 => Some(take_sketch(bits)?),
        _ => None,
    };
    Ok(Says::Symbols {
        from,
        cells,
        sketch,
    })
}

#[allow(clippy::cast_possible_truncation)] // 32 bits
fn take_half(bits: &mut BitReader<'_>) -> Read<u32> {
    Ok(bits.take(32)? as u32)
}

fn take_sketch(bits: &mut BitReader<'_>) -> Read<Sketch> {
    let mut sketch = [0; STRATA];
    for stratum in &mut sketch {
        *stratum = take(bits, 64)?;
    }
    Ok(Sketch { bits: sketch })
}

/// Ascending keys.
fn take_keys(bits: &mut BitReader<'_>) -> Read<Vec<u64>> {
    // A bound on what a byte can make us hold: with what follows, each takes four bits.
    let count = take_count(bits, 4)?;
    let mut keys = Vec::with_capacity(count);
    let mut next = Some(0u64);
    take_column(bits, count, |bits, gap| {
        let key = next.and_then(|next| next.checked_add(gap));
        let key = key.ok_or_else(|| bits.error("keys beyond the largest"))?;
        next = key.checked_add(1);
        keys.push(key);
        Ok(())
    })?;
    Ok(keys)
}

/// Numbers of one order.
fn take_column<'a>(
    bits: &mut BitReader<'a>,
    count: usize,
    mut each: impl FnMut(&BitReader<'a>, u64) -> Read<()>,
) -> Read<()> {
    if count == 0 {
        return Ok(());
    }
    let order = take_order(bits)?;
    for _ in 0..count {
        let number = take_number(bits, order)?;
        each(bits, number)?;
    }
    Ok(())
}

#[allow(clippy::cast_possible_truncation)] // 6 bits
fn take_order(bits: &mut BitReader<'_>) -> Read<u32> {
    Ok(bits.take(6)? as u32)
}

fn take_lengths(bits: &mut BitReader<'_>, count: usize) -> Read<Vec<u32>> {
    let mut lengths = Vec::with_capacity(count);
    take_column(bits, count, |bits, length| {
        let length = u32::try_from(length).map_err(|_| bits.error("length too large"))?;
        lengths.push(length);
        Ok(())
    })?;
    Ok(lengths)
}

fn take_lines(bits: &mut BitReader<'_>, form: Form) -> Read<Vec<Line>> {
    let keys = take_keys(bits)?;
    let lengths = take_lengths(bits, keys.len())?;
    let mut lines = Vec::with_capacity(keys.len());
    for (key, length) in keys.into_iter().zip(lengths) {
        if !form.range.contains(key) {
            return Err(bits.error("a key outside of its range"));
        }
        let mark = match form.marks {
            true => Some(take(bits, 64)?),
            false => None,
        };
        lines.push(Line { key, length, mark });
    }
    Ok(lines)
}

fn take_news(bits: &mut BitReader<'_>) -> Read<Vec<News>> {
    let keys = take_keys(bits)?;
    let from = take_lengths(bits, keys.len())?;
    let mut news = Vec::with_capacity(keys.len());
    let mut before = keys.iter().zip(from);
    take_column(bits, keys.len(), |bits, grown| {
        if let Some((&key, from)) = before.next() {
            let length = i64::from(from).checked_add(signed_of(grown));
            let length = length.and_then(|length| u32::try_from(length).ok());
            let length = length.ok_or_else(|| bits.error("length too large"))?;
            news.push(News { key, from, length });
        }
        Ok(())
    })?;
    Ok(news)
}

fn take_more(bits: &mut BitReader<'_>) -> Read<Words> {
    let upto = take_plain(bits)?;
    let upto = usize::try_from(upto).map_err(|_| bits.error("number too large"))?;
    let look = match take_flag(bits)? {
        true => Some(Box::new(take_look(bits)?)),
        false => None,
    };
    Ok(Words::More { upto, look })
}

fn take_look(bits: &mut BitReader<'_>) -> Read<Look> {
    let mut strata = [[0; WORDS]; WHOLE];
    for word in strata.as_flattened_mut() {
        *word = take(bits, 64)?;
    }
    let parts = take_parts(bits, Range::ALL)?;
    Ok(Look { strata, parts })
}

#[allow(clippy::cast_possible_truncation)] // 4 bits
fn take_parts(bits: &mut BitReader<'_>, range: Range) -> Read<Vec<(Range, u64)>> {
    let mut within = range;
    for _ in 0..bits.take(4)? {
        if within.nibbles >= NIBBLES {
            break;
        }
        within = within.child(bits.take(4)? as usize);
    }
    let two = take_flag(bits)?;
    if within.nibbles + u8::from(two) >= NIBBLES {
        return Err(bits.error("parts of a single key"));
    }
    let mut parts = take_mask(bits, within)?;
    if two {
        let above = std::mem::take(&mut parts);
        for part in above {
            parts.extend(take_mask(bits, part)?);
        }
    }
    let mut marked = Vec::with_capacity(parts.len());
    for part in parts {
        marked.push((part, take(bits, 64)?));
    }
    Ok(marked)
}

fn take_mask(bits: &mut BitReader<'_>, range: Range) -> Read<Vec<Range>> {
    let mask = bits.take(16)?;
    if mask == 0 {
        return Err(bits.error("a range without parts"));
    }
    let present = (0..16).filter(|nibble| mask >> nibble & 1 == 1);
    Ok(present.map(|nibble| range.child(nibble)).collect())
}

fn take_told(bits: &mut BitReader<'_>, count: usize) -> Read<Vec<Told>> {
    let order = take_order(bits)?;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(match bits.take(2)? {
            0 => Told::Lack,
            1 => {
                let length = take_number(bits, order)?;
                let length = u32::try_from(length).map_err(|_| bits.error("length too large"))?;
                Told::Want(length)
            }
            2 => Told::Fork,
            _ => Told::Same,
        });
    }
    Ok(all)
}

fn take_answer(bits: &mut BitReader<'_>, asked: &[Range], careful: bool) -> Read<Answer> {
    let mut answer = Answer {
        afresh: take_flag(bits)?,
        careful: take_flag(bits)?,
        ..Answer::default()
    };
    let [lines, keys, news, rest] = [
        take_flag(bits)?,
        take_flag(bits)?,
        take_flag(bits)?,
        take_flag(bits)?,
    ];
    if lines {
        let at = take_keys(bits)?;
        let told = take_told(bits, at.len())?;
        let at = at
            .into_iter()
            .map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        answer.lines = at.zip(told).collect();
    }
    if keys {
        let keys = take_keys(bits)?;
        let told = take_told(bits, keys.len())?;
        answer.keys = keys.into_iter().zip(told).collect();
    }
    if news {
        answer.news = take_news(bits)?;
    }
    if rest {
        answer.rest = Some(take_proof(bits)?);
        return Ok(answer);
    }
    let marks = careful || answer.careful;
    answer.open = match answer.afresh {
        true => take_open(bits, &[Range::ALL], marks)?,
        false => take_open(bits, asked, marks)?,
    };
    Ok(answer)
}

fn take_open(bits: &mut BitReader<'_>, asked: &[Range], marks: bool) -> Read<Vec<Option<Item>>> {
    let mut differ = Vec::with_capacity(asked.len());
    for _ in asked {
        differ.push(take_flag(bits)?);
    }
    let mut open = Vec::with_capacity(asked.len());
    for (&range, differs) in asked.iter().zip(differ) {
        open.push(match differs {
            false => None,
            true => Some(take_item(bits, Form { range, marks })?),
        });
    }
    Ok(open)
}

fn take_item(bits: &mut BitReader<'_>, form: Form) -> Read<Item> {
    Ok(match take_flag(bits)? {
        false => Item::List(take_lines(bits, form)?),
        true => Item::Parts(form.range, take_parts(bits, form.range)?),
    })
}
