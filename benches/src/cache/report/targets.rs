//! The targets, and whether they are met.

use super::hit_ratios::Case;
use super::throughput::{figures, of};
use crate::cache::contender::Label;
use crate::cache::plan::Work;
use crate::cache::results::{Cell, Results};
use crate::report::targets::{Target, Verdict};
use crate::workload::count_title;

/// Least throughput of lookups, as a multiple of quick_cache's.
const GETS_TO_QUICK_CACHE_MIN: f64 = 1.0;
/// Most points that a hit ratio may be below the best peer's.
const POINTS_BELOW_BEST_MAX: f64 = 0.5;
/// Most bytes for an object, besides key and value.
const OVERHEAD_BYTES_MAX: f64 = 64.0;

/// Most nanoseconds of a call while all objects are over at once.
const CALL_NANOSECONDS_MAX: u64 = 1_000_000;

/// Every target.
pub(super) fn all(results: &Results) -> Vec<Target> {
    let cases = Case::all(results);
    vec![
        gets(results),
        near_best(&cases),
        above_moka(&cases),
        overhead(results),
        slowest_call(results),
    ]
}

/// The worst ratio of the cells that only look up.
fn gets(results: &Results) -> Target {
    let gets = results
        .throughput
        .iter()
        .filter(|figure| figure.label == Label::Heirloom && figure.cell.work == Work::Get);
    let ratio = |cell: Cell| {
        let figures = figures(results, cell);
        let peer = of(&figures, Label::QuickCache)?;
        Some((of(&figures, Label::Heirloom)?.rate / peer.rate, cell))
    };
    let worst = gets
        .filter_map(|figure| ratio(figure.cell))
        .min_by(|left, right| left.0.total_cmp(&right.0));
    Target {
        what: "get / quick_cache, every cell".to_owned(),
        wanted: format!(">= {GETS_TO_QUICK_CACHE_MIN:.1}"),
        measured: worst.map_or_else(String::new, |(ratio, cell)| {
            format!("{ratio:.2} in {}", cell.title())
        }),
        verdict: Verdict::of(worst.map(|(ratio, _)| ratio >= GETS_TO_QUICK_CACHE_MIN)),
    }
}

/// The worst difference to the best peer.
fn near_best(cases: &[Case<'_>]) -> Target {
    let differences = cases
        .iter()
        .filter_map(|case| Some((case.above_best()?, case)));
    let worst = differences.min_by(|left, right| left.0.total_cmp(&right.0));
    Target {
        what: "hit ratio - best peer's, every workload".to_owned(),
        wanted: format!(">= -{POINTS_BELOW_BEST_MAX} points"),
        measured: worst.map_or_else(String::new, |(points, case)| {
            format!("{points:+.2} on {}", case.title())
        }),
        verdict: Verdict::of(worst.map(|(points, _)| points >= -POINTS_BELOW_BEST_MAX)),
    }
}

/// On how many workloads and capacities Heirloom is above moka.
fn above_moka(cases: &[Case<'_>]) -> Target {
    let differences: Vec<f64> = cases
        .iter()
        .filter_map(|case| case.above(Label::Moka))
        .collect();
    let (above, all) = (
        differences.iter().filter(|points| **points > 0.0).count(),
        differences.len(),
    );
    let is_measured = all > 0;
    Target {
        what: "hit ratio above moka's".to_owned(),
        wanted: "on most".to_owned(),
        measured: if is_measured {
            format!("on {above} of {all}")
        } else {
            String::new()
        },
        verdict: Verdict::of(is_measured.then_some(2 * above > all)),
    }
}

/// Memory, in the worse of the two states of the cache.
fn overhead(results: &Results) -> Target {
    let memory = results.memory.iter();
    let bytes = memory
        .filter(|memory| memory.label == Label::Heirloom)
        .map(|memory| memory.overhead())
        .next();
    let objects = count_title(results.plan.memory_objects);
    Target {
        what: format!("bytes an object besides key and value at {objects}"),
        wanted: format!("<= {OVERHEAD_BYTES_MAX:.0}"),
        measured: bytes.map_or_else(String::new, |bytes| format!("{bytes:.1}")),
        verdict: Verdict::of(bytes.map(|bytes| bytes <= OVERHEAD_BYTES_MAX)),
    }
}

/// The slowest call while all objects are over at once.
fn slowest_call(results: &Results) -> Target {
    let mut burst = results.burst.iter();
    let own = burst.find(|timed| timed.label == Some(Label::Heirloom));
    let slowest = own
        .and_then(|timed| timed.slowest())
        .map(|times| times.slowest_nanoseconds);
    let objects = count_title(results.plan.burst_objects);
    Target {
        what: format!("slowest call while {objects} objects are over at once"),
        wanted: format!("<= {} ms", CALL_NANOSECONDS_MAX / 1_000_000),
        measured: slowest.map_or_else(String::new, |nanoseconds| {
            format!("{:.2} ms", nanoseconds as f64 / 1e6)
        }),
        verdict: Verdict::of(slowest.map(|nanoseconds| nanoseconds <= CALL_NANOSECONDS_MAX)),
    }
}
