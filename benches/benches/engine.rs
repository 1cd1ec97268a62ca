//! The rows of the table for Syncline alone, under criterion: to see a change's effect, not to compare engines.
//!
//! `cargo bench --profile bench-quick -- --quick` makes a short run with small inputs.

use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};

use syncline_benches::peers::Peer;
use syncline_benches::rows::{self, Source};
use syncline_benches::trace;
use syncline_benches::work::{self, Context, Once};

fn engine(criterion: &mut Criterion) {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let folder = trace::folder(None);
    if folder.is_none() {
        eprintln!("no traces folder: histories are generated");
    }
    let context = Context {
        traces: folder,
        quick,
        prepared: None,
    };
    let mut group = criterion.benchmark_group("engine");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_secs(if quick { 1 } else { 5 }));
    for row in rows::engine() {
        match row.source {
            Source::Measured(work) if !work.is_heap() => bench(&mut group, row.name, || {
                work::ready(work, Peer::Ours, &context).map(|ready| ready.once)
            }),
            _ => {}
        }
    }
    group.finish();
}

/// Makes the work ready only when the bench is not filtered out.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    ready: impl Fn() -> Result<Once, String>,
) {
    let mut made = None;
    group.bench_function(name, |bencher| {
        let once =
            made.get_or_insert_with(|| ready().unwrap_or_else(|why| panic!("{name}: {why}")));
        bencher.iter_custom(|times| (0..times).map(|_| took(name, once)).sum::<Duration>());
    });
}

fn took(name: &str, once: &mut Once) -> Duration {
    match once() {
        Ok(milliseconds) => Duration::from_secs_f64(milliseconds / 1e3),
        Err(why) => panic!("{name}: {why}"),
    }
}

criterion_group!(benches, engine);
criterion_main!(benches);
