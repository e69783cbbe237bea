//! The targets of `compare ordered`.
//!
//! A concurrent peer is one whose readers and writers go on side by side. A `BTreeMap` behind a lock is none: its
//! scans keep writers out. How Heirloom compares with it is in the tables and in the summary.

use super::{Target, mean_ratio, memory, ratio};
use crate::contender::Label;
use crate::report::score::Rows;
use crate::results::Results;
use crate::workload::{ShapeKind, Work};

/// Least throughput in reads of single objects, as a multiple of the best concurrent peer's.
const GETS_TO_BEST_MIN: f64 = 1.0;
/// The same in ranges and scans.
const SCANS_TO_BEST_MIN: f64 = 1.0;
/// Least geometric mean of these.
const SCANS_MEAN_MIN: f64 = 1.5;
/// Least throughput anywhere, as a multiple of ETS's.
const ANY_TO_ETS_MIN: f64 = 3.0;
/// Most bytes that the pages have for an object. Objects `{int, int}` lie in the pages themselves, so that is all there
/// is to them.
const PAGE_BYTES_MAX: f64 = 30.0;

/// Every target.
pub(super) fn all(results: &Results) -> Vec<Target> {
    let rows = Rows::of(results);
    let gets = rows.clone().reads_only();
    let scans = rows.clone().works(Work::is_scan);
    let concurrent = |rows: &Rows<'_>| rows.against_best_of(Label::is_concurrent);
    vec![
        ratio(
            "gets / best concurrent peer, every cell",
            GETS_TO_BEST_MIN,
            concurrent(&gets),
        ),
        ratio(
            "ranges and scans / best concurrent peer, every cell",
            SCANS_TO_BEST_MIN,
            concurrent(&scans),
        ),
        mean_ratio(
            "ranges and scans / best concurrent peer, geometric mean",
            SCANS_MEAN_MIN,
            concurrent(&scans),
        ),
        ratio(
            "anything / ETS, every cell",
            ANY_TO_ETS_MIN,
            rows.against(Label::Ets),
        ),
        memory(results, ShapeKind::OrderedInts, PAGE_BYTES_MAX),
    ]
}
