//! Two sides of a session, and what travels between them.

use syncline::Doc;
use syncline::sync::{Documents, Event, Options, Resume, Session, Workspace};

use super::small;

const NONCE: u64 = 0x5eed_0001_0203_0405;

/// Two sides: `here` asks, `there` answers. What either says is taken in by the other without a fault, or the test fails.
pub struct Pair<A, B> {
    pub here: A,
    pub there: B,
    pub asker: Session,
    pub answerer: Session,
    /// Of the last [`run`](Pair::run): its bytes; its round trips until the asker had all that the other had; and its
    /// messages, each with whether it is the asker's and its bytes.
    pub sent: usize,
    pub trips: usize,
    pub messages: Vec<(bool, usize)>,
    /// Of all runs: each with whether it is the asker's.
    pub events: Vec<(bool, Event)>,
}

impl<A: Documents, B: Documents> Pair<A, B> {
    pub fn new(here: A, there: B) -> Self {
        Pair::with(here, there, Options::default(), Options::default())
    }

    /// A session that goes on from an earlier one of the two.
    pub fn resumed(here: A, there: B, resume: Option<Resume>) -> Self {
        let mut options = Options::default();
        options.resume = resume;
        Pair::with(here, there, options, Options::default())
    }

    pub fn with(mut here: A, there: B, asks: Options, answers: Options) -> Self {
        let asker = Session::ask(&mut here, NONCE, asks).expect("a summary");
        Pair {
            here,
            there,
            asker,
            answerer: Session::answer(answers),
            sent: 0,
            trips: 0,
            messages: Vec::new(),
            events: Vec::new(),
        }
    }

    /// All that the asker has to say arrives, then all that the other has to say, and so on. Gives the round trips.
    pub fn run(&mut self) -> usize {
        self.sent = 0;
        self.trips = 0;
        self.messages.clear();
        let mut trips = 0;
        loop {
            let to_there = self.send_there();
            let to_here = self.send_here();
            self.note(true, &to_there);
            self.note(false, &to_here);
            let known = self.events.len();
            self.collect();
            if to_there.is_empty() && to_here.is_empty() {
                return trips;
            }
            trips += 1;
            let is_change = |event: &(bool, Event)| matches!(event, (true, Event::Changed { .. }));
            if self.events[known..].iter().any(is_change) {
                self.trips = trips;
            }
        }
    }

    /// What the asker has to say.
    pub fn said_here(&mut self) -> Vec<Vec<u8>> {
        drain(&mut self.asker, &mut self.here)
    }

    /// What the answerer has to say.
    pub fn said_there(&mut self) -> Vec<Vec<u8>> {
        drain(&mut self.answerer, &mut self.there)
    }

    /// A message of the asker's arrives.
    pub fn reach_there(&mut self, message: &[u8]) {
        let taken = self.answerer.receive(&mut self.there, message);
        taken.expect("the asker's");
    }

    /// A message of the answerer's arrives.
    pub fn reach_here(&mut self, message: &[u8]) {
        let taken = self.asker.receive(&mut self.here, message);
        taken.expect("the answerer's");
    }

    /// All that the asker has to say arrives; gives it.
    pub fn send_there(&mut self) -> Vec<Vec<u8>> {
        let said = self.said_here();
        said.iter().for_each(|message| self.reach_there(message));
        said
    }

    /// All that the answerer has to say arrives; gives it.
    pub fn send_here(&mut self) -> Vec<Vec<u8>> {
        let said = self.said_there();
        said.iter().for_each(|message| self.reach_here(message));
        said
    }

    /// A message of each side, if it has one, arrives.
    pub fn take_turns(&mut self) {
        let said = self.asker.next_message(&mut self.here).expect("no fault");
        said.iter().for_each(|message| self.reach_there(message));
        let said = self.answerer.next_message(&mut self.there);
        let said = said.expect("no fault");
        said.iter().for_each(|message| self.reach_here(message));
    }

    fn note(&mut self, by_asker: bool, messages: &[Vec<u8>]) {
        for message in messages {
            self.sent += message.len();
            self.messages.push((by_asker, message.len()));
        }
    }

    fn collect(&mut self) {
        let events = std::iter::from_fn(|| self.asker.next_event());
        self.events.extend(events.map(|event| (true, event)));
        let events = std::iter::from_fn(|| self.answerer.next_event());
        self.events.extend(events.map(|event| (false, event)));
    }

    /// How many events of either side are such.
    pub fn count(&self, is_such: impl Fn(&Event) -> bool) -> usize {
        let events = self.events.iter();
        events.filter(|(_, event)| is_such(event)).count()
    }

    pub fn is_settled(&self) -> bool {
        self.asker.is_settled() && self.answerer.is_settled()
    }
}

impl Pair<Doc, Doc> {
    /// Both sides show and know the same.
    pub fn agree(&mut self) {
        small::agree(&mut self.here, &mut self.there);
    }
}

impl Pair<Workspace, Workspace> {
    /// Both sides have the same documents, which show and know the same.
    pub fn agree(&mut self) {
        let names: Vec<String> = self.here.names().map(Into::into).collect();
        assert!(self.there.names().eq(names.iter()));
        for name in &names {
            let here = self.here.get_mut(name).expect("its name");
            let there = self.there.get_mut(name).expect("its name");
            small::agree(here, there);
        }
        let here = Documents::summary(&mut self.here).expect("sound");
        let there = Documents::summary(&mut self.there).expect("sound");
        assert!(here.iter().eq(there.iter()));
    }
}

fn drain(session: &mut Session, documents: &mut dyn Documents) -> Vec<Vec<u8>> {
    let next = || session.next_message(documents).expect("no fault");
    std::iter::from_fn(next).collect()
}
