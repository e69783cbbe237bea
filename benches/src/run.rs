//! What every comparison does around its measurements: its choices, its parts, its file.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::CompareError;

/// Runs a part of a comparison, if it is wanted, and says so.
///
/// # Errors
/// Those of the part.
pub fn part<T>(
    wanted: bool,
    name: impl Debug,
    run: impl FnOnce() -> Result<Vec<T>, CompareError>,
) -> Result<Vec<T>, CompareError> {
    if !wanted {
        return Ok(Vec::new());
    }
    eprintln!("{name:?}");
    run()
}

/// Puts the choice, if there is one, in place of the default.
pub fn replace<T: Clone>(default: &mut Vec<T>, choice: &[T]) {
    if !choice.is_empty() {
        *default = choice.to_vec();
    }
}

/// Where results go unless told otherwise: to `compare-hash.json` and its like.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/results");

/// The results of the last whole run of a comparison.
#[must_use]
pub fn file_of(comparison: &str) -> PathBuf {
    Path::new(DIRECTORY).join(format!("compare-{comparison}.json"))
}

/// Writes results to a file.
///
/// # Errors
/// A file that can't be written.
pub fn save(results: &impl Serialize, file: &Path) -> Result<(), CompareError> {
    let text = serde_json::to_string_pretty(results)?;
    fs::write(file, text + "\n").map_err(CompareError::io(file.display().to_string()))
}
