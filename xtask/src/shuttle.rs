//! `cargo xtask shuttle`: scenarios with several threads on one table, in interleavings drawn at random.
//!
//! The scenarios are unit tests of the core in `shuttle_scenarios` modules, compiled with `--cfg heirloom_shuttle`,
//! which makes `core/src/sync.rs` hand out shuttle's types: they run the real code, with the feature
//! `tight`. They are too long for loom, which sees every interleaving; here two schedulers draw many. As there,
//! each has a fault of `core/src/mutant.rs` that it must catch.
//!
//! A failure prints its schedule, a string of digits; `--replay` runs that one again.

use crate::shell::{Cargo, target_directory};

/// Runs scenarios with several threads on one table, in interleavings drawn at random.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many schedules each of the two schedulers draws for a scenario.
    #[arg(long, value_name = "N", default_value = "10000")]
    schedules: usize,
    /// Only the scenarios whose name begins with NAME: `lists`, `lists::hash`.
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Runs one schedule again, as the failure of a scenario has printed it (lines joined).
    #[arg(long, value_name = "SCHEDULE", requires = "scenario")]
    replay: Option<String>,
}

/// Only tests in this module are scenarios; shuttle's types can't be used outside one.
const SCENARIOS: &str = "shuttle_scenarios::";

/// Runs the scenarios.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    command(arguments).run()
}

/// All scenarios, as often as they are run unless somebody asks for more.
pub fn quick() -> anyhow::Result<()> {
    scenarios("").run()
}

fn command(arguments: &Arguments) -> Cargo {
    let scenarios = scenarios(arguments.scenario.as_deref().unwrap_or_default());
    match &arguments.replay {
        Some(schedule) => scenarios
            .variable("HEIRLOOM_REPLAY", schedule)
            .arguments(["--nocapture"]),
        None => scenarios.variable("HEIRLOOM_SCHEDULES", arguments.schedules.to_string()),
    }
}

/// The test run of the scenarios. Its flags would rebuild everything each time in the usual target
/// directory, so it has its own. Not `--release`: debug assertions are to see what a schedule does, too.
fn scenarios(name: &str) -> Cargo {
    let filter = format!("{SCENARIOS}{name}");
    Cargo::new(&[
        "test",
        "-p",
        "heirloom",
        "--features",
        "tight",
        "--lib",
        "--",
        &filter,
    ])
    .variable("CARGO_TARGET_DIR", target_directory().join("shuttle"))
    .variable("RUSTFLAGS", "--cfg heirloom_shuttle")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(replay: Option<&str>) -> String {
        let arguments = Arguments {
            schedules: 7,
            scenario: Some("lists::hash".to_owned()),
            replay: replay.map(str::to_owned),
        };
        command(&arguments).to_string()
    }

    #[test]
    fn scenarios_are_compiled_with_shuttles_types() {
        let line = line(None);
        assert!(
            line.contains("RUSTFLAGS='--cfg heirloom_shuttle'"),
            "{line}"
        );
        assert!(line.contains("HEIRLOOM_SCHEDULES=7"), "{line}");
        assert!(
            line.ends_with("-- shuttle_scenarios::lists::hash"),
            "{line}"
        );
    }

    #[test]
    fn a_schedule_is_handed_over_to_be_run_again() {
        let line = line(Some("9103a1"));
        assert!(line.contains("HEIRLOOM_REPLAY=9103a1"), "{line}");
        assert!(!line.contains("HEIRLOOM_SCHEDULES"), "{line}");
    }
}
