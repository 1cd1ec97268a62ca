//! A store whose list of tables cannot be read, or the header before it, or whose end is cut off. SQLite reads nothing of such a
//! file, though all else in it may be whole.
//!
//! What that list says is known word for word, and the tables of a store stand at its beginning, in one of two orders: as they were
//! made, or as packing a file leaves them. So a store that is made anew has the pages that are missing.
//!
//! ```text
//! page 1: header, and where the pages of the list are ──► [page][page][page] ──► where each table is
//! ```
//!
//! A first page that is not one of a store is put right by the pages of the list, where these stand as in a new one. The header says
//! how many pages the file has: of one that has fewer, what is left counts.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::clean;
use crate::database::Database;
use crate::error::{Error, Place};
use crate::files::{beside, check_free, check_one_name, make_whole, real};
use crate::lock::Lock;
use crate::options::Options;
use crate::schema::{self, APPLICATION_ID, PAGE_BYTES, VERSION};
use crate::store::Store;

const PAGE: usize = PAGE_BYTES as usize;

/// Where the tree in the first page begins; what kinds of its pages there are.
const HEADER: usize = 100;
const INNER: u8 = 5;
const LEAF: u8 = 13;

/// The page of the first table, after the header and the map of pages.
const FIRST_TABLE: u32 = 3;

impl Store {
    /// Writes a copy of a store that does not open, since its header or its list of tables cannot be read, or its end is cut off, with
    /// those as they were; gives how many pages were put right. The store itself is not touched. What else is damaged is for
    /// [`repair`](Store::repair), in the copy.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file already; [`Error::NoStore`], [`Error::NotAStore`], [`Error::Newer`];
    /// [`Error::Locked`] while another process writes to it; [`Error::Damaged`] where nothing of the list is left to go by;
    /// [`Error::Full`], [`Error::Io`].
    pub fn rescue(path: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<u32, Error> {
        let (path, to) = (path.as_ref(), to.as_ref());
        match fs::metadata(path) {
            Ok(found) if found.is_file() => check_one_name(path, &found)?,
            _ => {
                return Err(Error::NoStore {
                    path: path.to_owned(),
                });
            }
        }
        check_free(to)?;
        let real = real(path)?;
        let _lock = Lock::take(path, &real)?;
        let io = |error: io::Error| Error::io(path, "reading it page by page", error);
        let mut file = fs::File::open(path).map_err(io)?;
        let pages = file.metadata().map_err(io)?.len() / PAGE as u64;
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        let found = page(&mut file, 1).map_err(io)?;
        let (mut first, version) = match version(path, &found) {
            Ok(version) if leaves(&found).is_some() => (found.clone(), version),
            Err(error @ Error::Newer { .. }) => return Err(error),
            told => match first_page(to, &mut file, pages)? {
                Some(made) => made,
                None => return Err(told.err().unwrap_or_else(|| nothing_left(path))),
            },
        };
        cut_off(&mut first, pages);
        let mut mends = mends(path, to, &mut file, &first, version)?;
        if first != found {
            mends.push((1, first));
        }
        let doing = "writing the copy";
        // What SQLite had not brought into the file.
        let log = beside(&real, "-wal");
        make_whole(to, doing, |part| {
            let write = || -> io::Result<()> {
                fs::copy(path, part)?;
                let mut copy = fs::File::options().write(true).open(part)?;
                for (number, bytes) in &mends {
                    copy.seek(SeekFrom::Start(u64::from(number - 1) * PAGE as u64))?;
                    copy.write_all(bytes)?;
                }
                if log.is_file() {
                    fs::copy(&log, beside(part, "-wal"))?;
                }
                Ok(())
            };
            write().map_err(|error| Error::io(part, doing, error))?;
            match log.is_file() {
                // The copy is one file, all of it there when it has its name.
                true => clean::checkpoint(&Database::open(part, &Options::new(), false)?),
                false => Ok(()),
            }
        })?;
        Ok(u32::try_from(mends.len()).unwrap_or(u32::MAX))
    }
}

fn page(file: &mut fs::File, number: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; PAGE];
    file.seek(SeekFrom::Start(
        u64::from(number.saturating_sub(1)) * PAGE as u64,
    ))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*word))
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*word).into())
}

