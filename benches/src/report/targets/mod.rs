//! The targets, and whether they are met.

mod hash;
mod ordered;
mod select;
mod typed;

use super::score::Score;
use crate::contender::Label;
use crate::plan::Comparison;
use crate::results::{Memory, Results};
use crate::workload::{ShapeKind, count_title};

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It isn't.
    NotMet,
    /// This run did not measure it.
    NotMeasured,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "NOT MET",
            Self::NotMeasured => "not measured",
        }
    }

    /// From the outcome of a comparison, if there was one.
    pub(crate) fn of(met: Option<bool>) -> Self {
        met.map_or(Self::NotMeasured, |met| {
            if met { Self::Met } else { Self::NotMet }
        })
    }
}

/// One target.
#[derive(Clone, Debug)]
pub struct Target {
    /// Of what.
    pub what: String,
    /// How much is wanted.
    pub wanted: String,
    /// How much there is, and where if that matters.
    pub measured: String,
    /// Whether that is enough.
    pub verdict: Verdict,
}

/// Every target of a comparison, in the order in which they were set.
#[must_use]
pub fn all(results: &Results) -> Vec<Target> {
    match results.plan.comparison {
        Comparison::Hash => hash::all(results),
        Comparison::Ordered => ordered::all(results),
        Comparison::Select => select::all(results),
        Comparison::Typed => typed::all(results),
    }
}

/// A target for the worst of many ratios.
fn ratio(what: &str, least: f64, score: Option<Score>) -> Target {
    Target {
        what: what.to_owned(),
        wanted: at_least(least),
        measured: score.map_or_else(String::new, |score| {
            format!("{:.2} in {}", score.worst, score.worst_cell.title())
        }),
        verdict: Verdict::of(score.map(|score| score.worst >= least)),
    }
}

/// A target for the geometric mean of many ratios.
fn mean_ratio(what: &str, least: f64, score: Option<Score>) -> Target {
    Target {
        what: what.to_owned(),
        wanted: at_least(least),
        measured: score.map_or_else(String::new, |score| {
            format!("{:.2} of {} cells", score.geometric_mean, score.cells)
        }),
        verdict: Verdict::of(score.map(|score| score.geometric_mean >= least)),
    }
}

/// `>= 1.0`, `>= 0.95`, `>= 0.33`.
fn at_least(least: f64) -> String {
    let hundredths = (least * 100.0).round();
    if hundredths % 10.0 == 0.0 {
        format!(">= {least:.1}")
    } else {
        format!(">= {least:.2}")
    }
}

/// A target for counting up one hot key, against the fastest of some peers.
fn counter(
    results: &Results,
    what: &str,
    threads: usize,
    least: f64,
    among: impl Fn(Label) -> bool,
) -> Target {
    let counters = results.counters.iter();
    let rates = counters.filter(|counter| counter.threads == threads);
    let heirloom = rates.clone().find(|rate| rate.label == Label::Heirloom);
    let best = rates
        .filter(|rate| among(rate.label))
        .max_by(|left, right| left.rate.total_cmp(&right.rate));
    let ratio = heirloom
        .zip(best)
        .map(|(heirloom, best)| heirloom.rate / best.rate);
    Target {
        what: format!("{what}, {threads} T"),
        wanted: at_least(least),
        measured: ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        verdict: Verdict::of(ratio.map(|ratio| ratio >= least)),
    }
}

/// Bytes for an object of this kind, in the largest table.
fn memory(results: &Results, shape: ShapeKind, most: f64) -> Target {
    let heirloom = |of: &&Memory| of.label == Label::Heirloom && of.shape == shape;
    let found = results.memory.iter().find(heirloom);
    let bytes = found.map(Memory::bytes_per_object);
    Target {
        what: format!(
            "bytes an object {} at {}",
            shape.title(),
            count_title(results.plan.objects_max())
        ),
        wanted: format!("<= {most:.0}"),
        measured: bytes.map_or_else(String::new, |bytes| format!("{bytes:.1}")),
        verdict: Verdict::of(bytes.map(|bytes| bytes <= most)),
    }
}
