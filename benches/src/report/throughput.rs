//! The tables of throughput: one row for each cell.

use comfy_table::Table;

use super::score::{Row, Rows};
use super::{heading, marks, millions, new_table, numbers_from};
use crate::contender::Label;
use crate::plan::Comparison;
use crate::results::{LoadLatency, Results, Throughput};
use crate::workload::{Cell, ShapeKind, count_title};

/// Columns that name a cell.
fn cell_heads(results: &Results) -> Vec<&'static str> {
    let mut heads = vec!["objects", "operations"];
    if has_keys(results) {
        heads.push("keys");
    }
    heads.push("T");
    heads
}

/// Whether cells differ by the keys that are drawn.
fn has_keys(results: &Results) -> bool {
    results.plan.comparison.keys().len() > 1
}

/// How to read the table of ratios.
const RATIOS_NOTE: &str = "\
Heirloom in million operations a second; ns: time of a thread for one operation.
!  the slowest thread had less than half of its share: the others went faster because it waited
?  the threads waited more than a tenth of their time for a core that others had: says little about contention
";

/// How to read the columns about loads.
const LOADS_NOTE: &str = "\
/dep., /indep.: that time divided by the time of a dependent and of an independent load in an array as large as the
table.
";

/// How to read the rows of scans and questions.
const OBJECTS_NOTE: &str = "\
Ranges, scans and questions that look at all objects are counted in objects, everything else in calls.
";

/// What everybody does for an operation on a typed table.
const TYPED_NOTE: &str = "\
A read hands out a value of the caller's own, whoever is read: the integer, a new `String` with the same letters, a clone of
the `Arc`. A write brings a key and a value of its own: for `String`s two new ones, for `Arc`s a new array.
";

/// Prints the cells of one kind of object, and Heirloom's ways to read.
pub fn print(results: &Results, shape: ShapeKind) {
    let rows = Rows::of(results).shape(shape).0;
    let peers: Vec<Label> = results
        .plan
        .contenders
        .iter()
        .copied()
        .filter(|label| label.is_peer())
        .collect();
    if !rows.is_empty() {
        heading(format!(
            "{}: Heirloom / peer (the peer's million operations a second; * best peer)",
            shape.title()
        ));
        print_notes(results);
        println!("{}", ratios(results, &rows, &peers));
        print_misses(&rows);
        if results.plan.comparison == Comparison::Hash {
            heading(format!("{}: ways to read, ns", shape.title()));
            println!("{}", ways_to_read(results, &rows));
        }
    } else {
        print_peers(results, shape);
    }
}

/// How to read the table of ratios.
fn print_notes(results: &Results) {
    print!("{RATIOS_NOTE}");
    if !results.limits.is_empty() {
        print!("{LOADS_NOTE}");
    }
    match results.plan.comparison {
        Comparison::Hash => (),
        Comparison::Ordered | Comparison::Select => print!("{OBJECTS_NOTE}"),
        Comparison::Typed => print!("{TYPED_NOTE}"),
    }
    println!();
}

