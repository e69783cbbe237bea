//! The conformance vectors, played on the model. `conformance/README.md` says what the lines mean.
//!
//! * [`scenario`]: what a line does and whether the model agrees, [`calls`]: the calls that a line
//!   stands for, [`outcome`]: what it says that they answered.

pub mod calls;
pub mod outcome;
pub mod scenario;

use crate::model::text;
use scenario::{Scenario, Verdict};
use std::path::Path;

/// How many lines agreed: all that ask something. Panics at the first that disagrees.
pub fn run_area(area: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../conformance")
        .join(area)
        .with_extension("vectors");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Erlang wrote Latin-1: each byte is a character.
    let file: String = bytes.into_iter().map(char::from).collect();
    let mut judged = 0;
    let mut scenario = Scenario::default();
    for (number, line) in file.lines().enumerate() {
        match scenario.line(&text::parse(line)) {
            Verdict::Agrees => judged += 1,
            Verdict::Setting => {}
            Verdict::Differs(expected) => {
                panic!("{area}:{}: {line}\n  the model says {expected}", number + 1)
            }
        }
    }
    judged
}
