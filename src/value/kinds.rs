//! The value type.

use std::collections::BTreeMap;

/// A value read from, or to be written into, a map or a list.
///
/// Reading a nested container gives its contents: a text as `String`, a counter as `Int`, lists and maps as such. Writing
/// `List` or `Map` makes nested containers.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number. All NaNs are stored as one.
    Float(f64),
    /// A string, replaced as a whole when it is set; text that people edit together is a text container.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list of values.
    List(Vec<Value>),
    /// Values by key.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(string) => Some(string),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(bool) => Some(*bool),
            _ => None,
        }
    }
}

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
    u8 => |value| Value::Int(value.into()),
    u16 => |value| Value::Int(value.into()),
    u32 => |value| Value::Int(value.into()),
    f32 => |value| Value::Float(value.into()),
    f64 => |value| Value::Float(value),
    &str => |value| Value::String(value.into()),
    String => |value| Value::String(value),
    &[u8] => |value| Value::Bytes(value.into()),
    Vec<u8> => |value| Value::Bytes(value),
    Vec<Value> => |value| Value::List(value),
    BTreeMap<String, Value> => |value| Value::Map(value),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
