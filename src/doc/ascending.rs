//! A longest ascending series: what stays in its order while the rest moves.

/// The indexes, in order, of a longest strictly ascending series among these numbers. By patience sorting, O(n log n).
pub(super) fn longest_ascending<N: Copy + Ord>(numbers: &[N]) -> Vec<usize> {
    // By length, where the series of that length with the least end ends; and by index, what stands before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, &number) in numbers.iter().enumerate() {
        let len = ends.partition_point(|&end| numbers[end] < number);
        before.push(len.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(len) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut series = Vec::with_capacity(ends.len());
    let mut last = ends.last().copied();
    while let Some(at) = last {
        series.push(at);
        last = before[at];
    }
    series.reverse();
    series
}

#[cfg(test)]
mod tests {
    use super::longest_ascending;

    /// Every choice of indexes is tried: fine for a few numbers.
    fn longest(numbers: &[u8]) -> usize {
        let choices = 0..1_u32 << numbers.len();
        let chosen = |choice: u32| -> Vec<u8> {
            let is_in = |at: &usize| choice >> at & 1 == 1;
            (0..numbers.len())
                .filter(is_in)
                .map(|at| numbers[at])
                .collect()
        };
        choices
            .map(chosen)
            .filter(|part| part.is_sorted_by(|a, b| a < b))
            .map(|part| part.len())
            .max()
            .unwrap_or(0)
    }

    proptest::proptest! {
        #[test]
        fn it_ascends_and_none_is_longer(numbers in proptest::collection::vec(0_u8..9, 0..10)) {
            let series = longest_ascending(&numbers);
            assert!(series.is_sorted_by(|a, b| a < b && numbers[*a] < numbers[*b]));
            assert_eq!(series.len(), longest(&numbers));
        }
    }
}
