//! What a relay logs, on standard error: a line for each event, for people or as JSON.

use std::fmt::{Debug, Write as _};
use std::io::Write;

use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::opened::now_ms;
use super::relays::Log;

/// Writes from now on what happens.
pub(super) fn begin(log: Log) {
    // It is set once: a process serves one store.
    let _ = tracing::subscriber::set_global_default(Lines(log));
}

/// Lines of one form.
struct Lines(Log);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("syncline")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let level = event.metadata().level().as_str();
        // Who cannot read it cannot be told so.
        let _ = writeln!(std::io::stderr(), "{}", line(self.0, level, fields.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn line(log: Log, level: &str, mut fields: Map<String, Json>) -> String {
    let time = now_ms();
    let message = fields.remove("message").unwrap_or_default();
    if log == Log::Json {
        let mut told = Map::new();
        told.insert("time".to_owned(), time.into());
        told.insert("level".to_owned(), level.into());
        told.insert("event".to_owned(), message);
        told.append(&mut fields);
        return Json::Object(told).to_string();
    }
    let mut line = format!("{time} {level} {}", message.as_str().unwrap_or_default());
    for (name, value) in fields {
        // As JSON strings: no escapes for a terminal get through.
        let _ = write!(line, " {name}={value}");
    }
    line
}

/// The fields of an event.
struct Fields(Map<String, Json>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}").into();
        self.0.insert(field.name().to_owned(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
