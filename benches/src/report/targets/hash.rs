//! The targets of `compare hash`.

use super::{Target, Verdict, counter, memory, ratio};
use crate::contender::Label;
use crate::report::score::Rows;
use crate::results::{Results, Throughput};
use crate::workload::{Cell, ShapeKind, count_title};

/// Least throughput in reads with two threads, as a multiple of the best peer's.
pub const READS_TO_BEST_MIN: f64 = 1.0;
/// The same as a multiple of dashmap's.
pub const READS_TO_DASHMAP_MIN: f64 = 1.5;
/// Least throughput with one thread, as a multiple of the best peer's.
pub const ONE_THREAD_TO_BEST_MIN: f64 = 0.9;
/// Least throughput anywhere, as a multiple of ETS's.
pub const ANY_TO_ETS_MIN: f64 = 5.0;
/// Most memory for an object `{int, int}` in the largest table.
pub const BYTES_PER_OBJECT_MAX: f64 = 50.0;
/// Least throughput of `lookup_many`, as a multiple of single lookups'.
pub const LOOKUP_MANY_MIN: f64 = 2.0;
/// Longest insert while growing.
pub const INSERT_NANOSECONDS_MAX: u64 = 1_000_000;
/// Growth for each overwrite that still counts as none: a page now and then, spread over all overwrites.
pub const PARKED_BYTES_MAX: f64 = 0.5;
/// Least rate of counting up, as a multiple of dashmap's.
pub const COUNTER_TO_DASHMAP_MIN: f64 = 1.0;

/// Every target, in the order in which they were set.
#[must_use]
pub fn all(results: &Results) -> Vec<Target> {
    let ints = Rows::of(results).shape(ShapeKind::Ints);
    let reads = |threads| ints.clone().reads_only().threads(threads);
    let one_thread = ints.clone().threads(1);
    let mut targets = vec![
        ratio(
            "{int, int} reads at 2 threads / best peer, every cell",
            READS_TO_BEST_MIN,
            reads(2).against_best(),
        ),
        ratio(
            "{int, int} reads at 2 threads / dashmap, every cell",
            READS_TO_DASHMAP_MIN,
            reads(2).against(Label::Dashmap),
        ),
        ratio(
            "{int, int} reads at 1 thread / best peer, every cell",
            ONE_THREAD_TO_BEST_MIN,
            reads(1).against_best(),
        ),
        ratio(
            "{int, int} anything at 1 thread / best peer, every cell",
            ONE_THREAD_TO_BEST_MIN,
            one_thread.against_best(),
        ),
        ratio(
            "{int, int} anything / ETS, every cell",
            ANY_TO_ETS_MIN,
            ints.against(Label::Ets),
        ),
        memory(results, ShapeKind::Ints, BYTES_PER_OBJECT_MAX),
        lookup_many(results),
        growth(results),
        parked(results),
    ];
    targets.extend(results.plan.threads.iter().map(|&threads| {
        let what = "update_counter on a hot key / dashmap's entry().and_modify";
        let is_dashmap = |label| label == Label::Dashmap;
        counter(results, what, threads, COUNTER_TO_DASHMAP_MIN, is_dashmap)
    }));
    targets
}

/// Reads in batches against single reads, in the largest table.
fn lookup_many(results: &Results) -> Target {
    let objects = results.plan.objects_max();
    let worst = batch_ratios(results, objects).min_by(|left, right| left.0.total_cmp(&right.0));
    Target {
        what: format!(
            "lookup_many(16) / with, {{int, int}} at {}",
            count_title(objects)
        ),
        wanted: format!(">= {LOOKUP_MANY_MIN:.1}"),
        measured: worst.map_or_else(String::new, |(ratio, cell)| {
            format!("{ratio:.2} in {}", cell.title())
        }),
        verdict: Verdict::of(worst.map(|(ratio, _)| ratio >= LOOKUP_MANY_MIN)),
    }
}

/// The ratio in each cell with uniform keys (Zipf's are found in the cache, where there is nothing to fetch ahead).
fn batch_ratios(results: &Results, objects: u32) -> impl Iterator<Item = (f64, Cell)> + '_ {
    let uniform = |cell: &Cell| cell.keys == crate::workload::KeyDistribution::Uniform;
    let wanted = move |cell: &Cell| {
        cell.shape == ShapeKind::Ints && cell.objects == objects && uniform(cell)
    };
    let batches = results
        .cells
        .iter()
        .filter(|figure| figure.label == Label::HeirloomLookupMany);
    batches
        .filter(move |figure| wanted(&figure.cell))
        .filter_map(|batch| {
            let single =
                |figure: &&Throughput| figure.cell == batch.cell && figure.label == Label::Heirloom;
            results
                .cells
                .iter()
                .find(single)
                .map(|single| (batch.rate / single.rate, batch.cell))
        })
}

/// The slowest insert.
fn growth(results: &Results) -> Target {
    let heirloom = results
        .growth
        .iter()
        .find(|growth| growth.label == Some(Label::Heirloom));
    let slowest = heirloom
        .and_then(|growth| growth.slowest())
        .map(|times| times.slowest_nanoseconds);
    Target {
        what: format!(
            "slowest insert while growing to {}",
            count_title(results.plan.objects_max())
        ),
        wanted: format!("<= {} µs", INSERT_NANOSECONDS_MAX / 1_000),
        measured: slowest.map_or_else(String::new, |nanoseconds| {
            format!("{:.1} µs", nanoseconds as f64 / 1e3)
        }),
        verdict: Verdict::of(slowest.map(|nanoseconds| nanoseconds <= INSERT_NANOSECONDS_MAX)),
    }
}

/// Memory under a parked reader; a writer that waits for it is as bad.
fn parked(results: &Results) -> Target {
    let parked = results
        .parked
        .iter()
        .find(|parked| parked.label == Label::Heirloom);
    let bytes = parked.and_then(|parked| parked.bytes_per_overwrite);
    let blocked = parked.map_or(0.0, |parked| parked.blocked_share * 100.0);
    Target {
        what: "memory growth an overwrite under a parked reader".to_owned(),
        wanted: format!("<= {PARKED_BYTES_MAX} bytes"),
        measured: bytes.map_or_else(String::new, |bytes| {
            format!("{bytes:.2} bytes, {blocked:.0} % of keys blocked")
        }),
        verdict: Verdict::of(
            parked.map(|_| blocked == 0.0 && bytes.is_some_and(|bytes| bytes <= PARKED_BYTES_MAX)),
        ),
    }
}
