//! Files: a saved document, and pieces appended to it.
//!
//! - A file with pieces appended holds the document as it is when the last was; also what waits.
//! - Where nothing changed there is nothing to append; a keystroke appends a few bytes.
//! - A file cut anywhere loads, up to the last piece that is whole, as the error says.
//! - A damaged piece in the middle is an error that names its place, and not a torn one.
//! - A file merges as its document would.
//! - What is appended to a file without history that the document has loads, whatever it follows.

use support::small::{all, doc, made, type_at};
use syncline::{Doc, Error, SaveOptions, VersionVector};

/// A file, where its pieces end, and the document after each.
fn file() -> (Vec<u8>, Vec<(usize, serde_json::Value)>) {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let mut file = anna.save();
    let mut ends = vec![(file.len(), anna.to_json())];
    for step in 0..6_u8 {
        let point = anna.save_point();
        match step {
            2 => drop(anna.transact(|tx| tx.map("meta").set("step", i64::from(step)))),
            4 => {
                let mut other = doc(2);
                other.merge(&anna.save()).expect("a document");
                type_at(&mut other, 0, "from elsewhere, ");
                type_at(&mut anna, 5, "!");
                let delta = other.delta_since(&anna.version_vector());
                anna.merge(&delta).expect("a delta");
            }
            _ => type_at(&mut anna, usize::from(step), "more"),
        }
        file.extend(anna.save_since(&point));
        ends.push((file.len(), anna.to_json()));
    }
    (file, ends)
}

#[test]
fn pieces_add_up() {
    let (file, ends) = file();
    for (end, json) in ends {
        let doc = Doc::load(&file[..end]).expect("it ends with a piece");
        doc.check().expect("sound");
        assert_eq!(doc.to_json(), json);
    }
}

#[test]
fn a_file_merges_as_its_document() {
    let (file, _) = file();
    let mut whole = Doc::new();
    whole.merge(&file).expect("a file");
    let loaded = Doc::load(&file).expect("a file");
    assert_eq!(whole.to_json(), loaded.to_json());
    assert_eq!(whole.save(), loaded.save());
}

#[test]
fn nothing_new_appends_nothing_and_a_keystroke_little() {
    let mut doc = doc(1);
    type_at(&mut doc, 0, &"long ".repeat(1_000));
    let point = doc.save_point();
    assert!(doc.save_since(&point).is_empty());
    type_at(&mut doc, 5_000, "x");
    assert!(doc.save_since(&point).len() <= 24);
}

#[test]
fn cut_anywhere_what_is_whole_before_loads() {
    let (file, ends) = file();
    for len in ends[0].0..file.len() {
        let whole = ends.iter().rfind(|end| end.0 <= len).expect("the first");
        match Doc::load(&file[..len]) {
            Ok(_) => assert_eq!(whole.0, len),
            Err(Error::Torn { offset, error }) => {
                assert_eq!(offset, whole.0);
                assert!(error.offset <= len);
                let kept = Doc::load(&file[..offset]).expect("whole");
                assert_eq!(kept.to_json(), whole.1);
            }
            Err(error) => panic!("cut at {len}: {error}"),
        }
    }
}

#[test]
fn zeros_at_the_end_are_a_torn_piece() {
    let (mut file, _) = file();
    let len = file.len();
    file.extend([0; 100]);
    let Err(Error::Torn { offset, .. }) = Doc::load(&file) else {
        panic!("zeros are no piece");
    };
    assert_eq!(offset, len);
}

#[test]
fn damage_in_the_middle_is_not_torn() {
    let (mut file, ends) = file();
    let at = ends[2].0 - 1;
    file[at] ^= 1;
    let Err(Error::Decode(error)) = Doc::load(&file) else {
        panic!("damage");
    };
    assert!((ends[1].0..ends[2].0).contains(&error.offset));
}

#[test]
fn what_waits_is_kept() {
    let mut anna = doc(1);
    let first = made(&mut anna, |anna| type_at(anna, 0, "first"));
    let second = made(&mut anna, |anna| type_at(anna, 5, ", second"));
    let mut ben = doc(2);
    type_at(&mut ben, 0, "own ");
    let mut file = ben.save();
    let point = ben.save_point();
    ben.merge(&second).expect("it waits");
    file.extend(ben.save_since(&point));
    let point = ben.save_point();
    assert!(ben.save_since(&point).is_empty());
    for file in [&file, &ben.save()] {
        let mut ben = Doc::load(file).expect("a file");
        ben.merge(&first).expect("what was missing");
        assert!(ben.text("body").to_string().contains("first, second"));
    }
    // What came meanwhile waits no more.
    for missing in [&first, &all(&mut anna)] {
        let file = [&file[..], missing].concat();
        let mut whole = Doc::load(&ben.save()).expect("a document");
        whole.merge(missing).expect("what was missing");
        let loaded = Doc::load(&file).expect("a file");
        assert!(loaded.save() == whole.save(), "something still waits");
    }
}

/// What comes later may not follow what such a file holds.
#[test]
fn what_is_appended_to_a_file_without_history_loads() {
    let begun = || {
        let [mut anna, mut ben] = [1, 2].map(doc);
        type_at(&mut anna, 0, "begun");
        ben.merge(&all(&mut anna)).expect("a delta");
        type_at(&mut anna, 5, " by Anna");
        (anna, ben)
    };
    let (anna, ben) = begun();
    let versions = [
        VersionVector::new(),
        ben.version_vector(),
        anna.version_vector(),
    ];
    let since = versions.map(|version| SaveOptions::new().shallow_since(version));
    for options in since.into_iter().chain([SaveOptions::new().shallow()]) {
        for is_beside in [true, false] {
            let (mut anna, mut ben) = begun();
            let mut file = anna.save_with(&options);
            let mut point = anna.save_point_with(&options);
            for step in 0..3 {
                match is_beside && step == 1 {
                    true => {
                        type_at(&mut ben, 0, "Ben has ");
                        drop(anna.merge(&all(&mut ben)).expect("a delta"));
                    }
                    false => type_at(&mut anna, 0, "more, "),
                }
                file.extend(anna.save_since(&point));
                point = anna.save_point();
                let loaded = Doc::load(&file).expect("a file");
                loaded.check().expect("sound");
                assert_eq!(loaded.to_json(), anna.to_json());
                assert_eq!(loaded.version_vector(), anna.version_vector());
            }
            assert!(anna.save_since(&point).is_empty());
        }
    }
}
