//! What every comparison does around its measurements: its choices, its parts, its file.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
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

/// The same, if all that is chosen is a part of this comparison: of what the default has.
///
/// # Errors
/// Something that is none.
pub fn choose<T: Clone + PartialEq + ValueEnum>(
    default: &mut Vec<T>,
    choice: &[T],
    comparison: &'static str,
) -> Result<(), CompareError> {
    if let Some(stranger) = choice.iter().find(|chosen| !default.contains(chosen)) {
        let chosen = name(stranger);
        return Err(CompareError::TakesNoPart { chosen, comparison });
    }
    replace(default, choice);
    Ok(())
}

/// The name of a choice on the command line.
pub(crate) fn name(value: &impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Label;

    #[test]
    fn only_who_takes_part_can_be_chosen() {
        let mut contenders = vec![Label::Heirloom, Label::SccTreeIndex, Label::Ets];
        assert!(choose(&mut contenders, &[], "ordered").is_ok());
        assert_eq!(contenders.len(), 3);
        let refused = choose(&mut contenders, &[Label::Ets, Label::Dashmap], "ordered");
        let error = refused.expect_err("dashmap is not compared there");
        assert_eq!(
            error.to_string(),
            "`dashmap` is no part of `compare ordered`"
        );
        assert!(choose(&mut contenders, &[Label::SccTreeIndex], "ordered").is_ok());
        assert_eq!(contenders, [Label::SccTreeIndex]);
    }
}
