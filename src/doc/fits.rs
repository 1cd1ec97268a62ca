//! Whether a value fits, with all that is nested in it, before anything of it is written.

use super::Doc;
use super::write::{cell_of, check_value, too_many};
use crate::error::Error;
use crate::oplog::ContainerIx;
use crate::value::Value;

impl Doc {
    /// Holds values that are to be written into `around` to the limits. One that is only found too large half way would
    /// leave its first part with whoever lets the error pass.
    pub(super) fn check_whole<'v>(
        &self,
        around: ContainerIx,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Result<(), Error> {
        let depth = self.log.containers.depth(around);
        let mut operations = 0;
        for value in values {
            self.weigh(value, depth, &mut operations)?;
        }
        self.check_room(u32::try_from(operations).map_err(|_| too_many(operations))?)
    }

    /// Adds what a value takes, in a container of that depth. The limit on nesting bounds the recursion.
    fn weigh(&self, value: &Value, depth: u32, operations: &mut usize) -> Result<(), Error> {
        *operations += 1;
        match value {
            Value::List(values) => {
                self.check_depth(depth + 1)?;
                values
                    .iter()
                    .try_for_each(|value| self.weigh(value, depth + 1, operations))
            }
            Value::Map(entries) => {
                self.check_depth(depth + 1)?;
                entries.iter().try_for_each(|(key, value)| {
                    self.check_key(key)?;
                    self.weigh(value, depth + 1, operations)
                })
            }
            plain => check_value(cell_of(plain), &self.limits),
        }
    }
}
