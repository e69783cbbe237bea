//! `cargo xtask loom`: the concurrent protocols of the core, in every interleaving that loom can reach.
//!
//! The models are unit tests of the core in modules named `loom_…`, compiled with `--cfg heirloom_loom`, which makes
//! `core/src/sync.rs` hand out loom's types: they run the real code. Models that take minutes are marked `#[ignore]`
//! and run with `--full`. So do the *mutants*: places where the code can be broken on purpose with
//! `--cfg heirloom_mutant="NAME"`. Under each mutant at least one model must fail; a proof that can't fail proves nothing.

use crate::shell::{Cargo, project_root, target_directory};
use anyhow::{Context, bail, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use walkdir::WalkDir;

/// Checks the concurrent protocols with loom.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also the models that take minutes, and every mutant.
    #[arg(long)]
    full: bool,
    /// Runs the models under this mutant only, and expects one to fail.
    #[arg(long, value_name = "NAME", conflicts_with = "full")]
    mutant: Option<String>,
}

/// Only tests in modules named so are models; loom's types can't be used outside one.
const MODELS: &str = "loom_";

/// Runs the models, and with `--full` the mutants.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(mutant) = &arguments.mutant {
        return run_mutant(mutant);
    }
    if !arguments.full {
        return quick();
    }
    models(None).arguments(["--", "--include-ignored"]).run()?;
    run_mutants()
}

/// The models that are not marked `#[ignore]`.
pub fn quick() -> anyhow::Result<()> {
    models(None).run()
}

/// The test run of the models, with or without a mutant. A target directory of its own keeps the other flags from
/// rebuilding everything each time.
fn models(mutant: Option<&str>) -> Cargo {
    let mut flags = String::from("--cfg heirloom_loom");
    if let Some(mutant) = mutant {
        flags.push_str(&format!(" --cfg heirloom_mutant=\"{mutant}\""));
    }
    Cargo::new(&["test", "-p", "heirloom", "--release", "--lib", MODELS])
        .variable("CARGO_TARGET_DIR", target_directory().join("loom"))
        .variable("RUSTFLAGS", flags)
}

fn run_mutants() -> anyhow::Result<()> {
    let mutants = mutants_in(&project_root().join("core/src"))?;
    println!("{} mutants", mutants.len());
    let survivors: Vec<&String> = mutants
        .iter()
        .filter(|mutant| run_mutant(mutant).is_err())
        .collect();
    ensure!(survivors.is_empty(), "no model fails under: {survivors:?}");
    Ok(())
}

/// Succeeds if the mutated code builds and a model fails.
fn run_mutant(mutant: &str) -> anyhow::Result<()> {
    let (built, output) = models(Some(mutant)).arguments(["--no-run"]).capture()?;
    ensure!(built, "the mutant {mutant} does not build:\n{output}");
    let (passed, output) = models(Some(mutant)).capture()?;
    if passed {
        println!("SURVIVED: {mutant}");
        bail!("no model fails under the mutant {mutant}");
    }
    println!("caught: {mutant} by {}", failed_tests(&output).join(", "));
    Ok(())
}

/// The names of the failed tests in what libtest printed.
fn failed_tests(output: &str) -> Vec<&str> {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
        .collect()
}

/// Every NAME of `heirloom_mutant = "NAME"` in the Rust files under `directory`, in order.
fn mutants_in(directory: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in WalkDir::new(directory) {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            let source = std::fs::read_to_string(entry.path())
                .with_context(|| format!("reading {}", entry.path().display()))?;
            names.extend(mutants_of(&source).map(String::from));
        }
    }
    Ok(names)
}

fn mutants_of(source: &str) -> impl Iterator<Item = &str> {
    source
        .split("heirloom_mutant = \"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_are_found_in_the_source() {
        let source = r#"
            if cfg!(not(heirloom_mutant = "no_version_check")) { }
            #[cfg(heirloom_mutant = "early_unlock")] fn f() {}
        "#;
        assert_eq!(
            mutants_of(source).collect::<Vec<_>>(),
            ["no_version_check", "early_unlock"]
        );
    }

    #[test]
    fn failed_models_are_named() {
        let output = "test engine::loom_get::a ... ok\ntest engine::loom_get::b ... FAILED\n";
        assert_eq!(failed_tests(output), ["engine::loom_get::b"]);
    }
}
