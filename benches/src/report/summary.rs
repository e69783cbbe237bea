//! The last table: the worst ratios and geometric means of some cells together.

use comfy_table::Table;

use super::score::{Rows, Score};
use super::{heading, new_table};
use crate::contender::Label;
use crate::plan::Comparison;
use crate::results::Results;
use crate::workload::{ShapeKind, Work};

/// What Heirloom is held against.
struct Yardstick {
    title: &'static str,
    score: fn(&Rows<'_>) -> Option<Score>,
}

const DASHMAP: Yardstick = Yardstick {
    title: "dashmap",
    score: |rows| rows.against(Label::Dashmap),
};
const ETS: Yardstick = Yardstick {
    title: "ETS",
    score: |rows| rows.against(Label::Ets),
};
const FOLD: Yardstick = Yardstick {
    title: "fold by hand",
    score: |rows| rows.against(Label::FilterFold),
};
const LOOP: Yardstick = Yardstick {
    title: "loop over structs",
    score: |rows| rows.against(Label::FilterTerms),
};
const BEST_CONCURRENT: Yardstick = Yardstick {
    title: "best concurrent peer",
    score: |rows| rows.against_best_of(Label::is_concurrent),
};
const BEST_SINGLE: Yardstick = Yardstick {
    title: "best single peer",
    score: |rows| rows.against_best_single().map(|(_, score)| score),
};
const BEST: Yardstick = Yardstick {
    title: "best peer",
    score: |rows| rows.against_best(),
};

/// Those of a comparison.
fn yardsticks(comparison: Comparison) -> &'static [Yardstick] {
    match comparison {
        Comparison::Hash => &[DASHMAP, BEST],
        Comparison::Ordered => &[ETS, BEST_CONCURRENT, BEST],
        Comparison::Select => &[ETS, FOLD, LOOP],
        Comparison::Typed => &[DASHMAP, BEST_SINGLE, BEST],
    }
}

/// Prints it; the very last lines are those against the best peer of each cell.
pub fn print(results: &Results) {
    heading("Heirloom's throughput divided by a peer's");
    let mut table = new_table(&["cells", "against", "worst", "in", "geometric mean"]);
    for &shape in results.plan.shapes.iter().rev() {
        let rows = Rows::of(results).shape(shape);
        for (cells, rows) in groups(results.plan.comparison, shape, &rows) {
            for yardstick in yardsticks(results.plan.comparison) {
                add_score(&mut table, &cells, yardstick, &rows);
            }
        }
    }
    println!("{table}");
    print_last_lines(results);
}

/// The cells of one kind of object that are looked at together.
fn groups<'a>(
    comparison: Comparison,
    shape: ShapeKind,
    rows: &Rows<'a>,
) -> Vec<(String, Rows<'a>)> {
    let some = |name: &str, pass: &dyn Fn(Work) -> bool| {
        let name = format!("{} {name}", shape.title());
        (name, rows.clone().works(pass))
    };
    let all = some("all", &|_| true);
    match comparison {
        Comparison::Hash => {
            let reads = rows.clone().reads_only().threads(2);
            vec![(format!("{} reads, 2 T", shape.title()), reads), all]
        }
        Comparison::Ordered => vec![
            some("reads", &|work| work == Work::Reads100),
            some("ranges and scans", &Work::is_scan),
            some("the rest", &|work| {
                work != Work::Reads100 && !work.is_scan()
            }),
            all,
        ],
        Comparison::Select => vec![
            some("by key", &|work| !work.looks_at_all()),
            some("over all objects", &Work::looks_at_all),
        ],
        Comparison::Typed => vec![
            some("reads", &|work| work == Work::Reads100),
            some("the rest", &|work| work != Work::Reads100),
            all,
        ],
    }
}

/// One line of the summary, if there are such cells.
fn add_score(table: &mut Table, cells: &str, yardstick: &Yardstick, rows: &Rows<'_>) {
    if let Some(score) = (yardstick.score)(rows) {
        table.add_row([
            cells.to_owned(),
            yardstick.title.to_owned(),
            format!("{:.2}", score.worst),
            score.worst_cell.title(),
            format!("{:.2}", score.geometric_mean),
        ]);
    }
}

/// Against the best peer of each cell.
fn print_last_lines(results: &Results) {
    match Rows::of(results).against_best() {
        Some(score) => {
            println!(
                "Worst ratio against the best peer: {:.2} ({})",
                score.worst,
                score.worst_cell.title()
            );
            println!(
                "Geometric mean against the best peers: {:.2} ({} cells)",
                score.geometric_mean, score.cells
            );
        }
        None => println!("No cell has both Heirloom and a peer."),
    }
}
