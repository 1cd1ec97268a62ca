//! The order of plain values of any kinds, by which policies choose.

use std::cmp::Ordering;

use crate::oplog::Cell;

/// See [`Policy`](super::Policy).
pub(super) fn compare(one: Cell<'_>, other: Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Bool(one), Cell::Bool(other)) => one.cmp(&other),
        (Cell::Int(one), Cell::Int(other)) => one.cmp(&other),
        (Cell::Float(one), Cell::Float(other)) => {
            let by_worth = one.partial_cmp(&other);
            by_worth
                .unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
                .then(
                    // Of zeros, the negative one.
                    other.is_sign_negative().cmp(&one.is_sign_negative()),
                )
        }
        (Cell::Int(int), Cell::Float(float)) => int_and_float(int, float),
        (Cell::Float(float), Cell::Int(int)) => int_and_float(int, float).reverse(),
        (Cell::Str(one), Cell::Str(other)) => one.cmp(other),
        (Cell::Bytes(one), Cell::Bytes(other)) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)),
    }
}

fn rank(cell: Cell<'_>) -> u8 {
    match cell {
        Cell::Null => 0,
        Cell::Bool(_) => 1,
        Cell::Int(_) | Cell::Float(_) => 2,
        Cell::Str(_) => 3,
        Cell::Bytes(_) => 4,
        // Containers are not compared.
        Cell::Child { .. } | Cell::Made(_) | Cell::Removed | Cell::Back(_) | Cell::Moved(_) => 5,
    }
}

/// Exact: not every integer is a float. Of equal ones the integer is less.
fn int_and_float(int: i64, float: f64) -> Ordering {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float >= END {
        return Ordering::Less;
    }
    if float < -END {
        return Ordering::Greater;
    }
    // It fits: what lies behind the point is told apart after.
    #[allow(clippy::cast_possible_truncation)]
    let whole = float.trunc() as i64;
    let behind = float - float.trunc();
    int.cmp(&whole).then(match behind {
        behind if behind < 0.0 => Ordering::Greater,
        _ => Ordering::Less,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_kinds_have_one_order() {
        let bytes = [1, 2];
        let ascending = [
            Cell::Null,
            Cell::Bool(false),
            Cell::Bool(true),
            Cell::Float(f64::NEG_INFINITY),
            Cell::Float(-1e300),
            Cell::Int(i64::MIN),
            Cell::Float(-9_223_372_036_854_775_808.0),
            Cell::Int(i64::MIN + 1),
            Cell::Int(-2),
            Cell::Float(-1.5),
            Cell::Int(-1),
            Cell::Float(-0.5),
            Cell::Int(0),
            Cell::Float(-0.0),
            Cell::Float(0.0),
            Cell::Float(0.5),
            Cell::Int(1),
            Cell::Float(1.0),
            Cell::Int((1 << 53) + 1),
            Cell::Float(9_007_199_254_740_994.0),
            Cell::Int(i64::MAX),
            Cell::Float(9_223_372_036_854_775_808.0),
            Cell::Float(f64::INFINITY),
            Cell::Float(f64::NAN),
            Cell::Str(""),
            Cell::Str("a"),
            Cell::Str("é"),
            Cell::Bytes(&[]),
            Cell::Bytes(&bytes[..1]),
            Cell::Bytes(&bytes),
        ];
        for (nth, &one) in ascending.iter().enumerate() {
            for (mth, &other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), nth.cmp(&mth), "{one:?} {other:?}");
            }
        }
    }
}
