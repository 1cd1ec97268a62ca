//! What keys ask for, and where they take a caret.

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

/// The line and column of a position.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.chars().take(at);
    before.fold((0, 0), |(line, column), character| match character {
        '\n' => (line + 1, 0),
        _ => (line, column + 1),
    })
}

/// Where a key takes the caret among lines.
pub(crate) fn moved(text: &str, at: usize, key: Key) -> usize {
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
