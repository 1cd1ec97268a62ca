//! Sessions of which one side lies: messages are changed and sealed anew, left out, sent twice, invented. Whatever comes, a
//! session ends or goes on, documents stay sound, and an honest session afterwards makes them the same. A side may let go of the
//! history of a document: of what both know, or also of what it wrote since, which the other may then not come by.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use syncline::sync::{Documents, Event, Only, Options, Session, SessionError, Workspace};
use syncline::{Doc, Peer, SaveOptions, VersionVector};
use syncline_fuzzing::seal::Sealer;

const NONCE: u64 = 0x0123_4567_89ab_cdef;

/// Messages after which even liars have no more to say.
const MESSAGES_MAX: usize = 2_000;

#[derive(Arbitrary, Debug)]
struct Story {
    many: bool,
    only: Option<u8>,
    offers: bool,
    before: Vec<Edit>,
    here: Vec<Edit>,
    there: Vec<Edit>,
    live: Vec<(bool, Edit)>,
    cut: Option<Cut>,
    lies: Vec<Lie>,
}

/// A side lets go of a document's history.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Cut {
    here: bool,
    document: u8,
    /// Also of what it alone has written.
    late: bool,
    /// The other side takes documents without it.
    accepts: bool,
}

#[derive(Arbitrary, Debug)]
struct Edit {
    document: u8,
    what: What,
}

#[derive(Arbitrary, Debug)]
enum What {
    Type(u8, u8),
    Delete(u8),
    Set(u8, i16),
}

#[derive(Arbitrary, Debug)]
struct Lie {
    /// About the message of this number.
    number: u8,
    how: How,
}

#[derive(Arbitrary, Debug)]
enum How {
    Change(u16, u8),
    Cut(u8),
    Grow(Vec<u8>),
    Drop,
    Twice,
    /// Before it, one of that kind.
    Invent(u8, Vec<u8>),
}

/// One document, or many.
enum Side {
    One(Box<Doc>),
    Many(Workspace),
}

impl Side {
    fn new(many: bool, peer: u64) -> Side {
        if many {
            let mut workspace = Workspace::new();
            for name in 0..3 {
                workspace.insert(&format!("{name}"), writer(peer + name));
            }
            Side::Many(workspace)
        } else {
            Side::One(Box::new(writer(peer)))
        }
    }

    fn documents(&mut self) -> &mut dyn Documents {
        match self {
            Side::One(doc) => &mut **doc,
            Side::Many(workspace) => workspace,
        }
    }

    fn doc(&mut self, document: u8) -> &mut Doc {
        match self {
            Side::One(doc) => doc,
            Side::Many(workspace) => workspace.open(&format!("{}", document % 3)),
        }
    }

    fn let_go(&mut self, document: u8) {
        let doc = self.doc(document);
        let saved = doc.save_with(&SaveOptions::new().shallow());
        *doc = Doc::load(&saved).expect("what was saved");
        doc.set_peer(Peer::new(100 + u64::from(document)).expect("not zero"));
    }

    fn versions(&mut self) -> [VersionVector; 3] {
        [0, 1, 2].map(|document| self.doc(document).version_vector())
    }

    fn edit(&mut self, edit: &Edit) {
        let doc = self.doc(edit.document);
        let len = doc.text("t").len();
        // A position may be out of range: then nothing happens.
        let _ = doc.transact(|tx| match edit.what {
            What::Type(at, letter) => {
                let letter = char::from(b'a' + letter % 26).to_string();
                tx.text("t").insert(usize::from(at) % (len + 1), &letter)
            }
            What::Delete(at) => {
                let at = usize::from(at) % (len + 1);
                tx.text("t").delete(at..at + 1)
            }
            What::Set(key, value) => tx.map("m").set(&format!("{}", key % 4), i64::from(value)),
        });
    }

    fn check(&self) {
        match self {
            Side::One(doc) => doc.check().expect("sound"),
            Side::Many(workspace) => {
                for name in workspace.names() {
                    let doc = workspace.get(name).expect("its name");
                    doc.check().expect("sound");
                }
            }
        }
    }

