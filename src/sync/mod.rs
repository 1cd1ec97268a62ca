//! The session: how two replicas are kept in step, bytes in and bytes out.
//!
//! See [`Session`]. `docs/session.md` tells every message.

mod documents;
mod workspace;
mod error;
mod event;
mod resume;
mod presence;
mod message;
mod seal;
mod window;
mod options;
mod scope;
mod briefs;
mod forks;
mod base;
mod giving;
mod taking;
mod line;
mod session;
mod begin;
mod merge;
mod take;
mod give;
mod unwanted;
mod looking;
mod watched;
mod carries;

pub use carries::Carries;
pub use documents::{Changes, Documents, key_of};
pub use error::SessionError;
pub use event::{Event, Offer};
pub use options::{Only, Options};
pub use presence::Presence;
pub use resume::Resume;
pub use session::Session;
pub use workspace::Workspace;