/// Of which version a store is, from its first page.
fn version(path: &Path, first: &[u8]) -> Result<u32, Error> {
    let is_ours = first.starts_with(b"SQLite format 3\0")
        && short(first, 16) == Some(PAGE)
        && number(first, 68) == Some(APPLICATION_ID.cast_unsigned());
    match number(first, 60) {
        Some(version) if is_ours && (1..=VERSION).contains(&version) => Ok(version),
        Some(found) if is_ours && found > VERSION => Err(Error::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        }),
        _ => Err(Error::NotAStore {
            path: path.to_owned(),
            what: "its first page is not that of a store".to_owned(),
        }),
    }
}

fn nothing_left(path: &Path) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        place: Place::File,
        what: "nothing of its list of tables is left to go by".to_owned(),
    }
}

/// Writes a number into a page, where it is long enough.
fn put_number(page: &mut [u8], at: usize, number: u32) {
    if let Some(to) = page.get_mut(at..at + 4) {
        to.copy_from_slice(&number.to_be_bytes());
    }
}

/// The first page that a file had if its list of tables stands where that of a new store does, and the version of the store.
fn first_page(to: &Path, file: &mut fs::File, pages: u32) -> Result<Option<(Vec<u8>, u32)>, Error> {
    for version in (1..=VERSION).rev() {
        for is_packed in [false, true] {
            let known = reference(to, version, is_packed)?;
            let numbers = leaves(&known.first).unwrap_or_default();
            let found: Vec<Vec<u8>> = numbers
                .iter()
                .map(|number| page(file, *number).unwrap_or_default())
                .collect();
            if is_possible(&found, &known.list) {
                let mut first = known.first;
                set_pages(&mut first, pages);
                return Ok(Some((first, version)));
            }
        }
    }
    Ok(None)
}

/// Has a first page that tells of more pages than there are tell of those.
fn cut_off(first: &mut [u8], pages: u32) {
    // Where these differ SQLite goes by the file itself.
    let is_told = number(first, 24) == number(first, 92);
    if is_told && number(first, 28).is_some_and(|told| told > pages) {
        set_pages(first, pages);
    }
}

/// Has a first page tell of so many pages, none of which is known to be free, and of a log beside the file.
fn set_pages(first: &mut [u8], pages: u32) {
    let change = number(first, 24).unwrap_or_default();
    for (at, number) in [(28, pages), (32, 0), (36, 0), (92, change)] {
        put_number(first, at, number);
    }
    if let Some(versions) = first.get_mut(18..20) {
        versions.fill(2);
    }
}

/// Whether pages may be those of a list, of which some are damaged: one at least is whole, and none is of another list.
fn is_possible(found: &[Vec<u8>], known: &[Vec<u8>]) -> bool {
    let pairs = || found.iter().zip(known);
    found.len() == known.len()
        && pairs().any(is_whole)
        && pairs().all(|pair| is_whole(pair) || !is_of_a_list(pair.0))
}

fn is_whole((found, known): (&Vec<u8>, &Vec<u8>)) -> bool {
    entries(found) == entries(known)
}

/// The pages of the list, by the first page.
fn leaves(first: &[u8]) -> Option<Vec<u32>> {
    if first.get(HEADER) != Some(&INNER) {
        return None;
    }
    let mut leaves = Vec::new();
    for at in 0..short(first, HEADER + 3)? {
        let cell = short(first, HEADER + 12 + 2 * at)?;
        leaves.push(number(first, cell)?);
    }
    leaves.push(number(first, HEADER + 8)?);
    Some(leaves)
}

/// A variable-length number of SQLite's, and how many bytes it has.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        value = (value << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// What a page of the list says, entry by entry; `None` where it is none.
fn entries(page: &[u8]) -> Option<Vec<&[u8]>> {
    if page.first() != Some(&LEAF) {
        return None;
    }
    let entry = |at| -> Option<&[u8]> {
        let cell = page.get(short(page, 8 + 2 * at)?..)?;
        let (len, head) = varint(cell)?;
        let (_, id) = varint(cell.get(head..)?)?;
        cell.get(..head + id + len)
    };
    (0..short(page, 3)?).map(entry).collect()
}

