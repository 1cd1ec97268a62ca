//! Making a list of named elements show others: those that stay move, the rest go or come.

use std::collections::{BTreeMap, BTreeSet};

use super::ascending::longest_ascending;
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
            let place = self.place();
            Error::aborted(format!(
                "elements of {place:?} need a {field:?} each, all different"
            ))
        })?;
        let index: BTreeMap<&str, usize> = (0..)
            .zip(&wanted)
            .map(|(at, name)| (name.as_str(), at))
            .collect();
        let mut now = self.drop_unwanted(doc, list, field, &index)?;
        let stays: BTreeSet<usize> = longest_ascending(&now)
            .into_iter()
            .map(|at| now[at])
            .collect();
        // Behind what was wanted so far, which stands in its order, with what is still to be moved between.
        let mut behind = 0;
        for (at, value) in values.iter().enumerate() {
            let from = match now.get(behind) {
                Some(&next) if next == at => Some(behind),
                _ => now.iter().position(|&nth| nth == at),
            };
            let stands = match from {
                Some(from) if stays.contains(&at) => {
                    self.element(doc, list, from, value)?;
                    from
                }
                Some(from) => {
                    let to = behind - usize::from(from < behind);
                    ListMut::new(doc, Target::Known(list)).move_to(from, to)?;
                    now.remove(from);
                    now.insert(to, at);
                    self.element(doc, list, to, value)?;
                    to
                }
                None => {
                    self.insert(doc, list, behind, value)?;
                    now.insert(behind, at);
                    behind
                }
            };
            behind = stands + 1;
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
