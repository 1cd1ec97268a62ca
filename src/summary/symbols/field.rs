//! Arithmetic in the field of 2^32 elements: polynomials over GF(2) modulo x^32 + x^7 + x^3 + x^2 + 1.

/// The product of two polynomials of degree below 32.
///
/// A product of integers whose set bits stand four apart has room for its carries: 8 fit between them.
#[inline]
fn carryless(a: u32, b: u32) -> u64 {
    const EVERY_FOURTH: u64 = 0x1111_1111_1111_1111;
    let part = |number: u32, at: u32| u64::from(number) & (EVERY_FOURTH << at);
    let a = [part(a, 0), part(a, 1), part(a, 2), part(a, 3)];
    let b = [part(b, 0), part(b, 1), part(b, 2), part(b, 3)];
    let times = |i: usize, j: usize| a[i].wrapping_mul(b[j]);
    let sums = [
        times(0, 0) ^ times(1, 3) ^ times(2, 2) ^ times(3, 1),
        times(0, 1) ^ times(1, 0) ^ times(2, 3) ^ times(3, 2),
        times(0, 2) ^ times(1, 1) ^ times(2, 0) ^ times(3, 3),
        times(0, 3) ^ times(1, 2) ^ times(2, 1) ^ times(3, 0),
    ];
    sums.iter()
        .enumerate()
        .fold(0, |all, (at, sum)| all | sum & (EVERY_FOURTH << at))
}

/// The remainder modulo the field's polynomial.
#[inline]
#[allow(clippy::cast_possible_truncation)] // the low half is meant
fn reduce(product: u64) -> u32 {
    let fold = |high: u64| high ^ high << 2 ^ high << 3 ^ high << 7;
    let once = (product & 0xFFFF_FFFF) ^ fold(product >> 32);
    (once ^ fold(once >> 32)) as u32
}

/// The product of two elements.
#[inline]
pub(super) fn multiply(a: u32, b: u32) -> u32 {
    reduce(carryless(a, b))
}

/// The product of an element with itself: its bits, each moved to twice its place.
#[inline]
fn square(a: u32) -> u32 {
    let mut wide = u64::from(a);
    for (shift, kept) in [
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        wide = (wide | wide << shift) & kept;
    }
    reduce(wide)
}

/// The element whose product with this one is 1; 0 for 0.
pub(super) fn inverse(a: u32) -> u32 {
    // a^(2^32 - 2) (Itoh and Tsujii 1988): of a^(2^m - 1) and a^(2^n - 1) comes a^(2^(m + n) - 1).
    let join = |long: u32, by: u32, short: u32| {
        let raised = (0..by).fold(long, |power, _| square(power));
        multiply(raised, short)
    };
    let two = join(a, 1, a);
    let four = join(two, 2, two);
    let eight = join(four, 4, four);
    let sixteen = join(eight, 8, eight);
    let most = join(join(sixteen, 8, eight), 4, four);
    square(join(join(most, 2, two), 1, a))
}

#[cfg(test)]
mod tests {
    use super::{carryless, inverse, multiply, square};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_those_of_long_multiplication(a in any::<u32>(), b in any::<u32>()) {
            let shifted = (0..32).filter(|at| b >> at & 1 == 1).map(|at| u64::from(a) << at);
            prop_assert_eq!(carryless(a, b), shifted.fold(0, |all, shifted| all ^ shifted));
        }

        #[test]
        fn it_is_a_field(a in any::<u32>(), b in any::<u32>(), c in any::<u32>()) {
            prop_assert_eq!(multiply(a, multiply(b, c)), multiply(multiply(a, b), c));
            prop_assert_eq!(multiply(a, b ^ c), multiply(a, b) ^ multiply(a, c));
            prop_assert_eq!(multiply(a, 1), a);
            prop_assert_eq!(square(a), multiply(a, a));
            prop_assert_eq!(multiply(a, inverse(a)), u32::from(a != 0));
        }
    }
}
