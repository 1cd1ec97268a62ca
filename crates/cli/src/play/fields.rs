//! An object's fields, none of them misspelt.

use serde_json::{Map, Value as Json};

use super::parse_edit::brief;

/// The fields of a JSON object, all of them known.
pub(crate) struct Fields<'j>(&'j Map<String, Json>);

impl<'j> Fields<'j> {
    /// Takes `written` as an object that has no field beside `known`.
    pub(crate) fn of(written: &'j Json, known: &[&str]) -> Result<Fields<'j>, String> {
        let fields = written
            .as_object()
            .ok_or_else(|| format!("{} is not an object", brief(written)))?;
        match fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(format!("{key:?} is not known here: {}", known.join(", "))),
            None => Ok(Fields(fields)),
        }
    }

    /// The field `name`, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&'j Json> {
        self.0.get(name)
    }

    /// The field `name`, or that it is missing.
    pub(crate) fn need(&self, name: &str) -> Result<&'j Json, String> {
        self.get(name).ok_or_else(|| format!("it has no {name:?}"))
    }

    /// The name of an error, where one is given.
    pub(crate) fn name(&self, field: &str) -> Result<Option<String>, String> {
        match self.get(field) {
            None => Ok(None),
            Some(Json::String(name)) => Ok(Some(name.clone())),
            Some(other) => Err(format!(
                "{field:?} is {}, not the name of an error such as \"Forked\"",
                brief(other)
            )),
        }
    }
}
