//! Planted bugs fit the code that is to have them, so that `.ci/planted` can try whether tests find them.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("it lies within the repository")
}

fn patches() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("tests/planted")).expect("a folder");
    let files = folder.map(|file| file.expect("it is listed").path());
    let mut patches: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "patch"))
        .collect();
    patches.sort();
    patches
}

/// What a patch wants to find in files: each part as it is before.
fn wanted(patch: &str) -> Vec<(&str, String)> {
    let mut wanted = Vec::new();
    let mut file = "";
    for line in patch.lines() {
        if let Some(name) = line.strip_prefix("--- a/") {
            file = name;
        } else if line.starts_with("@@ ") {
            wanted.push((file, String::new()));
        } else if let Some((_, part)) = wanted.last_mut()
            && let Some(line) = line.strip_prefix([' ', '-'])
        {
            part.push_str(line);
            part.push('\n');
        }
    }
    wanted
}

#[test]
fn each_fits_the_code_and_names_what_finds_it() {
    let patches = patches();
    assert!(patches.len() >= 20);
    for path in patches {
        let patch = fs::read_to_string(&path).expect("it reads");
        let finds = patch.lines().nth(1).unwrap_or("");
        assert!(finds.starts_with("Found by: cargo test -p "), "{path:?}");
        let wanted = wanted(&patch);
        assert!(!wanted.is_empty(), "{path:?} changes nothing");
        for (file, part) in wanted {
            let text = fs::read_to_string(root().join(file)).expect("it reads");
            assert!(
                text.contains(&part),
                "{path:?} fits {file} no more: plant it anew"
            );
        }
    }
}
