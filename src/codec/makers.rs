//! Which operations made the containers of a table.

use super::batch::{Batch, NameRef};
use crate::id::Seq;
use crate::oplog::{Kind, Name};

/// The containers of a table that operations made, by those. Ascending.
pub(super) struct Makers(pub(super) Vec<(u32, Seq, Kind)>);

impl Makers {
    pub(super) fn of(tables: &Batch<'_>) -> Self {
        let made = tables.containers.iter().filter_map(|name| match *name {
            NameRef::Named(Name::Made { by, kind }) => Some((by.0, by.1, kind)),
            _ => None,
        });
        let mut made: Vec<_> = made.collect();
        made.sort_unstable();
        made.dedup();
        Makers(made)
    }
}
