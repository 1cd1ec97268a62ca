//! The `value!` literal.

/// A [`Value`](crate::Value) written like JSON, with expressions in it.
///
/// An element, or what stands at a key, is `null`, a list, a map, or any expression of a type that becomes a value by
/// `Into<Value>`. A key is a literal, or an expression that becomes a string; one of several words stands in parentheses.
/// A comma may follow the last.
///
/// ```
/// use syncline::{Value, value};
///
/// let (title, hours, key) = ("Buy milk", 3, "due");
/// let item = value!({
///     "title": title,
///     "done": false,
///     "minutes": hours * 60,
///     "tags": ["home", -7, null, { "nested": [] }],
///     (key): title.len() > 5,
///     (format!("{key} by")): value!("noon"),
/// });
/// assert_eq!(item.get("minutes"), Some(&Value::Int(180)));
/// assert_eq!(item.to_json()["tags"][1], -7);
/// ```
#[macro_export]
macro_rules! value {
    (null) => { $crate::Value::Null };
    // What is made of single tokens is taken at once, however long it is.
    ([ $($element:tt),* $(,)? ]) => { $crate::Value::List(::std::vec![ $( $crate::value!($element) ),* ]) };
    ([ $($tokens:tt)+ ]) => { $crate::__value!(@list [] $($tokens)+) };
    ({ $($key:literal : $element:tt),* $(,)? }) => {
        $crate::Value::Map([ $( (::std::string::String::from($key), $crate::value!($element)) ),* ].into_iter().collect())
    };
    ({ $($tokens:tt)+ }) => { $crate::__value!(@map [] () ($($tokens)+)) };
    ($other:expr) => { $crate::Value::from($other) };
}

/// Takes lists and maps of any expressions apart, one element at a time: `[what is done]`, then `(the key)` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __value {
    (@list [$($done:expr,)*]) => { $crate::Value::List(::std::vec![ $($done),* ]) };
    (@list [$($done:expr,)*] null $(, $($rest:tt)*)?) => {
        $crate::__value!(@list [$($done,)* $crate::Value::Null,] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::__value!(@list [$($done,)* $crate::value!([$($inner)*]),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::__value!(@list [$($done,)* $crate::value!({$($inner)*}),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $next:expr $(, $($rest:tt)*)?) => {
        $crate::__value!(@list [$($done,)* $crate::Value::from($next),] $($($rest)*)?)
    };
    (@map [$($done:expr,)*] () ()) => { $crate::Value::Map([ $($done),* ].into_iter().collect()) };
    (@map [$($done:expr,)*] () (($key:expr) : $($rest:tt)*)) => {
        $crate::__value!(@map [$($done,)*] ($key) (: $($rest)*))
    };
    (@map [$($done:expr,)*] ($($key:tt)+) (: null $(, $($rest:tt)*)?)) => {
        $crate::__value!(@map [$($done,)* (::std::string::String::from($($key)+), $crate::Value::Null),] () ($($($rest)*)?))
    };
    (@map [$($done:expr,)*] ($($key:tt)+) (: [$($inner:tt)*] $(, $($rest:tt)*)?)) => {
        $crate::__value!(
            @map [$($done,)* (::std::string::String::from($($key)+), $crate::value!([$($inner)*])),] () ($($($rest)*)?)
        )
    };
    (@map [$($done:expr,)*] ($($key:tt)+) (: {$($inner:tt)*} $(, $($rest:tt)*)?)) => {
        $crate::__value!(
            @map [$($done,)* (::std::string::String::from($($key)+), $crate::value!({$($inner)*})),] () ($($($rest)*)?)
        )
    };
    (@map [$($done:expr,)*] ($($key:tt)+) (: $next:expr $(, $($rest:tt)*)?)) => {
        $crate::__value!(
            @map [$($done,)* (::std::string::String::from($($key)+), $crate::Value::from($next)),] () ($($($rest)*)?)
        )
    };
    (@map [$($done:expr,)*] ($($key:tt)*) ($next:tt $($rest:tt)*)) => {
        $crate::__value!(@map [$($done,)*] ($($key)* $next) ($($rest)*))
    };
}
