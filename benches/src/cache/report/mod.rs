//! What a person reads.

mod hit_ratios;
mod targets;
mod throughput;

use super::contender::Label;
use super::results::{Held, Results};
use super::workload::CITATION;
use crate::report::{Head, heading, new_table, numbers_from, print_targets, print_timed};
use crate::workload::count_title;

/// Prints everything.
pub fn print(results: &Results) {
    let plan = &results.plan;
    let head = Head {
        comparison: "cache",
        machine: &results.machine,
        quick: plan.quick,
        seconds: results.seconds,
        rounds: format!("{} rounds of {:?}", plan.rounds, plan.timed),
        others_share: results.others_share,
    };
    head.print();
    if !results.memory.is_empty() {
        print_memory(results);
    }
    throughput::print(results);
    if !results.hit_ratios.is_empty() {
        hit_ratios::print(results);
    }
    if !results.expiry.is_empty() {
        print_expiry(results);
    }
    if !results.burst.is_empty() {
        print_burst(results);
    }
    print_targets(targets::all(results));
    cite(results);
}

/// Names the paper, if there are figures from its traces.
fn cite(results: &Results) {
    let mut workloads = results.hit_ratios.iter().map(|ratio| ratio.workload);
    if workloads.any(|workload| workload.is_cited()) {
        println!("\n{CITATION}");
    }
}

/// Memory per object.
fn print_memory(results: &Results) {
    let capacity = count_title(results.plan.memory_objects);
    heading(format!(
        "Memory: resident bytes for each u64 -> u64 beyond its 16, in a cache for {capacity}"
    ));
    println!(
        "What else went through is as many other objects. Objects: those that were in the cache.\n"
    );
    let mut table = new_table(&[
        "contender",
        "filled",
        "objects",
        "after as much else went through",
        "objects",
    ]);
    let words = |held: &Held| [format!("{:.1}", held.overhead()), held.objects.to_string()];
    for memory in &results.memory {
        let mut row = vec![memory.label.title().to_owned()];
        row.extend(words(&memory.filled));
        row.extend(words(&memory.turned_over));
        table.add_row(row);
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}

/// When objects expire.
fn print_expiry(results: &Results) {
    let plan = &results.plan;
    heading(format!(
        "Expiry: {} objects that live {:?}; ms after the object's time was over, - before",
        plan.expiring_objects, plan.ttl
    ));
    println!(
        "No object was missing earlier than the first miss, or found later than the last hit.\n"
    );
    let mut table = new_table(&["contender", "first miss", "last hit", "never gone"]);
    let late = |milliseconds: Option<f64>| {
        or_dash(milliseconds.map(|milliseconds| format!("{milliseconds:+.2}")))
    };
    for expiry in &results.expiry {
        table.add_row([
            expiry.label.title().to_owned(),
            late(expiry.first_miss),
            late(expiry.last_hit),
            expiry.remaining.to_string(),
        ]);
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}

/// How to read the table of calls.
const BURST_NOTE: &str = "\
Lookups of those and inserts of others take turns, as many as there were. Waits for a core that another process had are taken
off. Of the rounds, the one with the lowest maximum is shown. The line \"the machine\" is a thread that only reads the clock.
";

/// Calls while all objects are over at once.
fn print_burst(results: &Results) {
    heading(format!(
        "Burst: one call, when {} objects are over at once",
        count_title(results.plan.burst_objects)
    ));
    println!("{BURST_NOTE}");
    print_timed(&results.burst, Label::title);
}

/// What there is, or a dash.
fn or_dash(words: Option<String>) -> String {
    words.unwrap_or_else(|| "-".to_owned())
}
