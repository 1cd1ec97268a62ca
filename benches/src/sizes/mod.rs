//! `sizes`: how many bytes every encoding of every engine takes, beside ours and what ours may take; and how fast what
//! was saved opens.
//!
//! A *matter* is what is encoded, a history or a tree; a *subject* is an engine in one of its settings. One process
//! makes one matter with one subject and reports the bytes of every encoding, for all rows that ask about it. Bytes do
//! not depend on the machine, so what rivals report may be kept between runs.

mod rows;
mod measure;
mod run;
mod table;

pub use measure::{Figures, count, measure};
pub use rows::{Limit, Matter, Section, SizeRow, Subject, Tree, all};
pub use run::{SizeLine, Sizes, run};
pub use table::Standing;
