//! `cargo xtask loom`: the concurrent protocols of the core, in every interleaving that loom can
//! reach.
//!
//! The models are unit tests of the core in modules named `loom_…`, compiled with `--cfg
//! heirloom_loom`, which makes `core/src/sync.rs` hand out loom's types: they run the real code.
//! Each has its *mutant*, the same model with a fault switched on (`core/src/mutant.rs`), which it
//! must catch; a proof that can't fail proves nothing. Models that take minutes are marked
//! `#[ignore]` and run with `--full`.

use crate::shell::{Cargo, target_directory};

/// Checks the concurrent protocols with loom.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also the models that take minutes.
    #[arg(long)]
    full: bool,
    /// Only the models whose path contains NAME.
    #[arg(long, value_name = "NAME", default_value = MODELS)]
    model: String,
}

/// Only tests in modules named so are models; loom's types can't be used outside one.
const MODELS: &str = "loom_";

/// Runs the models.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let skipped = if arguments.full {
        &["--include-ignored"]
    } else {
        &[][..]
    };
    models(&arguments.model).arguments(skipped).run()
}

/// The models that are not marked `#[ignore]`.
pub fn quick() -> anyhow::Result<()> {
    models(MODELS).run()
}

/// The test run of the models. Its flags would rebuild everything each time in the usual target
/// directory, so it has its own.
fn models(filter: &str) -> Cargo {
    Cargo::new(&["test", "-p", "heirloom", "--release", "--lib", "--", filter])
        .variable("CARGO_TARGET_DIR", target_directory().join("loom"))
        .variable("RUSTFLAGS", "--cfg heirloom_loom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_compiled_with_looms_types() {
        let line = models("loom_get").to_string();
        assert!(
            line.contains("RUSTFLAGS='--cfg heirloom_loom' cargo test -p heirloom"),
            "{line}"
        );
        assert!(line.ends_with("-- loom_get"), "{line}");
    }
}
