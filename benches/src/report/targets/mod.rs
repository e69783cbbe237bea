//! The targets, and whether they are met.

mod hash;
mod ordered;
mod select;

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

/// `>= 1.0`, `>= 0.33`.
fn at_least(least: f64) -> String {
    if least < 0.5 {
        format!(">= {least:.2}")
    } else {
        format!(">= {least:.1}")
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
