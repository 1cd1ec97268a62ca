//! Running the binary, and files for it to read.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value as Json;

/// How one run of the binary ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as one JSON document a line.
    pub(crate) fn json_lines(&self) -> Vec<Json> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    /// Whether of a file's lines the last is a good one, and each before it was told by its number with what is wrong with it.
    #[track_caller]
    pub(crate) fn assert_good_after(&self, path: &str, bad: &[(String, &str)]) {
        assert_eq!(self.json_lines().len(), 1, "{self:#?}");
        for (number, (line, named)) in bad.iter().enumerate() {
            let place = format!("{path}:{}: ", number + 1);
            let told = self.err.lines().find(|told| told.contains(&place));
            let told = told.unwrap_or_else(|| panic!("{place} is not told: {line:.80}"));
            assert!(told.contains(named), "{named:?} is not in {told:?}");
        }
    }

    /// Whether it ended well and told people all of `parts`.
    #[track_caller]
    pub(crate) fn assert_tells(&self, parts: &[&str]) {
        assert_eq!(self.code, 0, "{self:#?}");
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is not told: {self:#?}");
        }
    }

    /// Whether it failed as meant: with this code, naming all of `named` on standard error, and without a panic.
    #[track_caller]
    pub(crate) fn assert_failed(&self, code: i32, named: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        for part in named {
            assert!(self.err.contains(part), "{part:?} is not named: {self:#?}");
        }
        assert!(self.err.contains("next: "), "no next step: {self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
    }
}

/// A whole number in what is told as JSON.
#[track_caller]
pub(crate) fn number(json: &Json, key: &str) -> u64 {
    json[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key} in {json}"))
}

/// Runs `syncline` to its end.
pub(crate) fn syncline<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> Ran {
    let output = command(arguments).output().expect("the binary runs");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

/// The binary with `arguments`, neither output a terminal.
pub(crate) fn command<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncline"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A folder of one test's files.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty folder, named after the test.
    pub(crate) fn new(test: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the folder can be made");
        Folder(path)
    }

    /// The path of a file in it, as an argument.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8 paths").to_owned()
    }

    /// Writes a file, compressed if its name ends in `.gz`; returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let bytes = if name.ends_with(".gz") {
            zipped(content.as_ref())
        } else {
            content.as_ref().to_vec()
        };
        self.write_raw(name, &bytes)
    }

    /// Writes a file as it is.
    pub(crate) fn write_raw(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the file can be written");
        path
    }
}

/// `bytes` under gzip.
pub(crate) fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
