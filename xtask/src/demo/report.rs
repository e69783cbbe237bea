//! What the demo prints at the end.

use super::index::Index;
use super::order::{Order, beginning};
use super::readers::Reads;
use super::texts::Texts;
use anyhow::Context;
use comfy_table::{ContentArrangement, Table as Grid, presets};
use heirloom::{Pid, Table};
use std::path::Path;
use std::time::Duration;

/// How many words and files are listed.
const LISTED_MAX: usize = 15;

/// Words shorter than this say little about a text; the example is a longer one.
const EXAMPLE_LENGTH_MIN: usize = 6;

/// A finished run.
pub struct Run {
    /// The tables, full.
    pub index: Index,
    /// The process that made them.
    pub first_owner: Pid,
    /// From the start of the processes to the last word.
    pub took: Duration,
    /// What the readers did meanwhile.
    pub reads: Reads,
}

/// Prints what is to be indexed.
pub fn print_texts(path: &Path, texts: &Texts) {
    println!(
        "{} files, {} bytes of text in {}",
        texts.len(),
        texts.bytes(),
        path.display()
    );
    if texts.unreadable > 0 {
        println!("{} can't be read and are left out", texts.unreadable);
    }
}

/// Prints what was found, with the files of `word` or of a frequent one; the tables; and the rates.
pub fn print(run: &Run, texts: &Texts, word: Option<&str>) -> anyhow::Result<()> {
    let index = &run.index;
    let order = Order::of(index)?;
    print_top(index, &order)?;
    let example = match word {
        Some(word) => word.to_lowercase(),
        None => example(&order)?,
    };
    print_files(index, &example)?;
    print_beginning(&order, &example)?;
    print_info(&[&index.words, &index.files])?;
    print_rates(run, texts)?;
    order.delete()
}

fn print_top(index: &Index, order: &Order) -> anyhow::Result<()> {
    let mut grid = grid(&["word", "count", "files"]);
    for entry in order.most_frequent().take(LISTED_MAX) {
        let (word, count) = entry?;
        let files = index.files_of(&word)?.len();
        grid.add_row([word, count.to_string(), files.to_string()]);
    }
    println!("\nThe most frequent of {} words\n{grid}", order.len()?);
    Ok(())
}

/// A frequent word that is more than a particle, or else the most frequent one.
fn example(order: &Order) -> anyhow::Result<String> {
    let mut first = None;
    for entry in order.most_frequent() {
        let (word, _) = entry?;
        if word.chars().count() >= EXAMPLE_LENGTH_MIN {
            return Ok(word);
        }
        first.get_or_insert(word);
    }
    Ok(first.unwrap_or_default())
}

/// The words that begin like another, and how they were found.
fn print_beginning(order: &Order, word: &str) -> anyhow::Result<()> {
    let question = Order::beginning_like(word)?;
    let found = order.ask(&question)?;
    println!("\n{} words begin with {:?}", found.len(), beginning(word));
    for (word, count) in found.iter().take(LISTED_MAX) {
        println!("  {word} {count}");
    }
    if found.len() > LISTED_MAX {
        println!("  and {} more", found.len() - LISTED_MAX);
    }
    println!("  asked for by {question}");
    println!("  which is a {}", order.explain(&question));
    Ok(())
}

fn print_files(index: &Index, word: &str) -> anyhow::Result<()> {
    let files = index.files_of(word)?;
    println!(
        "\n{word:?} occurs {} times, in {} files",
        index.count(word)?,
        files.len()
    );
    files
        .iter()
        .take(LISTED_MAX)
        .for_each(|file| println!("  {file}"));
    if files.len() > LISTED_MAX {
        println!("  and {} more", files.len() - LISTED_MAX);
    }
    Ok(())
}

fn print_info(tables: &[&Table]) -> anyhow::Result<()> {
    let mut grid = grid(&[
        "table",
        "kind",
        "objects",
        "bytes",
        "bytes an object",
        "protection",
        "owner",
        "heir",
    ]);
    for table in tables {
        let info = table.info().context("a table is gone")?;
        grid.add_row([
            info.name.to_string(),
            info.kind.name().to_string(),
            info.size.to_string(),
            info.memory_bytes.to_string(),
            format!("{:.0}", info.memory_bytes as f64 / info.size.max(1) as f64),
            info.protection.name().to_string(),
            info.owner.to_string(),
            info.heir.map_or("none".into(), |heir| heir.to_string()),
        ]);
    }
    println!("\nThe tables\n{grid}");
    Ok(())
}

fn print_rates(run: &Run, texts: &Texts) -> anyhow::Result<()> {
    let counted: u64 = run.index.words()?.iter().map(|(_, count)| count).sum();
    let noted = run.index.files.size()?;
    let Reads {
        lookups,
        found,
        took,
    } = run.reads;
    println!(
        "\n{counted} words counted and {noted} files noted in {:.2} s",
        run.took.as_secs_f64()
    );
    println!("  {} changes a second", rate(counted + noted, run.took));
    println!(
        "  {} lookups a second meanwhile, {} of words already there",
        rate(lookups, took),
        share(found, lookups)
    );
    println!(
        "After {} of {} files the owner, {}, ended; its heir went on.",
        texts.len() / 2,
        texts.len(),
        run.first_owner
    );
    println!("The tables hold exactly what one thread counts in plain maps.");
    if cfg!(debug_assertions) {
        println!(
            "(This build is little optimised; `cargo run --release -p xtask -- demo` is not.)"
        );
    }
    Ok(())
}

/// Per second, in steps that a person can read.
fn rate(number: u64, took: Duration) -> String {
    let rate = number as f64 / took.as_secs_f64().max(f64::EPSILON);
    match rate {
        rate if rate >= 1e6 => format!("{:.2} million", rate / 1e6),
        rate if rate >= 1e3 => format!("{:.0} thousand", rate / 1e3),
        rate => format!("{rate:.0}"),
    }
}

fn share(part: u64, whole: u64) -> String {
    format!("{:.0} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn grid(columns: &[&str]) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled);
    grid.set_header(columns.to_vec());
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_for_people() {
        let second = Duration::from_secs(1);
        assert_eq!(rate(2_345_678, second), "2.35 million");
        assert_eq!(rate(4_567, second), "5 thousand");
        assert_eq!(rate(12, second), "12");
    }
}
