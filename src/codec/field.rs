//! The fields of a delta: what the numbers in its bits mean, and how they are coded.

use super::defaults::DEFAULTS;
use crate::column::{Decoder, Encoder, SYMBOLS};

/// A field. Where what follows depends on what came before, it has a field for each case: each has a code of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Field {
    /// Which peer made a run, as [`Authors`](super::numbering::Authors) number them.
    Author,
    /// Operations of a run, less one.
    RunLen,
    /// Twice the parents other than its peer's operation before; and one if that is a parent too.
    Parents,
    /// Which peer made such a parent, likewise.
    ParentPeer,
    /// How many operations of that peer, up to its last one so far in the delta, are newer than the parent.
    ParentBack,
    /// The head of a stretch, by the kind of the stretch before: none of the next three.
    Head,
    HeadAfterInsert,
    HeadAfterDelete,
    HeadAfterDeleteBack,
    /// Which container a stretch is in: 0 the one after the highest so far, or 1 + its number in the table.
    Container,
    /// Operations of a stretch, less two.
    InsertLen,
    DeleteLen,
    /// How far a stretch starts from where its author's last one in the container ended: twice the distance less one, and
    /// one if it starts before. By whether the stretch before inserted.
    InsertPosAfterInsert,
    InsertPos,
    DeletePosAfterInsert,
    DeletePos,
    /// Which key an entry is under: as a container.
    Key,
    /// Kinds of values.
    Value,
    /// Integers, zigzag.
    Int,
    /// Bytes of a string or byte string.
    Length,
    /// Generations of containers at a map's key.
    Generation,
}

pub(super) const FIELDS: usize = 21;

impl Field {
    pub(super) const ALL: [Field; FIELDS] = [
        Field::Author,
        Field::RunLen,
        Field::Parents,
        Field::ParentPeer,
        Field::ParentBack,
        Field::Head,
        Field::HeadAfterInsert,
        Field::HeadAfterDelete,
        Field::HeadAfterDeleteBack,
        Field::Container,
        Field::InsertLen,
        Field::DeleteLen,
        Field::InsertPosAfterInsert,
        Field::InsertPos,
        Field::DeletePosAfterInsert,
        Field::DeletePos,
        Field::Key,
        Field::Value,
        Field::Int,
        Field::Length,
        Field::Generation,
    ];

    pub(super) fn at(self) -> usize {
        self as usize
    }

    /// Whether a field's values are symbols themselves, rather than numbers.
    #[inline]
    pub(super) fn is_symbol(self) -> bool {
        matches!(
            self,
            Field::Head
                | Field::HeadAfterInsert
                | Field::HeadAfterDelete
                | Field::HeadAfterDeleteBack
                | Field::Value
        )
    }

    /// How many symbols its code may have.
    pub(super) fn symbols(self) -> usize {
        match self {
            Field::Value => VALUE_KINDS,
            field if field.is_symbol() => HEADS,
            _ => SYMBOLS,
        }
    }

    /// The lengths of its default code.
    pub(super) fn default_lengths(self) -> &'static [u8] {
        DEFAULTS[self.at()]
    }

    /// The encoder of its default code.
    pub(super) fn default_encoder(self) -> &'static Encoder {
        &ENCODERS[self.at()]
    }

    /// The decoder of its default code.
    #[inline]
    pub(super) fn default_decoder(self) -> &'static Decoder {
        &DECODERS[self.at()]
    }
}

/// The name of the field of that number.
pub(super) fn name_of(number: u8) -> String {
    let field = Field::ALL.get(usize::from(number));
    field.map_or_else(|| number.to_string(), |field| format!("{field:?}"))
}

/// Heads of stretches.
pub(super) const HEADS: usize = 128;
/// Kinds of values.
pub(super) const VALUE_KINDS: usize = 16;

static ENCODERS: [Encoder; FIELDS] = {
    let mut encoders = [const { Encoder::new(&[]) }; FIELDS];
    let mut at = 0;
    while at < FIELDS {
        encoders[at] = Encoder::new(DEFAULTS[at]);
        at += 1;
    }
    encoders
};

static DECODERS: [Decoder; FIELDS] = {
    let mut decoders = [const { Decoder::new(&[1, 1]) }; FIELDS];
    let mut at = 0;
    while at < FIELDS {
        decoders[at] = Decoder::new(DEFAULTS[at]);
        at += 1;
    }
    decoders
};
