//! A base that comes, piece by piece: nothing of it is used before all of it is there and has been looked through.

use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::give::{document_error, name_of, opened};
use super::giving::part_of;
use super::message::malformed;
use super::session::Session;
use crate::doc::Doc;
use crate::error::Error;

/// A base that comes.
#[derive(Debug)]
pub(super) enum Taking {
    Asked {
        without_history: bool,
    },
    /// The history so far.
    History(Box<Doc>),
    /// So far, of so many bytes.
    Saved(Vec<u8>, u32),
}

impl Session {
    pub(super) fn begin_base(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        operations: u32,
        bytes: Option<u32>,
    ) -> Result<(), SessionError> {
        let limit = self.options.base_bytes;
        let (Some(line), Some(doc)) = (self.lines.get_mut(&key), opened(documents, key)?) else {
            return Ok(());
        };
        let taking = match (&line.taking, bytes) {
            (Some(Taking::Asked { .. }), None) => {
                Taking::History(Box::new(Doc::with_limits(doc.limits().clone())))
            }
            (Some(Taking::Asked { without_history }), Some(bytes)) if *without_history => {
                if bytes > limit {
                    let [limit, found] = [limit, bytes].map(u64::from);
                    let what = "base_bytes";
                    self.refuse(documents, key, Error::Limit { what, limit, found });
                    return Ok(());
                }
                Taking::Saved(Vec::new(), bytes)
            }
            // A fork came between: it is asked for again.
            (None, _) => return Ok(()),
            _ => return Err(malformed("a base that was not asked for")),
        };
        line.taking = Some(taking);
        line.to_receive = operations;
        line.received = 0;
        line.is_received = false;
        Ok(())
    }

    /// A piece of a base has come.
    pub(super) fn take_piece(
        &mut self,
        documents: &mut dyn Documents,
        number: u32,
        piece: &[u8],
    ) -> Result<(), SessionError> {
        let key = self.key_of_number(number)?;
        self.note_taken(piece.len());
        let Some(line) = self.lines.get_mut(&key).filter(|line| !line.is_off) else {
            return Ok(());
        };
        match &mut line.taking {
            Some(Taking::History(doc)) => {
                let merged = doc.merge(piece);
                line.received = doc.operations();
                match merged {
                    Ok(_) => {}
                    Err(error @ Error::Decode(_)) => {
                        return Err(document_error(&name_of(documents, key), error));
                    }
                    Err(error) => {
                        self.refuse(documents, key, error);
                        return Ok(());
                    }
                }
            }
            Some(Taking::Saved(bytes, whole)) => {
                if bytes.len() + piece.len() > *whole as usize {
                    return Err(malformed("more of a base than there is"));
                }
                bytes.extend_from_slice(piece);
                line.received = part_of(line.to_receive, bytes.len(), *whole as usize);
            }
            _ => return Ok(()),
        }
        self.tell_progress(documents, key);
        Ok(())
    }

    /// All of a base has come: the document is put on it, and begun with anew.
    pub(super) fn end_base(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
    ) -> Result<(), SessionError> {
        let name = name_of(documents, key);
        let (Some(line), Some(doc)) = (self.lines.get_mut(&key), opened(documents, key)?) else {
            return Ok(());
        };
        let adopted = match line.taking.take() {
            Some(Taking::History(base)) => doc.adopt(*base),
            Some(Taking::Saved(bytes, whole)) if bytes.len() == whole as usize => {
                let base = Doc::load_with_limits(&bytes, doc.limits().clone());
                let base = base.and_then(|base| base.verify().map(|()| base));
                base.and_then(|base| doc.adopt(base))
            }
            Some(Taking::Saved(..)) => return Err(malformed("less of a base than was told")),
            _ => return Ok(()),
        };
        let has_history = !doc.has_cut();
        match adopted {
            Ok(change) => {
                let document = name.clone();
                if !change.is_empty() {
                    self.events.push_back(Event::Changed { document, change });
                }
                self.events.push_back(Event::Replaced {
                    document: name,
                    has_history,
                });
                self.open_asking(documents, key)
            }
            Err(Error::Forked { peer, .. }) => self.forked(documents, key, peer),
            Err(error @ Error::Decode(_)) => Err(document_error(&name, error)),
            Err(error) => {
                self.refuse(documents, key, error);
                Ok(())
            }
        }
    }
}
