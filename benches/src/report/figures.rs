//! The tables beside throughput: memory, growth, a parked reader, load latency, a hot counter.

use super::{heading, marks, millions, new_table, numbers_from};
use crate::contender::Label;
use crate::results::{CallTimes, CounterRate, Parked, Results, Timed};
use crate::workload::count_title;

/// Prints those that were measured.
pub fn print(results: &Results) {
    if !results.limits.is_empty() {
        print_limits(results);
    }
    if !results.memory.is_empty() {
        print_memory(results);
    }
    if !results.growth.is_empty() {
        print_growth(results);
    }
    if !results.parked.is_empty() {
        print_parked(results);
    }
    if !results.counters.is_empty() {
        print_counters(results);
    }
}

/// The machine's load latency.
fn print_limits(results: &Results) {
    heading("The machine: ns for a load from a random line of an array");
    let mut heads = vec![
        "as large as".to_owned(),
        "MiB".to_owned(),
        "dependent".to_owned(),
    ];
    heads.extend(
        results
            .plan
            .threads
            .iter()
            .map(|threads| format!("independent, {threads} T")),
    );
    let mut table = new_table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for limit in &results.limits {
        let mebibytes = format!("{:.2}", limit.bytes as f64 / f64::from(1 << 20));
        let name = format!("{} {}", count_title(limit.objects), limit.shape.title());
        let mut words = vec![
            name,
            mebibytes,
            format!("{:.1}", limit.dependent_nanoseconds),
        ];
        words.extend(
            limit
                .independent_nanoseconds
                .iter()
                .map(|(_, time)| format!("{time:.1}")),
        );
        table.add_row(words);
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}

/// How to read the table of memory.
const MEMORY_NOTE: &str = "\
While growing: 32 looks at each of the last three doublings, between inserts. What is taken and given back within one
insert, as where everything moves at once, is not seen.
";

/// Memory per object.
fn print_memory(results: &Results) {
    heading(format!(
        "Memory: bytes an object at {}",
        count_title(results.plan.objects_max())
    ));
    println!("{MEMORY_NOTE}");
    let mut table = new_table(&[
        "contender",
        "objects",
        "resident",
        "counted by the table",
        "most while growing",
        "at",
        "mean while growing",
    ]);
    for memory in &results.memory {
        let own = memory
            .own_count_bytes
            .map(|bytes| bytes as f64 / f64::from(memory.objects));
        table.add_row([
            memory.label.title().to_owned(),
            memory.shape.title().to_owned(),
            format!("{:.1}", memory.bytes_per_object()),
            bytes_words(own),
            bytes_words(memory.growing.map(|growing| growing.most)),
            memory
                .growing
                .map_or_else(|| "-".to_owned(), |growing| growing.most_at.to_string()),
            bytes_words(memory.growing.map(|growing| growing.mean)),
        ]);
    }
    numbers_from(&mut table, 2);
    println!("{table}");
}

/// Bytes for each object, or a dash.
fn bytes_words(bytes: Option<f64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{bytes:.1}"))
}

/// How to read the table of growth.
const GROWTH_NOTE: &str = "\
Waits for a core that another process had are taken off (not for ETS). Of the rounds, the one with the lowest maximum
is shown: growing is in all of them, the rest is noise. The line \"the machine\" is a thread that only reads the
clock. For ETS the mean stands in for the median.
";

/// The slowest insert while growing.
fn print_growth(results: &Results) {
    heading(format!(
        "Growth: one insert, from nothing to {} {{int, int}}",
        count_title(results.plan.objects_max())
    ));
    println!("{GROWTH_NOTE}");
    print_timed(&results.growth, Label::title);
}

/// How long single calls took.
pub(crate) fn print_timed<L: Copy>(results: &[Timed<L>], title: fn(L) -> &'static str) {
    let mut table = new_table(&[
        "contender",
        "median ns",
        "99.99 % µs",
        "slowest µs",
        "all s",
        "slowest of each round µs",
    ]);
    for timed in results {
        if let Some(times) = timed.slowest() {
            table.add_row(timed_words(timed, title, times));
        }
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}

/// One contender's calls.
fn timed_words<L: Copy>(
    timed: &Timed<L>,
    title: fn(L) -> &'static str,
    times: &CallTimes,
) -> [String; 6] {
    let microseconds = |nanoseconds: u64| format!("{:.1}", nanoseconds as f64 / 1e3);
    let rounds: Vec<String> = timed
        .rounds
        .iter()
        .map(|round| microseconds(round.slowest_nanoseconds))
        .collect();
    [
        timed.label.map_or("the machine", title).to_owned(),
        times.median_nanoseconds.to_string(),
        microseconds(times.most_nanoseconds),
        microseconds(times.slowest_nanoseconds),
        format!("{:.2}", times.seconds),
        rounds.join(" "),
    ]
}

/// A reader that stays.
fn print_parked(results: &Results) {
    heading("A reader parked in the middle of a read, 1 K {int, int} overwritten in turn");
    let heads = [
        "contender",
        "keys blocked",
        "bytes an overwrite",
        "ns free",
        "ns while parked",
        "overwrites",
    ];
    let mut table = new_table(&heads);
    for parked in &results.parked {
        table.add_row(parked_words(parked));
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}

/// One contender's writer.
fn parked_words(parked: &Parked) -> [String; 6] {
    let number = |value: Option<f64>| {
        value.map_or_else(|| "blocks".to_owned(), |value| format!("{value:.1}"))
    };
    [
        parked.label.title().to_owned(),
        format!("{:.1} %", parked.blocked_share * 100.0),
        number(parked.bytes_per_overwrite),
        format!("{:.1}", parked.free_nanoseconds),
        number(parked.parked_nanoseconds),
        parked.overwrites.to_string(),
    ]
}

/// A hot counter.
fn print_counters(results: &Results) {
    let shape = results.plan.comparison.counts();
    heading(format!(
        "One hot key of {} counted up: million increments a second (! and ? as below)",
        shape.title()
    ));
    println!(
        "No other kind of object has such a row: binaries, strings and `Arc`s can't be counted up, and counts are small,\n\
         whatever the width of their type.\n"
    );
    let mut heads = vec!["contender".to_owned()];
    heads.extend(
        results
            .plan
            .threads
            .iter()
            .map(|threads| format!("{threads} T")),
    );
    let mut table = new_table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for &label in &results.plan.contenders {
        let of: Vec<&CounterRate> = results
            .counters
            .iter()
            .filter(|counter| counter.label == label)
            .collect();
        if !of.is_empty() {
            let mut words = vec![label.title().to_owned()];
            words.extend(
                of.iter().map(|counter| {
                    millions(counter.rate) + &marks(&counter.conduct, counter.threads)
                }),
            );
            table.add_row(words);
        }
    }
    numbers_from(&mut table, 1);
    println!("{table}");
}
