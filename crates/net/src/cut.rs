//! Cutting a text to so many bytes between two letters. The standard library has it as `str::floor_char_boundary` from Rust 1.91 on.

/// The beginning of a text, in so many bytes at most.
pub(crate) fn cut(text: &str, most_bytes: usize) -> &str {
    let ends = (0..=most_bytes.min(text.len())).rev();
    let mut cuts = ends.filter_map(|end| text.get(..end));
    cuts.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_between_letters() {
        for (most, expected) in [
            (0, ""),
            (1, "a"),
            (2, "a"),
            (3, "aä"),
            (5, "aä"),
            (6, "aä€"),
        ] {
            assert_eq!(cut("aä€!", most), expected, "{most}");
        }
        assert_eq!(cut("aä", 100), "aä");
    }
}
