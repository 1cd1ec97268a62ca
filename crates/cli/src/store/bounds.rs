//! What a relay is to take, as `serve --limit NAME=VALUE` says it.

use std::str::FromStr;

use syncline_net::{Limits, Rate};
use syncline_store::Limits as StoreLimits;

/// Bytes of a document that a relay takes, unless said.
const DOCUMENT_BYTES: u32 = 64 << 20;

/// One limit and its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bound {
    name: Name,
    value: u32,
    /// At once, of a rate.
    burst: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Name {
    Frame,
    Message,
    Waiting,
    Blob,
    Unfinished,
    UnfinishedOfOne,
    Document,
    Connections,
    OfOne,
    Frames,
    Changes,
    Opens,
    Bytes,
}

/// How they are written.
const NAMES: [(&str, Name); 13] = [
    ("frame-bytes", Name::Frame),
    ("message-bytes", Name::Message),
    ("waiting-bytes", Name::Waiting),
    ("blob-bytes", Name::Blob),
    ("unfinished-bytes", Name::Unfinished),
    ("unfinished-bytes-of-one", Name::UnfinishedOfOne),
    ("document-bytes", Name::Document),
    ("connections", Name::Connections),
    ("connections-of-one", Name::OfOne),
    ("frames", Name::Frames),
    ("changes", Name::Changes),
    ("opens", Name::Opens),
    ("bytes", Name::Bytes),
];

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Bound, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("NAME=VALUE is due, as in changes=200")?;
        let found = NAMES.iter().find(|(known, _)| *known == name);
        let known = || {
            let names = NAMES.map(|(known, _)| known);
            format!("{name} is none of: {}", names.join(", "))
        };
        let (_, name) = *found.ok_or_else(known)?;
        let is_rate = matches!(
            name,
            Name::Frames | Name::Changes | Name::Opens | Name::Bytes
        );
        let (value, burst) = match value.split_once(':') {
            Some((value, burst)) if is_rate => (value, Some(number(burst)?)),
            _ => (value, None),
        };
        let value = number(value)?;
        Ok(Bound { name, value, burst })
    }
}

/// A number of at least 1, perhaps with K, M or G for 1024, its square or its cube.
fn number(text: &str) -> Result<u32, String> {
    let units = [("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30)];
    let unit = units
        .iter()
        .find_map(|(unit, times)| Some((text.strip_suffix(unit)?, *times)));
    let (digits, times) = unit.unwrap_or((text, 1));
    let number = digits.parse::<u32>().ok();
    let number = number.and_then(|number| number.checked_mul(times));
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{text:?} is no number from 1 to 4 G less one, as 200, 64K or 2M"))
}

/// Sets these in what a relay takes; gives what its store does.
pub(super) fn set(bounds: &[Bound], limits: &mut Limits) -> StoreLimits {
    let mut of_store = StoreLimits::default();
    of_store.document_bytes = DOCUMENT_BYTES;
    for Bound { name, value, burst } in bounds {
        let rate = || Rate::per_second(*value).burst(burst.unwrap_or(value.saturating_mul(10)));
        match name {
            Name::Frame => limits.frame_bytes = *value,
            Name::Message => limits.message_bytes = *value,
            Name::Waiting => limits.waiting_bytes = *value as usize,
            Name::Blob => limits.blob_bytes = (*value).into(),
            Name::Unfinished => limits.unfinished_bytes = (*value).into(),
            Name::UnfinishedOfOne => limits.unfinished_bytes_of_one = (*value).into(),
            Name::Document => of_store.document_bytes = *value,
            Name::Connections => limits.connections = *value as usize,
            Name::OfOne => limits.connections_of_one = *value as usize,
            Name::Frames => limits.rates.frames = rate(),
            Name::Changes => limits.rates.changes = rate(),
            Name::Opens => limits.rates.opens = rate(),
            Name::Bytes => limits.rates.bytes = rate(),
        }
    }
    limits.rates_of_one = limits.rates.times(4);
    of_store
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn set_all(words: &[&str]) -> (Limits, StoreLimits) {
        let bounds: Vec<Bound> = words.iter().map(|word| word.parse().unwrap()).collect();
        let mut limits = Limits::default();
        let of_store = set(&bounds, &mut limits);
        (limits, of_store)
    }

    #[test]
    fn each_name_sets_its_own() {
        let (limits, of_store) = set_all(&[]);
        assert_eq!(limits, Limits::default());
        assert_eq!(of_store.document_bytes, 64 << 20);
        let (limits, of_store) = set_all(&[
            "frame-bytes=1K",
            "message-bytes=2K",
            "waiting-bytes=3K",
            "blob-bytes=4M",
            "unfinished-bytes=3G",
            "unfinished-bytes-of-one=5M",
            "document-bytes=1G",
            "connections=6",
            "connections-of-one=7",
            "frames=8",
            "changes=9:99",
            "opens=10",
            "bytes=1M:16M",
        ]);
        let sizes = [limits.frame_bytes, limits.message_bytes];
        assert_eq!(sizes, [1 << 10, 2 << 10]);
        assert_eq!(
            (limits.waiting_bytes, limits.blob_bytes),
            (3 << 10, 4 << 20)
        );
        assert_eq!(limits.unfinished_bytes, 3 << 30);
        assert_eq!(limits.unfinished_bytes_of_one, 5 << 20);
        assert_eq!(of_store.document_bytes, 1 << 30);
        assert_eq!((limits.connections, limits.connections_of_one), (6, 7));
        let rates = limits.rates;
        assert_eq!(rates.frames, Rate::per_second(8).burst(80));
        assert_eq!(rates.changes, Rate::per_second(9).burst(99));
        assert_eq!(rates.opens, Rate::per_second(10).burst(100));
        assert_eq!(rates.bytes, Rate::per_second(1 << 20).burst(16 << 20));
        assert_eq!(limits.rates_of_one, rates.times(4));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for word in [
            "changes",
            "changed=1",
            "changes=",
            "changes=0",
            "changes=-1",
            "connections=1:2",
            "bytes=4G",
            "bytes=1:",
        ] {
            assert!(word.parse::<Bound>().is_err(), "{word}");
        }
    }
}
