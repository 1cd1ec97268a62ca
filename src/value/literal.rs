//! The `value!` literal.

/// A [`Value`](crate::Value) written like JSON.
///
/// ```
/// use syncline::{Value, value};
///
/// let title = "Buy milk";
/// let item = value!({ "title": title, "done": false, "tags": ["home", 7, null] });
/// assert_eq!(item.to_json()["tags"][1], 7);
/// ```
#[macro_export]
macro_rules! value {
    (null) => { $crate::Value::Null };
    ([ $($element:tt),* $(,)? ]) => { $crate::Value::List(vec![ $( $crate::value!($element) ),* ]) };
    ({ $($key:literal : $element:tt),* $(,)? }) => {
        $crate::Value::Map([ $( (::std::string::String::from($key), $crate::value!($element)) ),* ].into_iter().collect())
    };
    ($other:expr) => { $crate::Value::from($other) };
}
