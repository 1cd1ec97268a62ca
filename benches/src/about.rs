//! Where and how a run was measured.

use std::path::Path;

/// One sentence: how it was built, and on what it ran.
#[must_use]
pub fn run() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let build = match profile().as_deref() {
        Some("lto") => "fat link-time optimisation, one codegen unit".to_owned(),
        Some(profile) => format!("profile {profile}, not the one of published figures"),
        None => "an unknown profile".to_owned(),
    };
    format!(
        "{build}; {cores} cores, {processor}, {}",
        std::env::consts::OS
    )
}

/// The profile's folder, in which cargo puts the program.
fn profile() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.file_name()?.to_str()?.to_owned())
}

fn processor() -> Option<String> {
    let about = std::fs::read_to_string(Path::new("/proc/cpuinfo")).ok()?;
    let line = about.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split(':').nth(1)?.trim().to_owned())
}
