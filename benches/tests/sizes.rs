//! What the tables of sizes rest on: ids cost every engine 8 bytes, every column has figures, a bound is held against
//! the bytes that were counted, and a command writes its own part of a document and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use syncline_benches::encoding::Encoding;
use syncline_benches::ids;
use syncline_benches::markdown::with_part;
use syncline_benches::rows;
use syncline_benches::sizes::{Matter, Section, SizeLine, Sizes, Subject, all, count};
use syncline_benches::work::Context;

#[test]
fn ids_cost_eight_bytes_and_keep_the_order_of_writers() {
    let writers = || (1..5_000).chain([u64::from(u32::MAX)]);
    for writer in writers() {
        assert_eq!(ids::id(writer) >> 63, 1, "{writer}");
        let short = ids::id_of_53_bits(writer);
        assert!((1 << 49..1 << 53).contains(&short), "{writer}");
        assert_eq!(ids::name(writer).len(), 8);
    }
    let sorted =
        |ids: Vec<String>| ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]);
    assert!(sorted(writers().map(ids::name).collect()));
    assert!(writers().map(ids::id).is_sorted());
    assert!(writers().map(ids::id_of_53_bits).is_sorted());
    let low = |writer| ids::id(writer) & 0xFFFF;
    let different: BTreeSet<u64> = writers().map(low).collect();
    assert!(different.len() > 4_500, "the low bits are random");
}

#[test]
fn every_column_of_every_table_has_figures() {
    let context = Context {
        quick: true,
        ..Context::default()
    };
    let mut seen: BTreeMap<String, BTreeSet<Encoding>> = BTreeMap::new();
    for matter in Matter::all().into_iter().filter(|matter| matter.is_quick()) {
        for subject in Subject::ALL
            .into_iter()
            .filter(|subject| matter.concerns(*subject))
        {
            let figures = count(matter, subject, &context);
            let figures = figures.unwrap_or_else(|why| panic!("{subject:?}, {matter:?}: {why}"));
            assert!(!figures.other_text, "{subject:?}, {matter:?}");
            for (row, bytes) in figures.bytes {
                assert!(bytes.values().all(|bytes| *bytes > 0), "{row}: {bytes:?}");
                seen.entry(row).or_default().extend(bytes.keys());
            }
        }
    }
    for row in all().into_iter().filter(|row| row.matter.is_quick()) {
        if row.name.starts_with("behind-10000") {
            continue; // a quick history is shorter
        }
        let seen = seen
            .remove(&row.name)
            .unwrap_or_else(|| panic!("{}", row.name));
        let columns = row.section.columns().iter();
        for column in
            columns.filter(|column| row.name.contains("automerge-paper") || column.is_rival())
        {
            assert!(seen.contains(column), "{}: {column}", row.name);
        }
        if row.section != Section::Shallow {
            assert!(seen.contains(&Encoding::OursFast), "{}", row.name);
        }
    }
    assert!(seen.is_empty(), "rows that no table shows: {seen:?}");
}

fn sizes(row: &str, bytes: &[(Encoding, u64)]) -> Sizes {
    let row = all()
        .into_iter()
        .find(|known| known.name == row)
        .expect("a row");
    Sizes {
        lines: vec![SizeLine {
            row,
            bytes: bytes.iter().copied().collect(),
            of_other_text: Vec::new(),
        }],
        failed: BTreeMap::new(),
        quick: false,
        generated: false,
    }
}

#[test]
fn bounds_are_held_against_bytes() {
    let history = |fast, compact| {
        let bytes = [
            (Encoding::Diamond, 10),
            (Encoding::OursFast, fast),
            (Encoding::OursCompact, compact),
        ];
        sizes("history-rustcode", &bytes).missed()
    };
    assert_eq!(history(176_000, 78_000), Vec::<String>::new());
    assert_eq!(history(176_001, 78_000), ["history-rustcode fast"]);
    assert_eq!(history(176_000, 78_001), ["history-rustcode compact"]);

    // Less than the best that holds the history; a document whose deleted text was collected is no measure.
    let snapshot = |fast| {
        let bytes = [
            (Encoding::LoroSnapshot, 900),
            (Encoding::YrsV2, 1_000),
            (Encoding::YrsCollected, 10),
            (Encoding::OursFast, fast),
            (Encoding::OursCompact, 10),
        ];
        sizes("snapshot-rustcode", &bytes)
    };
    assert_eq!(snapshot(899).missed(), Vec::<String>::new());
    assert_eq!(snapshot(900).missed(), ["snapshot-rustcode fast"]);
    assert!(snapshot(900).text().contains("**missed**"));
    let quick = Sizes {
        quick: true,
        ..snapshot(900)
    };
    assert_eq!(quick.missed(), Vec::<String>::new());
}

#[test]
fn what_we_do_not_have_yet_is_not_met() {
    let sizes = sizes("snapshot-rustcode", &[(Encoding::LoroSnapshot, 900)]);
    assert_eq!(sizes.missed().len(), 2);
    assert!(sizes.text().contains("not yet"));
}

#[test]
fn rows_are_named_once() {
    let mut names: Vec<String> = all().into_iter().map(|row| row.name).collect();
    names.extend(rows::opening().into_iter().map(|row| row.name.to_owned()));
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len());
}

#[test]
fn a_part_is_written_and_the_rest_stays() {
    let fresh = with_part("", "sizes", "a\n\n").expect("a part");
    assert!(fresh.starts_with("<!-- begin sizes") && fresh.ends_with("\na\n<!-- end sizes -->\n"));
    assert_eq!(with_part(&fresh, "sizes", "a"), Ok(fresh.clone()));

    let document = format!("# Head\n\n{fresh}\nfoot\n");
    let changed = with_part(&document, "sizes", "b").expect("a part");
    assert_eq!(changed, document.replace("\na\n", "\nb\n"));
    let both = with_part(&document, "engine", "c").expect("a part");
    assert!(both.starts_with(document.trim_end()) && both.ends_with("\nc\n<!-- end engine -->\n"));
    assert_eq!(
        with_part(&both, "sizes", "b").expect("a part"),
        both.replace("\na\n", "\nb\n")
    );

    let end = "<!-- end sizes -->\n";
    assert!(with_part(&document.replace(end, ""), "sizes", "b").is_err());
    assert!(with_part(end, "sizes", "b").is_err());
}
