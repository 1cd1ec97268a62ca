//! Both people, and what a key does.

use syncline::{Doc, Error, Peer};

use crate::side::{BODY, Side};

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    Type(char),
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    /// To the other pane.
    Switch,
    /// Takes this pane offline, or back online.
    Line,
    Undo,
    Redo,
    /// Names the note by its first line.
    Title,
    /// Decides between titles.
    Settle,
}

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
            Side::new("Ada", peer(2), &begun)?,
            Side::new("Grace", peer(3), &begun)?,
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
        let (at, len) = (side.at, side.doc.text(BODY).len());
        match key {
            Key::Type(typed) => side.replace(at, 0, typed.encode_utf8(&mut [0; 4]), now_ms)?,
            Key::Backspace if at > 0 => side.replace(at - 1, 1, "", now_ms)?,
            Key::Delete if at < len => side.replace(at, 1, "", now_ms)?,
            Key::Backspace | Key::Delete => {}
            Key::Left => side.go_to(at.saturating_sub(1))?,
            Key::Right => side.go_to(at + 1)?,
            Key::Up | Key::Down | Key::Home | Key::End => {
                let at = moved(&side.text(), at, key);
                side.go_to(at)?;
            }
            Key::Switch => self.focus = 1 - self.focus,
            Key::Line => side.online = !side.online,
            Key::Undo => side.undo()?,
            Key::Redo => side.redo()?,
            Key::Title => side.set_title(now_ms)?,
            Key::Settle => side.settle_title(now_ms)?,
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

/// The line and column of a position.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.chars().take(at);
    before.fold((0, 0), |(line, column), character| match character {
        '\n' => (line + 1, 0),
        _ => (line, column + 1),
    })
}

/// Where a key takes the caret among lines.
fn moved(text: &str, at: usize, key: Key) -> usize {
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    let (line, column) = line_and_column(text, at);
    let (line, column) = match key {
        Key::Up if line > 0 => (line - 1, column),
        Key::Down if line + 1 < lines.len() => (line + 1, column),
        Key::Up | Key::Home => (line, 0),
        _ => (line, usize::MAX),
    };
    let before: usize = lines.iter().take(line).map(|len| len + 1).sum();
    before + column.min(lines.get(line).copied().unwrap_or(0))
}
