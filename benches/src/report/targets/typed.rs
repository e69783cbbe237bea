//! The targets of `compare typed`. They are for `u64 -> u64`; the other kinds have ratios only.

use super::{Target, Verdict, counter, mean_ratio, ratio};
use crate::contender::Label;
use crate::report::score::Rows;
use crate::results::{Growing, Memory, Results};
use crate::workload::{ShapeKind, Work, count_title};

/// Least throughput in reads, as a multiple of the best peer's.
const READS_TO_BEST_MIN: f64 = 1.0;
/// The same in everything else.
const OTHERS_TO_BEST_MIN: f64 = 0.95;
/// Least geometric mean of all cells against dashmap.
const MEAN_TO_DASHMAP_MIN: f64 = 1.5;
/// The same against whichever peer comes off best in all cells together.
const MEAN_TO_SINGLE_MIN: f64 = 1.3;
/// Most bytes for a pair at any moment of growth.
const BYTES_MAX: f64 = 40.0;
/// The same on average.
const BYTES_MEAN_MAX: f64 = 34.0;

/// Every target.
pub(super) fn all(results: &Results) -> Vec<Target> {
    let pairs = Rows::of(results).shape(ShapeKind::U64s);
    let reads = pairs.clone().reads_only();
    let others = pairs.clone().works(|work| work != Work::Reads100);
    let mut targets = vec![
        ratio(
            "u64 -> u64 reads / best peer, every cell",
            READS_TO_BEST_MIN,
            reads.against_best(),
        ),
        ratio(
            "u64 -> u64 everything else / best peer, every cell",
            OTHERS_TO_BEST_MIN,
            others.against_best(),
        ),
        mean_ratio(
            "u64 -> u64 / dashmap, geometric mean",
            MEAN_TO_DASHMAP_MIN,
            pairs.against(Label::Dashmap),
        ),
        against_single(&pairs),
    ];
    targets.extend(results.plan.threads.iter().map(|&threads| {
        let what = "fetch_add on a hot key / best peer";
        counter(results, what, threads, OTHERS_TO_BEST_MIN, Label::is_rival)
    }));
    let growing = growing(results);
    let most = growing.map(|growing| growing.most);
    let mean = growing.map(|growing| growing.mean);
    targets.push(bytes(results, "at any moment of growth", BYTES_MAX, most));
    targets.push(bytes(results, "on average", BYTES_MEAN_MAX, mean));
    targets
}

/// The mean against one peer, and which one that is.
fn against_single(pairs: &Rows<'_>) -> Target {
    let single = pairs.against_best_single();
    let who = single.map_or("none", |(label, _)| label.title());
    mean_ratio(
        &format!("u64 -> u64 / best single peer ({who}), geometric mean"),
        MEAN_TO_SINGLE_MIN,
        single.map(|(_, score)| score),
    )
}

/// Heirloom's memory while it grew.
fn growing(results: &Results) -> Option<Growing> {
    let heirloom = |of: &&Memory| of.label == Label::Heirloom && of.shape == ShapeKind::U64s;
    results.memory.iter().find(heirloom)?.growing
}

/// A target for the bytes of a pair.
fn bytes(results: &Results, when: &str, most: f64, measured: Option<f64>) -> Target {
    let objects = count_title(results.plan.objects_max());
    Target {
        what: format!("bytes a pair u64 -> u64 {when}, up to {objects}"),
        wanted: format!("<= {most:.0}"),
        measured: measured.map_or_else(String::new, |bytes| format!("{bytes:.1}")),
        verdict: Verdict::of(measured.map(|bytes| bytes <= most)),
    }
}
