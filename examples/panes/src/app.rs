//! Both people, and what a key does to them.

use syncline::{Doc, Error, Peer};

use crate::keys::Key;
use crate::side::{BODY, Side};

/// Two panes.
pub struct App {
    pub sides: [Side; 2],
    /// The pane that keys go to.
    pub focus: usize,
}

impl App {
    /// Ada and Grace, with a text that Ada began.
    ///
    /// # Errors
    ///
    /// None in practice: the document is a small one.
    pub fn new(text: &str) -> Result<App, Error> {
        let peer = |id| Peer::new(id).expect("not zero");
        let mut begun = Doc::with_peer(peer(1));
        begun.transact(|tx| tx.text(BODY).push(text))?;
        let begun = begun.save();
        let sides = [
            Side::new("Ada", Some(peer(2)), &begun)?,
            Side::new("Grace", Some(peer(3)), &begun)?,
        ];
        let mut app = App { sides, focus: 0 };
        app.meet()?;
        Ok(app)
    }

    /// The name behind a peer id.
    pub fn name_of(peer: Peer) -> &'static str {
        match peer.get() {
            1 | 2 => "Ada",
            _ => "Grace",
        }
    }

    /// Whether what one types reaches the other.
    pub fn is_connected(&self) -> bool {
        self.sides.iter().all(|side| side.online)
    }

    /// Does what a key asks for; `now_ms` is the time of any clock that does not go back.
    ///
    /// # Errors
    ///
    /// Those of the document, such as a limit that is passed; it is then as it was.
    pub fn press(&mut self, key: Key, now_ms: u64) -> Result<(), Error> {
        let side = &mut self.sides[self.focus];
        match key {
            Key::Switch => self.focus = 1 - self.focus,
            Key::Line => side.online = !side.online,
            key => side.press(key, now_ms)?,
        }
        self.meet()
    }

    /// What each has that the other lacks, where both are online.
    fn meet(&mut self) -> Result<(), Error> {
        if self.is_connected() {
            let [one, two] = &mut self.sides;
            one.hear(two)?;
            two.hear(one)?;
        }
        Ok(())
    }
}
