//! JSON in and out.

use std::fmt;

use serde_json::Number;

use super::Value;

impl Value {
    /// The value as JSON. Bytes become an array of numbers; a float that JSON cannot hold becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Int(int) => (*int).into(),
            Value::Float(float) => {
                Number::from_f64(*float).map_or(serde_json::Value::Null, Into::into)
            }
            Value::String(string) => string.as_str().into(),
            Value::Bytes(bytes) => bytes
                .iter()
                .map(|&byte| serde_json::Value::from(byte))
                .collect(),
            Value::List(values) => values.iter().map(Value::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// As JSON, see [`to_json`](Value::to_json); `{:#}` on several lines.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

/// Numbers that are integers of 64 bits with sign become `Int`, others `Float`.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(bool) => Value::Bool(bool),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(int) => Value::Int(int),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(string) => Value::String(string),
            serde_json::Value::Array(values) => {
                Value::List(values.into_iter().map(Value::from).collect())
            }
            serde_json::Value::Object(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}
