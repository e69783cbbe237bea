//! Where we differ from Erlang on purpose: the table in `DIFFERENCES.md` beside the vectors, read
//! so that it can't go stale.

use super::report::AreaReport;
use super::vectors::Expected;
use anyhow::{Context, bail, ensure};
use heirloom::Term;
use std::path::Path;

/// The name of the document in the directory of the vectors. A directory without one has no
/// differences.
const DOCUMENT: &str = "DIFFERENCES.md";

/// The columns of its table, in order.
const COLUMNS: [&str; 6] = ["Area", "Line", "Face", "Erlang", "Heirloom", "Why"];

/// In the column `Face`: the difference holds for all of them.
const EVERY_FACE: &str = "every";

/// One line of the vectors that we answer differently.
pub struct Difference {
    area: String,
    line: usize,
    /// What the vector file says.
    pub recorded: Expected,
    /// What we answer.
    pub ours: Expected,
}

/// The differences of one face.
#[derive(Default)]
pub struct Differences {
    listed: Vec<Difference>,
}

impl Differences {
    /// Reads the document of a directory of vectors.
    pub fn of_directory(directory: &Path, face: &str) -> anyhow::Result<Differences> {
        let path = directory.join(DOCUMENT);
        if !path.exists() {
            return Ok(Differences::default());
        }
        let document = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        Differences::parse(&document, face).with_context(|| format!("in {}", path.display()))
    }

    /// Reads the rows of the table whose heading is [`COLUMNS`]; other text is for people.
    pub fn parse(document: &str, face: &str) -> anyhow::Result<Differences> {
        let rows: Vec<Vec<String>> = document.lines().filter_map(cells).collect();
        let heading = rows
            .iter()
            .position(|row| row == &COLUMNS)
            .context("there is no table of differences")?;
        let mut listed: Vec<Difference> = Vec::new();
        for row in rows.iter().skip(heading + 1).filter(|row| !is_rule(row)) {
            let (faces, difference) =
                read_row(row).with_context(|| format!("in the row {row:?}"))?;
            if faces != EVERY_FACE && faces != face {
                continue;
            }
            let same =
                |other: &Difference| other.area == difference.area && other.line == difference.line;
            ensure!(
                !listed.iter().any(same),
                "{} line {} is listed twice",
                difference.area,
                difference.line
            );
            listed.push(difference);
        }
        Ok(Differences { listed })
    }

    /// The difference at a line, if one is listed.
    pub fn at(&self, area: &str, line: usize) -> Option<&Difference> {
        self.listed
            .iter()
            .find(|difference| difference.area == area && difference.line == line)
    }

    /// The listed lines that an area turned out not to have, or not to compare.
    pub fn unused(&self, area: &AreaReport) -> Vec<usize> {
        let of_area = self
            .listed
            .iter()
            .filter(|difference| difference.area == area.area);
        of_area
            .map(|difference| difference.line)
            .filter(|line| !area.has_compared(*line))
            .collect()
    }
}

/// The cells of a line of a Markdown table; `\|` stands for a bar inside one.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = vec![String::new()];
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next_if_eq(&'|').is_some() => cells.last_mut()?.push('|'),
            '|' => cells.push(String::new()),
            other => cells.last_mut()?.push(other),
        }
    }
    Some(cells.iter().map(|cell| cell.trim().to_string()).collect())
}

/// Whether a row is the line of dashes under the heading.
fn is_rule(row: &[String]) -> bool {
    row.iter()
        .all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':'))
}

fn read_row(row: &[String]) -> anyhow::Result<(String, Difference)> {
    let [area, line, face, recorded, ours, why] = row else {
        bail!("there are {} cells and not {}", row.len(), COLUMNS.len())
    };
    ensure!(!why.is_empty(), "there is no reason");
    let difference = Difference {
        area: area.clone(),
        line: line.parse().context("the line is no number")?,
        recorded: read_answer(recorded)?,
        ours: read_answer(ours)?,
    };
    Ok((face.clone(), difference))
}

/// An answer as in the vector files, between backquotes.
fn read_answer(cell: &str) -> anyhow::Result<Expected> {
    let text = cell
        .strip_prefix('`')
        .and_then(|cell| cell.strip_suffix('`'))
        .context("an answer has no backquotes")?;
    let term: Term = text.parse().with_context(|| format!("{text} is no term"))?;
    Expected::from_term(&term).with_context(|| format!("{text} is no answer"))
}
