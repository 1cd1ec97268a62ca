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

/// Values of fields, in order, and words between them.
pub(super) struct Tape {
    /// What comes next: a field's number, or [`WORD`].
    order: Vec<u8>,
    /// Its value.
    values: Vec<u64>,
}

/// 32 bits as they are.
#[allow(clippy::cast_possible_truncation)] // there are some twenty
const WORD: u8 = FIELDS as u8;

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

/// Most messages are small: there is room for one from the beginning.
impl Default for Tape {
    fn default() -> Self {
        Tape {
            order: Vec::with_capacity(SMALL),
            values: Vec::with_capacity(SMALL),
        }
    }
}

/// Values of a small message.
const SMALL: usize = 64;

impl Tape {
    #[inline]
    pub(super) fn put(&mut self, field: Field, value: u64) {
        self.order.push(field as u8);
        self.values.push(value);
    }

    pub(super) fn put_word(&mut self, word: [u8; 4]) {
        self.order.push(WORD);
        self.values.push(u32::from_le_bytes(word).into());
    }

    /// Codes each field as comes out smallest.
    pub(super) fn finish(&self, level: Level) -> Coded {
        let defaults = self.in_default();
        if !defaults.iter().any(InDefault::may_be_less) {
            return self.coded_by_default();
        }
        let mut codings = [const { Coding::Default }; FIELDS];
        let (values, ends) = self.by_field();
        for (field, default) in Field::ALL.into_iter().zip(&defaults) {
            let start = field.at().checked_sub(1).map_or(0, |before| ends[before]);
            let values = &values[start..ends[field.at()]];
            codings[field.at()] = best_coding(field, values, default, level);
        }
        let is_default = codings
            .iter()
            .all(|coding| matches!(coding, Coding::Default));
        Coded {
            is_default,
            columns: columns(&codings),
            bits: self.bits(&codings, is_default),
        }
    }

    fn coded_by_default(&self) -> Coded {
        let mut bits = BitWriter::expecting(2 * self.order.len());
        for (&next, &value) in self.order.iter().zip(&self.values) {
            match Field::ALL.get(usize::from(next)) {
                Some(&field) => put_value(field, field.default_encoder(), value, &mut bits),
                None => bits.put(value, 32),
            }
        }
        Coded {
            is_default: true,
            columns: Vec::new(),
            bits: bits.finish(),
        }
    }

    /// What each field's values take in its default code.
    fn in_default(&self) -> [InDefault; FIELDS] {
        let mut defaults = [InDefault::default(); FIELDS];
        for (&next, &value) in self.order.iter().zip(&self.values) {
            if let Some(&field) = Field::ALL.get(usize::from(next)) {
                defaults[field.at()].add(field, value);
            }
        }
        defaults
    }

    /// The values field by field, in order; and where those of each end.
    fn by_field(&self) -> (Vec<u64>, [usize; FIELDS + 1]) {
        let mut at = [0; FIELDS + 1];
        for &field in &self.order {
            at[usize::from(field)] += 1;
        }
        let mut start = 0;
        for at in &mut at {
            (start, *at) = (start + *at, start);
        }
        let mut values = vec![0; self.values.len()];
        for (&field, &value) in self.order.iter().zip(&self.values) {
            let at = &mut at[usize::from(field)];
            values[*at] = value;
            *at += 1;
        }
        (values, at)
    }

    fn bits(&self, codings: &[Coding; FIELDS], is_default: bool) -> Vec<u8> {
        let mut bits = BitWriter::expecting(2 * self.order.len());
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
        let own = codings.each_ref().map(own);
        for (&next, &value) in self.order.iter().zip(&self.values) {
            let Some(&field) = Field::ALL.get(usize::from(next)) else {
                bits.put(value, 32);
                continue;
            };
            let encoder = match (&codings[field.at()], &own[field.at()]) {
                (Coding::Column { .. }, _) => continue,
                (_, Some(own)) => own,
                (_, None) => field.default_encoder(),
            };
            put_value(field, encoder, value, &mut bits);
        }
        bits.finish()
    }
}

#[inline]
fn put_value(field: Field, encoder: &Encoder, value: u64, bits: &mut BitWriter) {
    if field.is_symbol() {
        encoder.put(value.to_le_bytes()[0], bits);
    } else {
        put_number(encoder, value, bits);
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

fn best_coding(field: Field, values: &[u64], default: &InDefault, level: Level) -> Coding {
    let mut best = Coding::Default;
    let mut least = default.bits;
    if default.may_be_own()
        && let Some((own, bits)) = own_code(field, values, least - 2 - default.more)
    {
        (best, least) = (Coding::Own(own), 2 + bits + default.more);
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

/// What a field's values take in its default code.
#[derive(Clone, Copy, Default)]
struct InDefault {
    /// How many values there are.
    values: usize,
    /// Bits in all; `u64::MAX` where the code has none for one of them.
    bits: u64,
    /// Of these, bits that follow the codes.
    more: u64,
}

impl InDefault {
    #[inline]
    fn add(&mut self, field: Field, value: u64) {
        let (symbol, follow) = symbol_in(field, value);
        self.values += 1;
        self.more += u64::from(follow);
        // The default codes have all symbols of 32 bits.
        let code = field.default_lengths().get(symbol).copied().unwrap_or(0);
        let bits = match code {
            0 => u64::MAX,
            code => u64::from(code) + u64::from(follow),
        };
        self.bits = self.bits.saturating_add(bits);
    }

    /// A code of its own says what it is: of few values it is not worth finding. A bit each is the least.
    fn may_be_own(&self) -> bool {
        2 + Lengths::BITS_LEAST + self.values as u64 + self.more < self.bits
    }

    /// Whether another form may take less.
    fn may_be_less(&self) -> bool {
        self.values > 0 && (self.may_be_own() || self.values >= COLUMN_FROM)
    }
}

/// A value's symbol, and how many bits follow it.
#[inline]
fn symbol_in(field: Field, value: u64) -> (usize, u32) {
    let (symbol, follow) = match field.is_symbol() {
        true => (value.to_le_bytes()[0], 0),
        false => symbol_of(value),
    };
    (usize::from(symbol), follow)
}

/// A code for these values alone, and how many bits it takes with all that it says of itself, if those are less than so
/// many.
fn own_code(field: Field, values: &[u64], most: u64) -> Option<(Lengths, u64)> {
    let mut counts = [0; SYMBOLS];
    for &value in values {
        counts[symbol_in(field, value).0] += 1;
    }
    if Lengths::bits_at_least(&counts) >= most {
        return None;
    }
    let own = Lengths::for_counts(&counts)?;
    let bits = own.written_bits() + cost(&own.0, &counts)?;
    (bits < most).then_some((own, bits))
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
