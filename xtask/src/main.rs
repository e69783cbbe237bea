//! The commands of this project: `cargo xtask demo`, `test`, `conformance`, `loom`, `shuttle` and
//! `compare`.
//!
//! A verb is a module of its own with an `Arguments` type (its options) and a `run` function. To
//! add one: write that module, and give it a line in [`Verb`] and one in [`Verb::run`].

mod compare;
mod conformance;
mod demo;
mod loom;
mod shell;
mod shuttle;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Everything that a person or CI runs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Test(test::Arguments),
    Conformance(conformance::Arguments),
    Loom(loom::Arguments),
    Shuttle(shuttle::Arguments),
    Compare(compare::Arguments),
}

impl Verb {
    fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Demo(arguments) => demo::run(&arguments),
            Verb::Test(arguments) => test::run(&arguments),
            Verb::Conformance(arguments) => conformance::run(&arguments),
            Verb::Loom(arguments) => loom::run(&arguments),
            Verb::Shuttle(arguments) => shuttle::run(&arguments),
            Verb::Compare(arguments) => compare::run(&arguments),
        }
    }
}

fn main() -> ExitCode {
    match Cli::parse().verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<shell::AlreadyReported>() {
                eprintln!("error: {error:#}");
            }
            shell::exit_code(&error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