/// Who missed objects that were there.
fn print_misses(rows: &[Row<'_>]) {
    let missed = rows
        .iter()
        .flat_map(|row| &row.peers)
        .filter(|peer| peer.misses > 0);
    let mut by_label: Vec<(Label, u64)> = Vec::new();
    for peer in missed {
        match by_label.iter_mut().find(|(label, _)| *label == peer.label) {
            Some((_, misses)) => *misses += peer.misses,
            None => by_label.push((peer.label, peer.misses)),
        }
    }
    for (label, misses) in by_label {
        println!(
            "\n{}: {misses} reads missed an object that was there, being overwritten.",
            label.title()
        );
    }
}

/// The table of ratios.
fn ratios(results: &Results, rows: &[Row<'_>], peers: &[Label]) -> Table {
    let mut heads = cell_heads(results);
    heads.extend(["Heirloom", "ns"]);
    if !results.limits.is_empty() {
        heads.extend(["/dep.", "/indep."]);
    }
    heads.extend(peers.iter().map(|label| label.title()));
    let mut table = new_table(&heads);
    for row in rows {
        let mut words = cell_words(results, &row.cell);
        words.extend([
            millions(row.heirloom.rate) + &marks(&row.heirloom.conduct, row.cell.threads),
            format!("{:.1}", row.heirloom.nanoseconds()),
        ]);
        if !results.limits.is_empty() {
            words.extend(multiples(results, row.heirloom));
        }
        words.extend(peers.iter().map(|&label| peer_words(row, label)));
        table.add_row(words);
    }
    numbers_from(&mut table, cell_heads(results).len());
    table
}

/// What names a cell.
fn cell_words(results: &Results, cell: &Cell) -> Vec<String> {
    let mut words = vec![count_title(cell.objects), cell.work.title().to_owned()];
    if has_keys(results) {
        words.push(cell.keys.title().to_owned());
    }
    words.push(cell.threads.to_string());
    words
}

/// A peer's column: the ratio, its own throughput, and the mark of the best.
fn peer_words(row: &Row<'_>, label: Label) -> String {
    let Some(peer) = row.peers.iter().find(|peer| peer.label == label) else {
        return "-".to_owned();
    };
    let mark = if row.best().is_some_and(|best| best.label == label) {
        "*"
    } else {
        ""
    };
    format!(
        "{mark}{:.2} ({}{})",
        row.heirloom.rate / peer.rate,
        millions(peer.rate),
        marks(&peer.conduct, row.cell.threads)
    )
}

/// The time of an operation as a multiple of a dependent and of an independent load.
fn multiples(results: &Results, figure: &Throughput) -> [String; 2] {
    let same = |limit: &&LoadLatency| {
        limit.shape == figure.cell.shape && limit.objects == figure.cell.objects
    };
    let Some(limit) = results.limits.iter().find(same) else {
        return ["-".to_owned(), "-".to_owned()];
    };
    let independent = limit
        .independent_nanoseconds
        .iter()
        .find(|(threads, _)| *threads == figure.cell.threads);
    let multiple = |nanoseconds: f64| format!("{:.1}", figure.nanoseconds() / nanoseconds);
    [
        multiple(limit.dependent_nanoseconds),
        independent.map_or_else(|| "-".to_owned(), |(_, nanoseconds)| multiple(*nanoseconds)),
    ]
}

/// Heirloom's ways to read, in the cells that only read.
fn ways_to_read(results: &Results, rows: &[Row<'_>]) -> Table {
    let ways = [
        Label::Heirloom,
        Label::HeirloomLookup,
        Label::HeirloomLookupElement,
        Label::HeirloomLookupMany,
    ];
    let mut heads = cell_heads(results);
    heads.extend(["with", "lookup", "lookup_element", "lookup_many(16)"]);
    let mut table = new_table(&heads);
    for row in rows.iter().filter(|row| row.cell.reads_only()) {
        let mut words = cell_words(results, &row.cell);
        words.extend(ways.map(|way| nanoseconds_of(results, &row.cell, way)));
        table.add_row(words);
    }
    numbers_from(&mut table, cell_heads(results).len());
    table
}

/// One figure in nanoseconds, or a dash.
fn nanoseconds_of(results: &Results, cell: &Cell, label: Label) -> String {
    let figure = results
        .cells
        .iter()
        .find(|figure| figure.cell == *cell && figure.label == label);
    figure.map_or_else(
        || "-".to_owned(),
        |figure| format!("{:.1}", figure.nanoseconds()),
    )
}

/// The peers alone, for a run without Heirloom.
fn print_peers(results: &Results, shape: ShapeKind) {
    let mut heads = cell_heads(results);
    heads.extend(results.plan.contenders.iter().map(|label| label.title()));
    let mut table = new_table(&heads);
    let mut cells: Vec<Cell> = results
        .cells
        .iter()
        .map(|figure| figure.cell)
        .filter(|cell| cell.shape == shape)
        .collect();
    cells.dedup();
    for cell in cells {
        let rate = |label: &Label| {
            let figure = results
                .cells
                .iter()
                .find(|figure| figure.cell == cell && figure.label == *label);
            figure.map_or_else(|| "-".to_owned(), |figure| millions(figure.rate))
        };
        let mut words = cell_words(results, &cell);
        words.extend(results.plan.contenders.iter().map(rate));
        table.add_row(words);
    }
    if !table.is_empty() {
        numbers_from(&mut table, cell_heads(results).len());
        heading(format!("{}: million operations a second", shape.title()));
        println!("{table}");
    }
}
