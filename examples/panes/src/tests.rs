//! What the panes show, on a screen that is none.

use super::app::App;
use super::script::{BEGUN, parse, play, screen};

fn press(app: &mut App, keys: &str, now_ms: u64) {
    for key in parse(keys) {
        app.press(key, now_ms).expect("within the limits");
    }
}

fn app() -> App {
    App::new(BEGUN).expect("a small document")
}

fn texts(app: &App) -> [String; 2] {
    [app.sides[0].text(), app.sides[1].text()]
}

#[test]
fn keys_reach_the_other_while_both_are_online() {
    let mut app = app();
    press(&mut app, "!<switch><backspace>?", 0);
    // What Ada typed went behind Grace's caret.
    assert_eq!(
        texts(&app),
        ["Lunch on Friday\nin the kitchen\nat fou?!"; 2]
    );
}

#[test]
fn what_both_did_offline_stands_and_each_undoes_what_was_theirs() {
    let mut app = app();
    press(
        &mut app,
        "<line><home>exactly <switch><up><end> or the garden",
        0,
    );
    assert!(!app.is_connected());
    let [ada, grace] = texts(&app);
    assert!(!ada.contains("garden") && !grace.contains("exactly"));
    press(&mut app, "<switch><line>", 60_000);
    let both = "Lunch on Friday\nin the kitchen or the garden\nexactly at four";
    assert_eq!(texts(&app), [both; 2]);
    press(&mut app, "<undo>", 120_000);
    let without = both.replace("exactly ", "");
    assert_eq!(texts(&app), [without.as_str(); 2]);
    press(&mut app, "<redo>", 180_000);
    assert_eq!(texts(&app), [both; 2]);
}

#[test]
fn carets_stay_where_they_are_in_the_text() {
    let mut app = app();
    press(&mut app, "<up><up><home><switch>", 0);
    let [ada, grace] = &app.sides;
    assert_eq!((ada.at, ada.other_at), (0, Some(BEGUN.len())));
    assert_eq!((grace.at, grace.other_at), (BEGUN.len(), Some(0)));
    // Ada, offline, does not hear of Grace's keys, but her own move Grace's caret.
    press(
        &mut app,
        "<switch><line>Big l<delete><switch><backspace>",
        60_000,
    );
    assert_eq!(app.sides[0].other_at, Some(BEGUN.len() + 4));
    press(&mut app, "<switch><line>", 120_000);
    let [ada, grace] = &app.sides;
    assert_eq!(ada.text(), "Big lunch on Friday\nin the kitchen\nat fou");
    assert_eq!(
        (ada.at, ada.other_at),
        (grace.other_at.unwrap(), Some(grace.at))
    );
}

#[test]
fn two_titles_are_shown_until_one_is_settled() {
    let mut app = app();
    press(
        &mut app,
        "<line><up><up><home>A <title><switch><up><up><home>B <title><line><line>",
        0,
    );
    press(&mut app, "<switch><line>", 60_000);
    assert!(
        screen(&app, 100, 8).contains("BOTH "),
        "{}",
        screen(&app, 100, 8)
    );
    assert_eq!(app.sides[0].titles().len(), 2);
    let lost = app.sides[0].titles()[1].value.clone();
    press(&mut app, "<settle>", 120_000);
    for side in &app.sides {
        let titles = side.titles();
        assert_eq!((titles.len(), &titles[0].value), (1, &lost));
    }
    assert!(!screen(&app, 100, 8).contains("BOTH "));
    press(&mut app, "<settle>", 180_000);
    assert_eq!(app.sides[0].told, "no titles to choose from");
}

#[test]
fn a_screen_of_any_size_can_be_drawn() {
    let mut app = app();
    press(
        &mut app,
        "\n\n\n\n\nfar down, and far to the right, where a narrow pane does not reach",
        0,
    );
    for (width, height) in [(1, 1), (2, 2), (9, 4), (30, 6), (200, 60)] {
        screen(&app, width, height);
    }
    assert!(
        screen(&app, 60, 6).contains("reach│"),
        "{}",
        screen(&app, 60, 6)
    );
}

#[test]
fn the_script_ends_with_both_showing_the_same() {
    let played = play().expect("it can be played");
    assert!(played.contains("BOTH ") && played.contains("OFFLINE"));
    let last = played.rsplit("\n\n").nth(1).unwrap_or(&played);
    for line in ["Lunch on Thursday", "in the garden", "at five, with cake!"] {
        assert_eq!(
            last.replace(['│', '┊'], "").matches(line).count(),
            2,
            "{last}"
        );
    }
}
