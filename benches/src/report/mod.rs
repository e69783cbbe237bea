//! What a person reads: the tables, the targets, and last the worst ratio and the geometric mean.

mod figures;
pub mod score;
pub mod targets;
mod throughput;

use std::fmt::Display;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::contender::Label;
use crate::results::{Conduct, Results};
use crate::workload::ShapeKind;
use score::{Rows, Score};

/// A slowest thread that has less than this part of the mean is marked.
const UNFAIR_BELOW: f64 = 0.5;
/// Several threads that waited more than this part of their time for a core are marked.
const DOUBTFUL_ABOVE: f64 = 0.1;

/// Prints everything.
pub fn print(results: &Results) {
    print_machine(results);
    figures::print(results);
    for &shape in &results.plan.shapes {
        throughput::print(results, shape);
    }
    print_targets(results);
    print_summary(results);
}

/// On what it was measured.
fn print_machine(results: &Results) {
    let (machine, plan) = (&results.machine, &results.plan);
    println!("# Heirloom and its peers");
    println!();
    if plan.quick {
        println!(
            "QUICK RUN: shows that it works; too short, and its largest tables too small, to be quoted."
        );
    }
    println!(
        "{}, {} cores, {}",
        machine.processor,
        machine.cores,
        machine.caches.join(", ")
    );
    println!(
        "Linux {}, huge pages {}, {}",
        machine.kernel, machine.huge_pages, machine.rustc
    );
    let versions: Vec<String> = machine
        .crates
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    println!(
        "{}, ETS: {}",
        versions.join(", "),
        machine.erlang.as_deref().unwrap_or("no erl on the path")
    );
    let minutes = results.seconds / 60.0;
    println!(
        "{}, {minutes:.1} minutes, {} rounds of {:?}",
        machine.date, plan.rounds, plan.timed
    );
    let others = results.others_share * 100.0;
    let warning = if others > 5.0 {
        ": TOO MUCH, measure again on a quiet machine"
    } else {
        ""
    };
    println!("Others took {others:.1} % of the cores' time{warning}.");
}

/// The targets.
fn print_targets(results: &Results) {
    let mut table = new_table(&["target", "wanted", "measured", ""]);
    for target in targets::all(results) {
        table.add_row([
            target.what,
            target.wanted,
            target.measured,
            target.verdict.title().to_owned(),
        ]);
    }
    heading("Targets");
    println!("{table}");
}

/// The worst ratios and geometric means; the very last lines are those against the best peer of each cell.
fn print_summary(results: &Results) {
    heading("Heirloom's throughput divided by a peer's");
    let mut table = new_table(&["cells", "against", "worst", "in", "geometric mean"]);
    for shape in [ShapeKind::Binaries, ShapeKind::Ints] {
        let rows = Rows::of(results).shape(shape);
        let reads = rows.clone().reads_only().threads(2);
        let kind = shape.title();
        for (cells, rows) in [
            (format!("{kind} reads, 2 T"), reads),
            (format!("{kind} all"), rows),
        ] {
            add_score(&mut table, &cells, "dashmap", rows.against(Label::Dashmap));
            add_score(&mut table, &cells, "best peer", rows.against_best());
        }
    }
    println!("{table}");
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

/// One line of the summary.
fn add_score(table: &mut Table, cells: &str, against: &str, score: Option<Score>) {
    if let Some(score) = score {
        let (worst, mean) = (
            format!("{:.2}", score.worst),
            format!("{:.2}", score.geometric_mean),
        );
        table.add_row([
            cells.to_owned(),
            against.to_owned(),
            worst,
            score.worst_cell.title(),
            mean,
        ]);
    }
}

/// A heading with empty lines around it.
fn heading(title: impl Display) {
    println!("\n## {title}\n");
}

/// A table with these heads, as wide as it needs to be.
fn new_table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heads);
    table
}

/// Aligns all columns from this one on to the right.
fn numbers_from(table: &mut Table, first: usize) {
    table.column_iter_mut().skip(first).for_each(|column| {
        column.set_cell_alignment(CellAlignment::Right);
    });
}

/// The marks of a figure: its slowest thread had less than half of its share; its threads were not alone.
fn marks(conduct: &Conduct, threads: usize) -> String {
    let unfair = if conduct.fairness < UNFAIR_BELOW {
        "!"
    } else {
        ""
    };
    let doubtful = if threads > 1 && conduct.waited > DOUBTFUL_ABOVE {
        "?"
    } else {
        ""
    };
    format!("{unfair}{doubtful}")
}

/// Millions a second.
fn millions(rate: f64) -> String {
    format!("{:.1}", rate / 1e6)
}
