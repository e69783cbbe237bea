//! `cargo xtask test`: everything that must hold, step by step, with a summary at the end. CI runs
//! just this.

use crate::shell::{Cargo, project_root};
use crate::{conformance, loom, shuttle};
use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use std::time::{Duration, Instant};

/// Checks everything that must hold: format, lints, tests, documentation, conformance, models.
///
/// Every step runs, also after one has failed; the exit code is that of the first that failed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Runs only this step; may be given several times.
    #[arg(long, value_name = "STEP", value_parser = step_names())]
    only: Vec<String>,
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn() -> anyhow::Result<()>,
}

impl Step {
    const fn new(name: &'static str, about: &'static str, run: fn() -> anyhow::Result<()>) -> Step {
        Step { name, about, run }
    }
}

const STEPS: [Step; 12] = [
    Step::new("format", "rustfmt would change nothing", format),
    Step::new("clippy", "no lint warns", clippy),
    Step::new(
        "licences",
        "dependencies are allowed (needs cargo-deny)",
        licences,
    ),
    Step::new("tests", "unit and integration tests", tests),
    Step::new(
        "tight",
        "the same with tiny buckets, so that rare paths are common",
        tight,
    ),
    Step::new(
        "doc-tests",
        "the examples in the documentation run",
        doc_tests,
    ),
    Step::new("recipes", "the example programs run", recipes),
    Step::new(
        "rustdoc",
        "the documentation builds without a warning",
        rustdoc,
    ),
    Step::new(
        "conformance",
        "answers are those of Erlang/OTP",
        conformance,
    ),
    Step::new(
        "loom",
        "the concurrent protocols, every interleaving",
        loom::quick,
    ),
    Step::new(
        "shuttle",
        "several threads on one table, interleavings drawn at random",
        shuttle::quick,
    ),
    Step::new(
        "linearizability",
        "recorded histories of real threads",
        linearizability,
    ),
];

/// How many random histories the unoptimised runs record: enough to see the test work. The step of
/// its own runs the full number.
const HISTORIES_UNOPTIMISED: &str = "2000";

fn step_names() -> PossibleValuesParser {
    PossibleValuesParser::new(STEPS.map(|step| step.name))
}

struct Done {
    name: &'static str,
    took: Duration,
    result: anyhow::Result<()>,
}

/// Runs the steps and prints the summary.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure_components()?;
    let wanted = |step: &&Step| {
        arguments.only.is_empty() || arguments.only.iter().any(|name| name == step.name)
    };
    let done: Vec<Done> = STEPS.iter().filter(wanted).map(run_step).collect();
    print_summary(&done);
    match done.into_iter().find(|done| done.result.is_err()) {
        Some(failed) => failed.result.context(format!("step {}", failed.name)),
        None => Ok(()),
    }
}

fn run_step(step: &Step) -> Done {
    println!("\n=== {}: {}", step.name, step.about);
    let start = Instant::now();
    let result = (step.run)();
    let took = start.elapsed();
    match &result {
        Ok(()) => println!("=== {} passed in {:.1} s", step.name, took.as_secs_f64()),
        Err(error) => println!(
            "=== {} FAILED in {:.1} s: {error:#}",
            step.name,
            took.as_secs_f64()
        ),
    }
    Done {
        name: step.name,
        took,
        result,
    }
}

fn print_summary(done: &[Done]) {
    println!("\n=== summary");
    for Done { name, took, result } in done {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{name:<16} {verdict} {:>8.1} s", took.as_secs_f64());
    }
    let total: Duration = done.iter().map(|done| done.took).sum();
    println!("{:<16} {:>15.1} s", "in all", total.as_secs_f64());
}

/// Installs rustfmt and clippy where they are missing (a minimal toolchain lacks them).
fn ensure_components() -> anyhow::Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if Cargo::new(&[command, "--version"]).succeeds() {
            continue;
        }
        println!("$ rustup component add {component}");
        let added = std::process::Command::new("rustup")
            .args(["component", "add", component])
            .status();
        if !added
            .with_context(|| format!("{component} is missing, and rustup with it"))?
            .success()
        {
            bail!("{component} is missing and `rustup component add {component}` failed");
        }
    }
    Ok(())
}

fn format() -> anyhow::Result<()> {
    Cargo::new(&["fmt", "--all", "--check"]).run()
}

fn clippy() -> anyhow::Result<()> {
    Cargo::new(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
    .run()
}

/// Licences, sources and duplicates by `deny.toml`, for those who have cargo-deny. (Advisories are
/// left out: they change without us, and need the network.)
fn licences() -> anyhow::Result<()> {
    if !Cargo::new(&["deny", "--version"]).succeeds() {
        println!("cargo-deny is not installed: nothing checked (`cargo install cargo-deny`)");
        return Ok(());
    }
    Cargo::new(&["deny", "check", "bans", "licenses", "sources"]).run()
}

fn tests() -> anyhow::Result<()> {
    Cargo::new(&["test", "--workspace", "--lib", "--bins", "--tests"])
        .variable("HEIRLOOM_HISTORIES", HISTORIES_UNOPTIMISED)
        .run()
}

fn tight() -> anyhow::Result<()> {
    Cargo::new(&[
        "test",
        "-p",
        "heirloom",
        "--features",
        "tight",
        "--lib",
        "--tests",
    ])
    .variable("HEIRLOOM_HISTORIES", HISTORIES_UNOPTIMISED)
    .run()
}

fn doc_tests() -> anyhow::Result<()> {
    Cargo::new(&["test", "--workspace", "--doc"]).run()
}

/// Runs every program in `core/examples`. Each checks itself what it has done.
fn recipes() -> anyhow::Result<()> {
    let folder = project_root().join("core/examples");
    let files = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for file in files {
        if let Some(name) = file?.path().file_stem() {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names.iter().try_for_each(|name| {
        Cargo::new(&["run", "--quiet", "-p", "heirloom", "--example"])
            .arguments([name])
            .run()
    })
}

fn rustdoc() -> anyhow::Result<()> {
    Cargo::new(&["doc", "--workspace", "--no-deps"])
        .variable("RUSTDOCFLAGS", "-D warnings")
        .run()
}

fn conformance() -> anyhow::Result<()> {
    conformance::run(&conformance::Arguments::default())
}

fn linearizability() -> anyhow::Result<()> {
    Cargo::new(&[
        "test",
        "-p",
        "heirloom",
        "--release",
        "--test",
        "linearizability",
        "--",
        "--nocapture",
    ])
    .run()
}
