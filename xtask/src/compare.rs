//! `cargo xtask compare`: our speed and memory beside other crates', in one process. The work is
//! the benches package's.

use crate::shell::Cargo;
use clap::ValueEnum;
use std::path::PathBuf;

/// Compares Heirloom with its peers and prints a table of ratios.
#[derive(clap::Args)]
pub struct Arguments {
    /// What is compared.
    subject: Subject,
    /// Fewer sizes and shorter runs: for a look, not for the record.
    #[arg(long)]
    quick: bool,
    /// Also writes every figure to FILE, with the machine and the peers' versions.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// Hash tables in memory: dashmap, papaya, scc, a locked hashbrown, and real ETS where `erl` is
    /// on the PATH.
    Hash,
    /// Ordered tables in memory: crossbeam's SkipMap, scc's TreeIndex, a locked BTreeMap, and real
    /// ETS where `erl` is on the PATH.
    Ordered,
    /// Match specifications: filters written by hand, and real ETS where `erl` is on the PATH.
    Select,
    /// Typed tables, in the cells of `hash`: dashmap, papaya, scc, and a locked hashbrown, with the
    /// same Rust types.
    Typed,
    /// Caches: moka, quick_cache, mini-moka and foyer, with hit ratios on traces, too.
    Cache,
}

impl Subject {
    /// As the benches package names it.
    fn name(self) -> &'static str {
        match self {
            Subject::Hash => "hash",
            Subject::Ordered => "ordered",
            Subject::Select => "select",
            Subject::Typed => "typed",
            Subject::Cache => "cache",
        }
    }
}

/// Builds the comparison in release mode and runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    command(arguments)?.run()
}

fn command(arguments: &Arguments) -> anyhow::Result<Cargo> {
    let mut cargo = Cargo::new(&[
        "run",
        "--release",
        "-p",
        "heirloom-benches",
        "--bin",
        "compare",
        "--",
        arguments.subject.name(),
    ]);
    if arguments.quick {
        cargo = cargo.arguments(["--quick"]);
    }
    if let Some(file) = &arguments.json {
        // Cargo runs in the project's root; the file is meant relative to where the caller stands.
        cargo = cargo.arguments(["--json".into(), std::path::absolute(file)?]);
    }
    Ok(cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_passed_on() {
        let arguments = Arguments {
            subject: Subject::Ordered,
            quick: true,
            json: Some("/tmp/figures.json".into()),
        };
        let line = command(&arguments).unwrap().to_string();
        assert!(
            line.ends_with("--bin compare -- ordered --quick --json /tmp/figures.json"),
            "{line}"
        );
    }
}
