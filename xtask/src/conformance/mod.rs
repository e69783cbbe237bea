//! `cargo xtask conformance`: do we answer as Erlang/OTP does? Runs the vector files through a face
//! of the project.
//!
//! [`vectors`] reads the files, [`runner`] plays their scenarios on a [`face`] and [`answer`]
//! compares; [`world`] knows the scenario's names and what can't be compared; [`composite`] and
//! [`emulation`] make the functions that are more than one call; [`differences`] holds what differs
//! on purpose, and [`report`] prints.

mod answer;
mod composite;
mod differences;
mod emulation;
mod face;
mod report;
mod runner;
mod rust_face;
mod rust_queries;
mod terms;
#[cfg(test)]
mod tests;
mod vectors;
mod world;

use crate::shell::{AlreadyReported, project_root};
use anyhow::{Context, ensure};
use clap::ValueEnum;
use differences::Differences;
use face::Face;
use report::Totals;
use std::path::PathBuf;

/// Runs the conformance vectors recorded from Erlang/OTP.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// The directory of the `.vectors` files [default: the project's conformance/].
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Runs only this area: the file NAME.vectors.
    #[arg(long, value_name = "NAME")]
    area: Option<String>,
    /// The face of the project that the vectors go through.
    #[arg(long, value_enum, default_value_t)]
    face: FaceName,
    /// Prints each failed line, what was expected and what came.
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum FaceName {
    /// The Rust crate `heirloom`.
    #[default]
    Rust,
}

impl FaceName {
    fn open(self) -> Box<dyn Face> {
        match self {
            FaceName::Rust => Box::new(rust_face::RustFace::new()),
        }
    }
}

/// Runs the areas and prints a line for each; the last line counts what passed and failed. An error
/// if anything failed.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = arguments
        .directory
        .clone()
        .unwrap_or_else(|| project_root().join("conformance"));
    let files = chosen_files(&directory, arguments.area.as_deref())?;
    let mut face = arguments.face.open();
    println!(
        "conformance of the {} face with {}",
        face.name(),
        directory.display()
    );
    let differences = Differences::of_directory(&directory, face.name())?;
    let mut totals = Totals::default();
    report::print_heading();
    for file in files {
        let area = runner::run_area(face.as_mut(), &differences, &file)
            .with_context(|| format!("running {}", file.display()))?;
        report::print_area(&area, arguments.verbose);
        totals.add(&area);
    }
    report::print_totals(&totals, arguments.verbose);
    ensure!(totals.failed == 0, AlreadyReported);
    Ok(())
}

fn chosen_files(directory: &std::path::Path, area: Option<&str>) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vectors::files(directory)
        .with_context(|| format!("reading the directory {}", directory.display()))?;
    if let Some(area) = area {
        files.retain(|file| file.file_stem().is_some_and(|stem| stem == area));
    }
    let wanted = area
        .map(|area| format!("{area}.vectors"))
        .unwrap_or("*.vectors".into());
    ensure!(
        !files.is_empty(),
        "there is no {wanted} in {}",
        directory.display()
    );
    Ok(files)
}
