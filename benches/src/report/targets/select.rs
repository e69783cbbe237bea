//! The targets of `compare select`.

use super::{Target, ratio};
use crate::contender::Label;
use crate::report::score::Rows;
use crate::results::Results;
use crate::workload::Work;

/// Least speed of a question that looks at every object, as a multiple of ETS's.
const ALL_TO_ETS_MIN: f64 = 5.0;
/// The same as a multiple of that of a filter written by hand over the same rows: at most three times its time.
const ALL_TO_FILTER_MIN: f64 = 1.0 / 3.0;

/// Every target.
pub(super) fn all(results: &Results) -> Vec<Target> {
    let rows = Rows::of(results).works(Work::looks_at_all);
    vec![
        ratio(
            "select over all objects / ETS, every cell",
            ALL_TO_ETS_MIN,
            rows.against(Label::Ets),
        ),
        ratio(
            "select over all objects / fold by hand, every cell",
            ALL_TO_FILTER_MIN,
            rows.against(Label::FilterFold),
        ),
        // The same rows as structs in a map of their own: the hardest reading of "a filter written by hand".
        ratio(
            "select over all objects / loop over structs, every cell",
            ALL_TO_FILTER_MIN,
            rows.against(Label::FilterTerms),
        ),
    ]
}
