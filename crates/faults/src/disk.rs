//! What a disk holds after the power was lost: what had been synced, and of the rest what chance left.

use std::collections::BTreeMap;

use crate::state::Event;

/// Bytes that a disk writes at once.
const SECTOR: usize = 512;

/// What becomes of what was written and not synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// It was all written, as where only the process ended.
    Nothing,
    /// None of it was.
    Everything,
    /// Each write may be there, or not, or some sectors of it, as this seed says.
    Some(u64),
}

/// Files, as recorded events leave them.
#[derive(Clone, Default, Debug)]
pub struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Clone, Default, Debug)]
struct File {
    /// As it is read while the system runs.
    read: Vec<u8>,
    synced: Vec<u8>,
    /// What was done since, and is not forgotten.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Disk {
    /// With a file that is synced.
    pub fn holding(name: &str, bytes: Vec<u8>) -> Disk {
        let file = File {
            read: bytes.clone(),
            synced: bytes,
            pending: Vec::new(),
        };
        Disk {
            files: BTreeMap::from([(name.to_owned(), file)]),
        }
    }

    /// Does what an event says.
    pub fn apply(&mut self, event: &Event) {
        let size = |number: &u64| usize::try_from(*number).unwrap_or(usize::MAX);
        match event {
            Event::Write {
                file,
                offset,
                bytes,
            } => {
                let write = Change::Write(size(offset), bytes.clone());
                self.file(file).change(write);
            }
            Event::Truncate { file, size: to } => {
                self.file(file).change(Change::Truncate(size(to)));
            }
            Event::Sync { file } => {
                let file = self.file(file);
                for change in std::mem::take(&mut file.pending) {
                    change.make(&mut file.synced);
                }
            }
            Event::NotSynced { file } => self.file(file).pending.clear(),
            Event::Delete { file } => drop(self.files.remove(file)),
            Event::Mark(_) => {}
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }

    /// What the files hold after the power is lost now.
    pub fn after(&self, loss: Loss) -> BTreeMap<String, Vec<u8>> {
        let mut chance = match loss {
            Loss::Some(seed) => seed | 1,
            _ => 0,
        };
        let files = self.files.iter();
        files
            .map(|(name, file)| {
                let bytes = match loss {
                    Loss::Nothing => file.read.clone(),
                    Loss::Everything => file.synced.clone(),
                    Loss::Some(_) => {
                        let mut bytes = file.synced.clone();
                        for change in &file.pending {
                            change.make_some(&mut bytes, &mut chance);
                        }
                        bytes
                    }
                };
                (name.clone(), bytes)
            })
            .collect()
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.make(&mut self.read);
        self.pending.push(change);
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Truncate(size) => bytes.truncate(*size),
            Change::Write(offset, written) => put(bytes, *offset, written),
        }
    }

    /// Makes it, or not, or some sectors of it.
    fn make_some(&self, bytes: &mut Vec<u8>, chance: &mut u64) {
        match (self, draw(chance) % 3) {
            (_, 0) => {}
            (Change::Write(offset, written), 1) => {
                for (at, sector) in written.chunks(SECTOR).enumerate() {
                    if draw(chance).is_multiple_of(2) {
                        put(bytes, offset + at * SECTOR, sector);
                    }
                }
            }
            _ => self.make(bytes),
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(offset..end) {
        place.copy_from_slice(written);
    }
}

/// The next number of xorshift.
fn draw(chance: &mut u64) -> u64 {
    *chance ^= *chance << 13;
    *chance ^= *chance >> 7;
    *chance ^= *chance << 17;
    *chance >> 11
}
