//! A document, or a part of it, as values, JSON and Rust types.

use serde::de::DeserializeOwned;

use super::Doc;
use crate::error::Error;
use crate::value::Value;

impl Doc {
    /// The value at a path; the contents, where it is a container. `"todo/0/done"`; `~1` stands for `/` and `~0` for `~`
    /// within a name or key.
    pub fn get(&self, path: &str) -> Option<Value> {
        self.find(path).map(|found| self.value_of(found))
    }

    /// Every root by name. Where two people made roots of one name and different kinds at once, the first kind (text, list,
    /// map, counter) that is not empty is shown.
    pub fn to_json(&self) -> serde_json::Value {
        let mut roots = serde_json::Map::new();
        for (name, _, container) in self.sorted_roots() {
            let value = self.container_value(container);
            let shown = roots.get(name).is_some_and(|shown| !is_empty(shown));
            if !shown {
                let json = value.to_json();
                if !roots.contains_key(name) || !is_empty(&json) {
                    roots.insert(name.to_owned(), json);
                }
            }
        }
        roots.into()
    }

    /// What stands at a path, as a Rust type.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] if nothing stands there; [`Error::Serde`] if the type does not fit.
    pub fn deserialize<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let value = self.get(path).ok_or_else(|| Error::NoSuchPath {
            path: path.to_owned(),
        })?;
        value
            .deserialize()
            .map_err(|error| Error::Serde(format!("`{path}`: {error}")))
    }
}

fn is_empty(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.is_empty(),
        serde_json::Value::Array(values) => values.is_empty(),
        serde_json::Value::Object(entries) => entries.is_empty(),
        serde_json::Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    }
}
