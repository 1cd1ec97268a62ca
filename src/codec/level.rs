//! How hard an encoding is packed.

/// How hard an encoding is packed. Whoever reads it need not know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Level {
    /// Text and values as they are; only the structure is coded. For what is packed or encrypted elsewhere.
    None,
    /// Packed with lz4 and prefix codes: the default, for live exchange. Costs about what reading the bytes costs.
    #[default]
    Fast,
    /// Packed as small as can be, with Brotli: for archives. Writing takes some hundred times as long as with `Fast`,
    /// reading about three times. Needs the feature `compact`, which is on by default; without it this is as `Fast`, and
    /// what others packed so cannot be read.
    Compact,
}
