//! What a person reads: the tables, the targets, and last the worst ratio and the geometric mean.

mod figures;
mod head;
pub mod score;
mod summary;
pub mod targets;
mod throughput;

use std::fmt::Display;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::results::{Conduct, Results};
use targets::Target;

pub(crate) use figures::print_timed;
pub(crate) use head::Head;

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
    print_targets(targets::all(results));
    summary::print(results);
}

/// On what the tables were measured.
fn print_machine(results: &Results) {
    let (machine, plan) = (&results.machine, &results.plan);
    let head = Head {
        comparison: plan.comparison.name(),
        machine,
        quick: plan.quick,
        seconds: results.seconds,
        rounds: format!("{} rounds of {:?}", plan.rounds, plan.timed),
        others_share: results.others_share,
    };
    head.print();
    if plan.comparison.has_ets() {
        let ets = machine.erlang.as_deref().unwrap_or("no erl on the path");
        println!("ETS: {ets}");
    }
}

/// The targets.
pub(crate) fn print_targets(targets: Vec<Target>) {
    let mut table = new_table(&["target", "wanted", "measured", ""]);
    for target in targets {
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
pub(crate) fn heading(title: impl Display) {
    println!("\n## {title}\n");
}

/// A table with these heads, as wide as it needs to be.
pub(crate) fn new_table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heads);
    table
}

/// Aligns all columns from this one on to the right.
pub(crate) fn numbers_from(table: &mut Table, first: usize) {
    table.column_iter_mut().skip(first).for_each(|column| {
        column.set_cell_alignment(CellAlignment::Right);
    });
}

/// The marks of a figure: its slowest thread had less than half of its share; its threads were not alone.
pub(crate) fn marks(conduct: &Conduct, threads: usize) -> String {
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
pub(crate) fn millions(rate: f64) -> String {
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
