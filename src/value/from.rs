//! From Rust types. Nothing is lost on the way: integers that may not fit are tried.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::TryFromIntError;

use super::Value;

macro_rules! from {
    ($($type:ty => |$value:ident| $into:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        })*
    };
}

from! {
    () => |_nothing| Value::Null,
    bool => |value| Value::Bool(value),
    i8 => |value| Value::Int(value.into()),
    i16 => |value| Value::Int(value.into()),
    i32 => |value| Value::Int(value.into()),
    i64 => |value| Value::Int(value),
    // No machine has wider ones.
    isize => |value| Value::Int(value as i64),
    u8 => |value| Value::Int(value.into()),
    u16 => |value| Value::Int(value.into()),
    u32 => |value| Value::Int(value.into()),
    f32 => |value| Value::Float(value.into()),
    f64 => |value| Value::Float(value),
    char => |value| Value::String(value.into()),
    &str => |value| Value::String(value.into()),
    &String => |value| Value::String(value.clone()),
    Cow<'_, str> => |value| Value::String(value.into_owned()),
    String => |value| Value::String(value),
    &[u8] => |value| Value::Bytes(value.into()),
    Vec<u8> => |value| Value::Bytes(value),
    Vec<Value> => |value| Value::List(value),
    BTreeMap<String, Value> => |value| Value::Map(value),
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Value::Bytes(bytes.into())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Value::Bytes(bytes.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! try_from {
    ($($type:ty),*) => {
        $(
            /// An integer that has 64 bits with sign; a larger one is an error, since it would come back as another.
            impl TryFrom<$type> for Value {
                type Error = TryFromIntError;

                fn try_from(value: $type) -> Result<Self, TryFromIntError> {
                    i64::try_from(value).map(Value::Int)
                }
            }
        )*
    };
}

try_from!(u64, usize, i128, u128);

/// A list of what becomes values.
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Value::List(values.into_iter().map(Into::into).collect())
    }
}

/// A map of pairs of a key and what becomes a value.
impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Value::Map(
            entries
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}
