//! What is played where there is no terminal: keys, and the screen after each few of them.

use std::fmt::Write;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use syncline::Error;

use crate::app::App;
use crate::draw::draw;
use crate::keys::Key;

/// What both begin with.
pub const BEGUN: &str = "Lunch on Friday\nin the kitchen\nat four";

/// A step: what it is about, and its keys. `<…>` is a key by its name, anything else is typed.
const STEPS: [(&str, &str); 8] = [
    (
        "Ada types; Grace sees it, and where.",
        "<down><down><end>, with cake",
    ),
    (
        "Ada goes offline, changes the place and names the note.",
        "<line><up><home><right*7>garden<delete*7><title>",
    ),
    (
        "Grace, who does not know, changes day and hour, and names it too.",
        "<switch><up*3><home><right*9>Thursday<delete*6><title><down><down><home><right*3>five<delete*4>",
    ),
    (
        "Ada comes back: all edits stand, and both titles are there.",
        "<switch><line>",
    ),
    ("Ada settles the title.", "<settle>"),
    (
        "Grace undoes what she did; what Ada did stays.",
        "<switch><undo>",
    ),
    ("And does it again.", "<redo>"),
    ("Ada types on.", "<switch><down><end>!"),
];

/// The screens of the script.
///
/// # Errors
///
/// None in practice; those of [`App::press`].
pub fn play() -> Result<String, Error> {
    let mut app = App::new(BEGUN)?;
    let mut now_ms = 0;
    let mut out = String::new();
    let mut show = |about: &str, app: &App| {
        let _ = writeln!(out, "{about}\n{}", screen(app, 78, 8));
    };
    show("A note that both have.", &app);
    for (about, keys) in STEPS {
        // What one types in a step is undone at once, and no other.
        now_ms += 60_000;
        for key in parse(keys) {
            app.press(key, now_ms)?;
        }
        show(about, &app);
    }
    Ok(out)
}

/// What a screen of this size shows, as text.
pub fn screen(app: &App, width: u16, height: u16) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| draw(frame, app));
    let buffer = terminal.backend().buffer();
    let rows = (0..height).map(|y| {
        let cells = (0..width).filter_map(|x| buffer.cell((x, y)));
        let row: String = cells.map(|cell| cell.symbol()).collect();
        row.trim_end().to_owned() + "\n"
    });
    rows.collect()
}

/// The keys that a line of the script names.
pub fn parse(line: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let Some((name, behind)) = named else {
            keys.push(Key::Type(next));
            rest = &rest[next.len_utf8()..];
            continue;
        };
        let (name, count) = name.split_once('*').unwrap_or((name, "1"));
        let key = match name {
            "end" => Key::End,
            "home" => Key::Home,
            "up" => Key::Up,
            "down" => Key::Down,
            "right" => Key::Right,
            "delete" => Key::Delete,
            "backspace" => Key::Backspace,
            "switch" => Key::Switch,
            "line" => Key::Line,
            "undo" => Key::Undo,
            "redo" => Key::Redo,
            "title" => Key::Title,
            "settle" => Key::Settle,
            _ => Key::Type('?'),
        };
        keys.extend(std::iter::repeat_n(key, count.parse().unwrap_or(1)));
        rest = behind;
    }
    keys
}
