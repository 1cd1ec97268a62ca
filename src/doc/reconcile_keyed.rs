//! Making a list of named elements show others: those that stay move, the rest go or come.

use std::collections::{BTreeMap, BTreeSet};

use super::handle::Target;
use super::reconcile::Bring;
use super::{Doc, ListMut};
use crate::error::Error;
use crate::oplog::ContainerIx;
use crate::value::Value;

impl Bring<'_> {
    /// Brings a list whose elements are named by a field. As few elements move as can.
    pub(super) fn keyed_list(
        &mut self,
        doc: &mut Doc,
        list: ContainerIx,
        values: &[Value],
        field: &str,
    ) -> Result<(), Error> {
        let wanted = values
            .iter()
            .map(|value| name_of(value, field))
            .collect::<Option<Vec<_>>>();
        let wanted =
            wanted.filter(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len());
        let wanted = wanted.ok_or_else(|| {
            let place = self.at.join("/");
            Error::aborted(format!(
                "elements of {place:?} need a {field:?} each, all different"
            ))
        })?;
        let index: BTreeMap<&str, usize> = (0..)
            .zip(&wanted)
            .map(|(at, name)| (name.as_str(), at))
            .collect();
        let mut now = self.drop_unwanted(doc, list, field, &index)?;
        let stays: BTreeSet<usize> = ascending(&now).into_iter().collect();
        for (at, value) in values.iter().enumerate() {
            // What is wanted before stands there, one behind the other, and what is still to be moved between or behind.
            let behind = at
                .checked_sub(1)
                .and_then(|before| now.iter().position(|&nth| nth == before));
            let to = behind.map_or(0, |before| before + 1);
            match now.iter().position(|&nth| nth == at) {
                Some(from) if stays.contains(&at) => self.element(doc, list, from, value)?,
                Some(from) => {
                    let to = to - usize::from(from < to);
                    ListMut::new(doc, Target::Known(list)).move_to(from, to)?;
                    now.remove(from);
                    now.insert(to, at);
                    self.element(doc, list, to, value)?;
                }
                None => {
                    self.insert(doc, list, to, value)?;
                    now.insert(to, at);
                }
            }
        }
        Ok(())
    }

    /// Deletes elements that are not wanted, or whose name came before; gives which of the wanted ones stand there.
    fn drop_unwanted(
        &self,
        doc: &mut Doc,
        list: ContainerIx,
        field: &str,
        wanted: &BTreeMap<&str, usize>,
    ) -> Result<Vec<usize>, Error> {
        let Value::List(shown) = doc.container_value(list) else {
            return Ok(Vec::new());
        };
        let mut met = BTreeSet::new();
        let stands: Vec<Option<usize>> = shown
            .iter()
            .map(|value| {
                let name = name_of(value, field)?;
                wanted
                    .get(name.as_str())
                    .copied()
                    .filter(|&at| met.insert(at))
            })
            .collect();
        let mut elements = ListMut::new(doc, Target::Known(list));
        for (at, stands) in stands.iter().enumerate().rev() {
            if stands.is_none() {
                elements.delete(at..at + 1)?;
            }
        }
        Ok(stands.into_iter().flatten().collect())
    }
}

fn name_of(value: &Value, field: &str) -> Option<String> {
    match value {
        Value::Map(entries) => entries.get(field).map(|name| format!("{name:?}")),
        _ => None,
    }
}

/// A longest ascending part of numbers that are all different. O(n log n).
fn ascending(numbers: &[usize]) -> Vec<usize> {
    // By length, the place where the best part of that length ends; and per place, the one before.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let len = ends.partition_point(|&end| numbers[end] < *number);
        before.push(len.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(len) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut part = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        part.push(numbers[at]);
        next = before[at];
    }
    part
}