    fn says(&self) -> String {
        match self {
            Side::One(doc) => format!("{} {:?}", doc.to_json(), doc.version_vector()),
            Side::Many(workspace) => {
                let docs = workspace.names().filter_map(|name| {
                    let doc = workspace.get(name)?;
                    let has_some = doc.operations() > 0;
                    has_some.then(|| format!("{name} {} {:?}", doc.to_json(), doc.version_vector()))
                });
                docs.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

fn writer(peer: u64) -> Doc {
    Doc::with_peer(Peer::new(peer + 1).expect("not zero"))
}

/// Both sides say what they have to say, the asker with lies.
fn exchange(
    story: &Story,
    here: &mut Side,
    there: &mut Side,
    lies: &[Lie],
) -> Result<(), SessionError> {
    let mut options = Options::default();
    options.piece_bytes = 64;
    options.window_bytes = 256;
    options.message_bytes = 64 << 10;
    let answers = options.clone();
    options.offers = story.offers;
    if let Some(only) = story.only {
        options.only = Only::Prefix(format!("{}", only % 4));
    }
    let mut asker = Session::ask(here.documents(), NONCE, options).expect("a summary");
    let mut answerer = Session::answer(answers);
    let mut sealer = Sealer::new(NONCE);
    let mut live = story.live.iter();
    let mut number = 0_usize;
    loop {
        let message = asker.next_message(here.documents())?;
        let mut is_still = message.is_none();
        if let Some(message) = message {
            for message in lied(&message, lies, number, &mut sealer) {
                answerer.receive(there.documents(), &message)?;
            }
            number += 1;
        }
        let message = answerer.next_message(there.documents())?;
        if let Some(message) = message {
            is_still = false;
            number += 1;
            asker.receive(here.documents(), &message)?;
        }
        let accepts = story.cut.is_some_and(|cut| cut.accepts);
        is_still &= !hear(&mut asker, accepts) & !hear(&mut answerer, accepts);
        match live.next() {
            Some((true, edit)) => here.edit(edit),
            Some((false, edit)) => there.edit(edit),
            None if is_still => return Ok(()),
            None => {}
        }
        assert!(number < MESSAGES_MAX, "it ends");
    }
}

/// Takes what is offered; says whether something was.
fn hear(session: &mut Session, accepts: bool) -> bool {
    let mut is_offered = false;
    while let Some(event) = session.next_event() {
        match event {
            Event::Offered { documents } => {
                session.fetch(documents.iter().map(|offer| offer.name.as_str()));
                is_offered = true;
            }
            Event::Behind { document, .. } if accepts => {
                session.accept([document.as_str()]);
                is_offered = true;
            }
            _ => {}
        }
    }
    is_offered
}

/// What is sent instead of a message.
fn lied(message: &[u8], lies: &[Lie], number: usize, sealer: &mut Sealer) -> Vec<Vec<u8>> {
    let mut messages = vec![message.to_vec()];
    let mut is_lie = false;
    for lie in lies.iter().filter(|lie| usize::from(lie.number) == number) {
        is_lie = true;
        let unsealed = sealer.unsealed(message);
        let last = messages.pop().unwrap_or_default();
        let body = match last == message {
            true => unsealed.to_vec(),
            false => last,
        };
        match &lie.how {
            How::Change(at, change) => {
                let mut body = body;
                let len = body.len().max(1);
                if let Some(byte) = body.get_mut(usize::from(*at) % len) {
                    *byte ^= change;
                }
                messages.push(body);
            }
            How::Cut(by) => {
                let len = body.len().saturating_sub(usize::from(*by));
                messages.push(body[..len].to_vec());
            }
            How::Grow(more) => messages.push([&body[..], more].concat()),
            How::Drop => {}
            How::Twice => messages.extend([body.clone(), body]),
            How::Invent(kind, more) => {
                messages.extend([[&[*kind], &more[..]].concat(), body]);
            }
        }
    }
    if !is_lie {
        return vec![sealer.passed_on(message)];
    }
    messages
        .into_iter()
        .map(|message| sealer.sealed(message))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(story) = Story::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    if std::env::var_os("TELL").is_some() {
        eprintln!("{story:#?}");
    }
    let mut here = Side::new(story.many, 0);
    let mut there = Side::new(story.many, 10);
    for edit in &story.before {
        here.edit(edit);
    }
    let honest = Story {
        only: None,
        offers: false,
        live: Vec::new(),
        cut: None,
        lies: Vec::new(),
        before: Vec::new(),
        here: Vec::new(),
        there: Vec::new(),
        many: story.many,
    };
    exchange(&honest, &mut here, &mut there, &[]).expect("nobody lies");
    let let_go = |is_late: bool, here: &mut Side, there: &mut Side| {
        if let Some(cut) = story.cut.filter(|cut| cut.late == is_late) {
            let side = if cut.here { here } else { there };
            side.let_go(cut.document);
        }
    };
    let_go(false, &mut here, &mut there);
    story.here.iter().for_each(|edit| here.edit(edit));
    story.there.iter().for_each(|edit| there.edit(edit));
    let_go(true, &mut here, &mut there);
    let had = [here.versions(), there.versions()];
    let ended = exchange(&story, &mut here, &mut there, &story.lies);
    if story.lies.is_empty() {
        ended.expect("nobody lies");
    }
    here.check();
    there.check();
    let has = [here.versions(), there.versions()];
    let mut pairs = has.iter().flatten().zip(had.iter().flatten());
    // A liar may have peers split, whose operations then are others'.
    let is_kept = pairs.all(|(has, had)| has.includes(had));
    assert!(is_kept || !story.lies.is_empty(), "nothing is lost");
    // What lies beside or behind a late cut may have to wait for somebody who has the history.
    let is_met = !story.cut.is_some_and(|cut| cut.late);
    if story.lies.is_empty() && is_met && story.only.is_none() && !story.offers {
        assert_eq!(here.says(), there.says());
    }
    // Operations that were made up are the liar's own: they may be known to one side only under a number that the other
    // has used too.
    if story.lies.is_empty() {
        exchange(&honest, &mut here, &mut there, &[]).expect("nobody lies");
        assert!(!is_met || here.says() == there.says());
    }
});
