//! Telling what is inside: a line of JSON, or a few lines for people.

use std::io::{self, Write};

use serde_json::{Value as Json, json};
use syncline::{DecodeError, InspectedFrame, InspectedSection, Inspection};

use crate::failure::Place;
use crate::paint::{Paint, grouped};

/// Peers told of each frame.
const MAX_PEERS: usize = 12;

pub(super) fn write_json(
    place: &Place,
    inspection: &Inspection,
    out: &mut dyn Write,
) -> io::Result<()> {
    let line = json!({
        "file": place.file,
        "bytes": inspection.bytes,
        "frames": inspection.frames.iter().map(frame_json).collect::<Json>(),
        "error": inspection.first_error().map(error_json),
    });
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

fn error_json(error: DecodeError) -> Json {
    json!({ "offset": error.offset, "what": error.what })
}

fn frame_json(frame: &InspectedFrame) -> Json {
    let section = |section: &InspectedSection| {
        json!({
            "name": section.name,
            "offset": section.offset,
            "bytes": section.bytes,
            "packing": section.packing,
            "unpacked": section.unpacked,
        })
    };
    let peers = frame.peers.iter();
    // As text: a peer is a number of 64 bits, which many readers of JSON round.
    let peers = peers.map(
        |peer| json!({ "peer": peer.peer.to_string(), "seq": peer.seq, "operations": peer.operations }),
    );
    let stretches = frame.stretches.iter();
    let stretches = stretches.map(|&(kind, count, operations)| {
        json!({ "kind": kind, "count": count, "operations": operations })
    });
    json!({
        "format": frame.format,
        "name": frame.name,
        "offset": frame.offset,
        "bytes": frame.bytes,
        "checksum_matches": frame.checksum_matches,
        "goes_on_from": frame.goes_on_from.map(|id| id.to_string()),
        "operations": frame.operations,
        "text_chars": frame.text_chars,
        "runs": frame.runs,
        "parents": frame.parents,
        "marks": frame.marks,
        "stretches": stretches.collect::<Json>(),
        "keys": frame.keys,
        "containers": frame.containers,
        "peers": peers.collect::<Json>(),
        "own_codes": frame.own_codes,
        "sections": frame.sections.iter().map(section).collect::<Json>(),
        "frames": frame.frames.iter().map(frame_json).collect::<Json>(),
        "error": frame.error.map(error_json),
    })
}

pub(super) fn write_text(
    place: &Place,
    inspection: &Inspection,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint::for_stdout();
    let title = format!("{place}: {} bytes", grouped(inspection.bytes));
    writeln!(out, "{}", paint.bold(&title))?;
    for frame in &inspection.frames {
        write_frame(frame, "  ", paint, out)?;
    }
    if let Some(error) = inspection.error {
        writeln!(out, "  {error}")?;
    }
    Ok(())
}

fn write_frame(
    frame: &InspectedFrame,
    indent: &str,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let checksum = match frame.checksum_matches {
        Some(true) => "checksum matches",
        Some(false) => "CHECKSUM DIFFERS",
        None => "CUT SHORT",
    };
    let title = format!("{} (format {})", frame.name, frame.format);
    writeln!(
        out,
        "{indent}{} at byte {}, {} bytes, {checksum}",
        paint.bold(&title),
        grouped(frame.offset),
        grouped(frame.bytes)
    )?;
    let deeper = format!("{indent}  ");
    if frame.frames.is_empty() {
        write_counts(frame, &deeper, out)?;
    }
    for section in &frame.sections {
        write_section(section, &deeper, paint, out)?;
    }
    for inner in &frame.frames {
        write_frame(inner, &deeper, paint, out)?;
    }
    match frame.error {
        Some(error) => writeln!(out, "{deeper}{error}"),
        None => Ok(()),
    }
}

fn write_counts(frame: &InspectedFrame, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    if let Some(before) = frame.goes_on_from {
        writeln!(out, "{indent}goes on from {before}")?;
    }
    writeln!(
        out,
        "{indent}operations {}, runs {}, parents {}, marks {}, containers {}, keys {}",
        frame.operations, frame.runs, frame.parents, frame.marks, frame.containers, frame.keys
    )?;
    for (kind, count, operations) in &frame.stretches {
        writeln!(out, "{indent}  {kind}: {count} for {operations} operations")?;
    }
    for peer in frame.peers.iter().take(MAX_PEERS) {
        let (id, seq) = (peer.peer, peer.seq);
        let operations = peer.operations;
        writeln!(
            out,
            "{indent}  peer {id}: {operations} operations from {seq} on"
        )?;
    }
    match frame.peers.len().saturating_sub(MAX_PEERS) {
        0 => {}
        more => writeln!(out, "{indent}  and {more} more peers; --json tells all")?,
    }
    if !frame.own_codes.is_empty() {
        writeln!(out, "{indent}own codes: {}", frame.own_codes.join(", "))?;
    }
    Ok(())
}

fn write_section(
    section: &InspectedSection,
    indent: &str,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = format!("{indent}{:>10}  {}", grouped(section.bytes), section.name);
    if let (Some(packing), Some(unpacked)) = (section.packing, section.unpacked) {
        line += &format!(", packing {packing}");
        if packing != "none" {
            line += &format!(", {unpacked} bytes unpacked");
        }
    }
    writeln!(
        out,
        "{line}{}",
        paint.dim(&format!("  at byte {}", section.offset))
    )
}
