//! The table of throughput: Heirloom's ratio to each peer, and how often a key was there.

use super::or_dash;
use crate::cache::contender::Label;
use crate::cache::plan::Plan;
use crate::cache::results::{Cell, Results, Throughput};
use crate::report::{heading, marks, millions, new_table, numbers_from};
use crate::workload::count_title;

/// Columns that name a cell.
const CELL_HEADS: [&str; 3] = ["capacity", "operations", "T"];

/// How to read the tables.
const NOTE: &str = "\
Heirloom in million operations a second. Hits: lookups in a hundred that found an object, each contender's in the order of the
columns; where they differ much, so does the work.
!  the slowest thread had less than half of its share
?  the threads waited more than a tenth of their time for a core that others had: says little about contention
";

/// Prints the ratios; without Heirloom the peers' figures.
pub(super) fn print(results: &Results) {
    let cells = cells(&results.throughput);
    if cells.is_empty() {
        return;
    }
    let plan = &results.plan;
    heading("Throughput: Heirloom / peer (the peer's million operations a second; * best peer)");
    println!("{} keys, Zipf 0.99.", count_title(plan.universe));
    println!("{NOTE}");
    let mut heads = CELL_HEADS.to_vec();
    heads.extend(plan.contenders.iter().map(|label| label.title()));
    heads.push("hits %");
    let mut table = new_table(&heads);
    for cell in cells {
        table.add_row(row(plan, &figures(results, cell), cell));
    }
    numbers_from(&mut table, CELL_HEADS.len());
    println!("{table}");
}

/// The cells, in the order in which they were measured.
fn cells(figures: &[Throughput]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = figures.iter().map(|figure| figure.cell).collect();
    cells.dedup();
    cells
}

/// All figures of a cell.
pub(super) fn figures(results: &Results, cell: Cell) -> Vec<&Throughput> {
    let of_cell = |figure: &&Throughput| figure.cell == cell;
    results.throughput.iter().filter(of_cell).collect()
}

/// The figure of one contender.
pub(super) fn of<'a>(figures: &[&'a Throughput], label: Label) -> Option<&'a Throughput> {
    figures.iter().copied().find(|figure| figure.label == label)
}

/// One line of the table.
fn row(plan: &Plan, figures: &[&Throughput], cell: Cell) -> Vec<String> {
    let peers = figures.iter().filter(|figure| figure.label.is_peer());
    let best = peers.max_by(|left, right| left.rate.total_cmp(&right.rate));
    let mut words = vec![
        count_title(cell.capacity),
        cell.work.title().to_owned(),
        cell.threads.to_string(),
    ];
    let contenders = plan.contenders.iter();
    words.extend(contenders.map(|&label| {
        let mark = if best.is_some_and(|best| best.label == label) {
            "*"
        } else {
            ""
        };
        format!("{mark}{}", figure_words(figures, label))
    }));
    words.push(hits_words(plan, figures));
    words
}

/// A rate, and for a peer Heirloom's ratio to it.
fn figure_words(figures: &[&Throughput], label: Label) -> String {
    let Some(figure) = of(figures, label) else {
        return "-".to_owned();
    };
    let rate = millions(figure.rate) + &marks(&figure.conduct, figure.cell.threads);
    match of(figures, Label::Heirloom) {
        Some(heirloom) if label.is_peer() => {
            format!("{:.2} ({rate})", heirloom.rate / figure.rate)
        }
        _ => rate,
    }
}

/// Everybody's hits.
fn hits_words(plan: &Plan, figures: &[&Throughput]) -> String {
    let hits = |&label: &Label| {
        let figure = of(figures, label);
        or_dash(figure.map(|figure| format!("{:.0}", figure.hits * 100.0)))
    };
    plan.contenders
        .iter()
        .map(hits)
        .collect::<Vec<_>>()
        .join(" ")
}
