//! Writing fields: first what they are, then, when all are known, how each is coded.
//!
//! ```text
//! fields  := columns bits
//! columns := count (field block)*                 only where the delta's flags say so
//! bits    := code* value*                         to the end of the delta
//! code    := 0 the default | 10 its own, which follows | 11 in a column, as differences if another bit is set
//! ```
//!
//! Values stand in the order in which a reader asks for them, those of fields in a column excepted: a column is a block of
//! varints. A delta whose flags say so has no `code*`: all are the default.

use super::Level;
use super::block::put_block;
use super::field::{FIELDS, Field};
use crate::column::{
    BitWriter, Encoder, Lengths, SYMBOLS, cost, put_number, put_unsigned, signed_of, symbol_of,
    zigzag_of,
};

/// Fields with fewer values than this are not worth a column.
const COLUMN_FROM: usize = 48;

/// Values of fields, in order, and bits between them.
#[derive(Default)]
pub(super) struct Tape {
    /// Whose value comes next: a field's number, or [`WORD`].
    order: Vec<u8>,
    /// By field.
    values: [Vec<u64>; FIELDS],
    /// 32 bits as they are.
    words: Vec<[u8; 4]>,
}

const WORD: u8 = u8::MAX;

/// How a field is coded.
enum Coding {
    Default,
    Own(Lengths),
    Column { differences: bool, block: Vec<u8> },
}

/// Fields in the form that came out smallest.
pub(super) struct Coded {
    /// Whether all codes are the default ones.
    pub(super) is_default: bool,
    /// With its count; empty if there is none.
    pub(super) columns: Vec<u8>,
    pub(super) bits: Vec<u8>,
}

impl Tape {
    #[inline]
    pub(super) fn put(&mut self, field: Field, value: u64) {
        self.order.push(field as u8);
        self.values[field.at()].push(value);
    }

    pub(super) fn put_word(&mut self, word: [u8; 4]) {
        self.order.push(WORD);
        self.words.push(word);
    }

    /// Codes each field as comes out smallest.
    pub(super) fn finish(&self, level: Level) -> Coded {
        let codings = Field::ALL.map(|field| best_coding(field, &self.values[field.at()], level));
        let is_default = codings
            .iter()
            .all(|coding| matches!(coding, Coding::Default));
        Coded {
            is_default,
            columns: columns(&codings),
            bits: self.bits(&codings, is_default),
        }
    }

    fn bits(&self, codings: &[Coding; FIELDS], is_default: bool) -> Vec<u8> {
        let mut bits = BitWriter::default();
        if !is_default {
            for coding in codings {
                match coding {
                    Coding::Default => bits.put(0, 1),
                    Coding::Own(lengths) => {
                        bits.put(0b01, 2);
                        lengths.write(&mut bits);
                    }
                    Coding::Column { differences, .. } => {
                        bits.put(0b11 | u64::from(*differences) << 2, 3)
                    }
                }
            }
        }
        let own = |coding: &Coding| match coding {
            Coding::Own(lengths) => Some(Box::new(Encoder::new(&lengths.0))),
            _ => None,
        };
        let own: Vec<_> = codings.iter().map(own).collect();
        let mut values = self.values.each_ref().map(|values| values.iter());
        let mut words = self.words.iter();
        for &next in &self.order {
            let Some(&field) = Field::ALL.get(usize::from(next)) else {
                if let Some(&word) = words.next() {
                    bits.put(u64::from(u32::from_le_bytes(word)), 32);
                }
                continue;
            };
            let encoder = match (&codings[field.at()], &own[field.at()]) {
                (Coding::Column { .. }, _) => continue,
                (_, Some(own)) => own,
                (_, None) => field.default_encoder(),
            };
            let Some(&value) = values[field.at()].next() else {
                continue;
            };
            if field.is_symbol() {
                encoder.put(value.to_le_bytes()[0], &mut bits);
            } else {
                put_number(encoder, value, &mut bits);
            }
        }
        bits.finish()
    }
}

fn columns(codings: &[Coding; FIELDS]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut count = 0;
    for (at, coding) in (0..).zip(codings) {
        if let Coding::Column { block, .. } = coding {
            out.push(at);
            out.extend_from_slice(block);
            count += 1;
        }
    }
    if count > 0 {
        out.insert(0, count);
    }
    out
}

fn best_coding(field: Field, values: &[u64], level: Level) -> Coding {
    if values.is_empty() {
        return Coding::Default;
    }
    let mut counts = [0; SYMBOLS];
    let mut more = 0;
    for &value in values {
        let (symbol, bits) = if field.is_symbol() {
            (value.to_le_bytes()[0], 0)
        } else {
            symbol_of(value)
        };
        counts[usize::from(symbol)] += 1;
        more += u64::from(bits);
    }
    let mut best = Coding::Default;
    // The default codes have all symbols of 32 bits.
    let default = cost(field.default_lengths(), &counts);
    let mut least = default.map_or(u64::MAX, |bits| bits + more);
    // A code of its own says what it is: of few values it is not worth finding.
    if 2 + Lengths::bits_at_least(&counts) + more < least
        && let Some(own) = Lengths::for_counts(&counts)
        && let Some(bits) = cost(&own.0, &counts)
    {
        let bits = 2 + own.written_bits() + bits + more;
        if bits < least {
            (best, least) = (Coding::Own(own), bits);
        }
    }
    if level == Level::None || values.len() < COLUMN_FROM {
        return best;
    }
    for differences in [false, true] {
        // Only integers that people wrote have a tendency.
        if differences && field != Field::Int {
            break;
        }
        let mut block = Vec::new();
        put_block(&mut block, &varints(values, differences), level);
        let bits = 8 * (block.len() as u64 + 1) + 3;
        if bits < least {
            (best, least) = (Coding::Column { differences, block }, bits);
        }
    }
    best
}

fn varints(values: &[u64], differences: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = 0;
    for &value in values {
        if differences {
            let value = signed_of(value);
            put_unsigned(&mut out, zigzag_of(value.wrapping_sub(before)));
            before = value;
        } else {
            put_unsigned(&mut out, value);
        }
    }
    out
}