/// Pages that are to be put in the place of others, by their numbers.
type Mends = Vec<(u32, Vec<u8>)>;

/// What is to be mended in a store.
fn mends(
    path: &Path,
    to: &Path,
    file: &mut fs::File,
    first: &[u8],
    version: u32,
) -> Result<Mends, Error> {
    let numbers = leaves(first).ok_or_else(|| nothing_left(path))?;
    // Of a page that is not there nothing can be read either.
    let found: Vec<Vec<u8>> = numbers
        .iter()
        .map(|number| page(file, *number).unwrap_or_default())
        .collect();
    let mut best: Option<(usize, Mends)> = None;
    let mut is_tied = false;
    for is_packed in [false, true] {
        let known = reference(to, version, is_packed)?;
        if !is_possible(&found, &known.list) {
            continue;
        }
        let pairs = found.iter().zip(&known.list);
        let wrong = numbers
            .iter()
            .zip(pairs)
            .filter(|(_, pair)| !is_whole(*pair));
        let mends = wrong
            .map(|(number, (_, known))| (*number, known.clone()))
            .collect();
        // What is left of the list may be the same in both orders; then the tables themselves tell, though some may be damaged.
        let alike = (FIRST_TABLE..)
            .zip(&known.kinds)
            .filter(|(number, known)| page(file, *number).is_ok_and(|page| kind(&page) == **known))
            .count();
        match &best {
            Some((most, _)) if *most > alike => {}
            Some((most, _)) if *most == alike => is_tied = true,
            _ => (best, is_tied) = (Some((alike, mends)), false),
        }
    }
    match best {
        Some((_, mends)) if !is_tied => Ok(mends),
        _ => Err(nothing_left(path)),
    }
}

/// Whether a page is whole, and so of the other order of tables where it is not of this one.
fn is_of_a_list(page: &[u8]) -> bool {
    entries(page).is_some_and(|entries| !entries.is_empty())
}

/// Whether a page is of a table or of an index, be it a leaf of it or not.
fn kind(page: &[u8]) -> Option<u8> {
    page.first().map(|byte| byte & !8)
}

/// What a store that is made anew begins with.
struct Reference {
    first: Vec<u8>,
    /// The pages of its list.
    list: Vec<Vec<u8>>,
    /// Of what kind the tables are, from [`FIRST_TABLE`] on.
    kinds: Vec<Option<u8>>,
}

/// A store that is made anew, of that version; packed, or as it was made.
fn reference(to: &Path, version: u32, is_packed: bool) -> Result<Reference, Error> {
    // As all that is not whole yet: nobody else's.
    let (made, packed) = (beside(to, ".part"), beside(to, ".part-packed"));
    let clear = || {
        for path in [&made, &packed] {
            let _ = fs::remove_file(path);
        }
    };
    clear();
    let make = || -> Result<Reference, Error> {
        let db = Database::open(&made, &Options::new(), true)?;
        schema::create_as(&db, version)?;
        let path = match is_packed {
            true => &packed,
            false => &made,
        };
        if is_packed {
            let name = packed.to_string_lossy();
            let written = db.connection.execute("VACUUM INTO ?1", [name]);
            db.named("making a list of tables", written)?;
        }
        drop(db);
        let io = |error: io::Error| Error::io(path, "making a list of tables", error);
        let mut file = fs::File::open(path).map_err(io)?;
        let first = page(&mut file, 1).map_err(io)?;
        let numbers = leaves(&first).unwrap_or_default();
        let end = numbers.iter().copied().min().unwrap_or(FIRST_TABLE);
        let mut pages = |numbers: &mut dyn Iterator<Item = u32>| -> Result<Vec<Vec<u8>>, Error> {
            numbers
                .map(|number| page(&mut file, number).map_err(io))
                .collect()
        };
        let tables = pages(&mut (FIRST_TABLE..end))?;
        Ok(Reference {
            list: pages(&mut numbers.into_iter())?,
            kinds: tables.iter().map(|page| kind(page)).collect(),
            first,
        })
    };
    let reference = make();
    clear();
    reference
}
