//! `cargo run -p panes`: two panes. Without a terminal it plays a script and prints what they show.

use std::error::Error;
use std::io::{IsTerminal, stdin, stdout};
use std::time::Instant;

use panes::app::{App, Key};
use panes::{draw::draw, script};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

fn main() -> Result<(), Box<dyn Error>> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        print!("{}", script::play()?);
        return Ok(());
    }
    let app = App::new(script::BEGUN)?;
    let mut terminal = ratatui::init();
    let ended = run(&mut terminal, app);
    ratatui::restore();
    ended
}

fn run(terminal: &mut DefaultTerminal, mut app: App) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    loop {
        terminal.draw(|frame| draw(frame, &app))?;
        let Event::Key(pressed) = event::read()? else {
            continue;
        };
        if !pressed.is_press() {
            continue;
        }
        match key_of(pressed) {
            Some(Asked::Key(key)) => {
                let now_ms = u64::try_from(start.elapsed().as_millis())?;
                if let Err(error) = app.press(key, now_ms) {
                    app.sides[app.focus].told = error.to_string();
                }
            }
            Some(Asked::Quit) => return Ok(()),
            None => {}
        }
    }
}

enum Asked {
    Key(Key),
    Quit,
}

fn key_of(pressed: KeyEvent) -> Option<Asked> {
    let with_control = pressed.modifiers.contains(KeyModifiers::CONTROL);
    let key = match pressed.code {
        KeyCode::Char('q' | 'c') if with_control => return Some(Asked::Quit),
        KeyCode::Char('o') if with_control => Key::Line,
        KeyCode::Char('z') if with_control => Key::Undo,
        KeyCode::Char('y') if with_control => Key::Redo,
        KeyCode::Char('t') if with_control => Key::Title,
        KeyCode::Char('k') if with_control => Key::Settle,
        KeyCode::Char(typed) if !with_control => Key::Type(typed),
        KeyCode::Enter => Key::Type('\n'),
        KeyCode::Tab => Key::Switch,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    };
    Some(Asked::Key(key))
}
