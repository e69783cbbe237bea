//! What a person reads: the tables, the targets, and last the worst ratio and the geometric mean.

mod figures;
pub mod score;
mod summary;
pub mod targets;
mod throughput;

use std::fmt::Display;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::results::{Conduct, Results};

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
    summary::print(results);
}

/// On what it was measured.
fn print_machine(results: &Results) {
    let (machine, plan) = (&results.machine, &results.plan);
    println!(
        "# Heirloom and its peers: compare {}",
        plan.comparison.name()
    );
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

/// Millions a second; small numbers with two digits that say something.
fn millions(rate: f64) -> String {
    let millions = rate / 1e6;
    if millions >= 1.0 || rate <= 0.0 {
        return format!("{millions:.1}");
    }
    let zeros = -millions.log10().floor() as usize;
    format!("{millions:.*}", zeros + 1)
}

#[cfg(test)]
mod tests {
    use super::millions;

    #[test]
    fn small_rates_keep_two_digits() {
        assert_eq!(millions(12_340_000.0), "12.3");
        assert_eq!(millions(1_000_000.0), "1.0");
        assert_eq!(millions(456_000.0), "0.46");
        assert_eq!(millions(7.1), "0.0000071");
        assert_eq!(millions(0.0), "0.0");
    }
}
