//! A document, or a part of it, as values, JSON and Rust types.

use serde::de::DeserializeOwned;

use super::Doc;
use crate::error::Error;
use crate::value::Value;

impl Doc {
    /// The value at a path; the contents, where it is a container.
    ///
    /// A path is the name of a root, then keys of maps and indexes of lists, parted by `/`. Within a name or key, `~1`
    /// stands for `/` and `~0` for `~`, as in a JSON Pointer; unlike one, a path does not begin with a slash. An index is
    /// written in digits, without a needless zero. Nothing stands within a text or counter.
    ///
    /// Two people may make roots of one name and different kinds at once. A path then leads into the first that holds
    /// something, in the order text, list, map, counter; all are there by [`text`](Doc::text), [`list`](Doc::list),
    /// [`map`](Doc::map) and [`counter`](Doc::counter).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, value};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| {
    ///     tx.list("todo").push(value!({ "title": "Buy milk", "done": false }))?;
    ///     tx.map("files").set("src/a~b.rs", 3)
    /// })?;
    /// assert_eq!(doc.get("todo/0/done"), Some(false.into()));
    /// assert_eq!(doc.get("files/src~1a~0b.rs"), Some(3.into()));
    /// assert_eq!(doc.get("todo/1"), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, path: &str) -> Option<Value> {
        self.find(path).map(|found| self.value_of(found))
    }

    /// Every root by name, as JSON. Where a name stands for several roots, it is the one that [`get`](Doc::get) finds.
    /// Bytes become arrays of numbers, and floats that JSON lacks null.
    pub fn to_json(&self) -> serde_json::Value {
        let mut roots = serde_json::Map::new();
        for (name, _, _) in self.sorted_roots() {
            if !roots.contains_key(name)
                && let Some(root) = self.shown_root(name)
            {
                roots.insert(name.to_owned(), self.container_value(root).to_json());
            }
        }
        roots.into()
    }

    /// What stands at a path, as a Rust type. See [`get`](Doc::get) for paths.
    ///
    /// The value goes through JSON on its way: bytes arrive as arrays of numbers, and floats that JSON lacks as null.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] if nothing stands there; [`Error::Serde`] if the type does not fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use serde::Deserialize;
    /// use syncline::{Doc, value};
    ///
    /// #[derive(Deserialize)]
    /// struct Task {
    ///     title: String,
    ///     done: bool,
    /// }
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.list("todo").push(value!({ "title": "Buy milk", "done": false })))?;
    /// let task: Task = doc.deserialize("todo/0")?;
    /// assert_eq!((task.title.as_str(), task.done), ("Buy milk", false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn deserialize<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let value = self.get(path).ok_or_else(|| Error::NoSuchPath {
            path: path.to_owned(),
        })?;
        value
            .deserialize()
            .map_err(|error| Error::Serde(format!("`{path}`: {error}")))
    }
}
