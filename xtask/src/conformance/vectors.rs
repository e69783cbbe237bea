//! The vector files: one Erlang term per line, read one at a time. Their format is described in
//! `conformance/README.md`.

use super::terms::{atom_text, elements, index, list};
use heirloom::Term;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The version of the format that this reader understands.
const FORMAT_VERSION: usize = 1;

/// One line of a vector file.
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// Without the full stop and the newline.
    pub text: String,
}

/// The lines of a file, as they are read. Erlang wrote them in Latin-1, where each byte is a
/// character.
pub fn lines(path: &Path) -> std::io::Result<impl Iterator<Item = std::io::Result<Line>>> {
    let file = BufReader::new(File::open(path)?);
    Ok(file.split(b'\n').enumerate().map(|(index, bytes)| {
        let bytes = bytes?;
        let term = bytes.strip_suffix(b".").unwrap_or(&bytes);
        let text = term.iter().copied().map(char::from).collect();
        Ok(Line {
            number: index + 1,
            text,
        })
    }))
}

/// The vector files of a directory, in order of their names.
pub fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "vectors")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What a line says about the answer to a call.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Exactly this value.
    Value(Term),
    /// A list of exactly these elements, counted, in any order.
    AnyOrder(Vec<Term>),
    /// The call fails, for this reason.
    Error(Term),
}

impl Expected {
    /// From `{ok, Value}`, `{any_order, List}` or `{error, Reason}`.
    pub fn from_term(term: &Term) -> Option<Expected> {
        let parts = elements(term)?;
        let [tag, payload] = parts.as_slice() else {
            return None;
        };
        match atom_text(tag)? {
            "ok" => Some(Expected::Value(payload.clone())),
            "any_order" => Some(Expected::AnyOrder(list(payload)?)),
            "error" => Some(Expected::Error(payload.clone())),
            _ => None,
        }
    }
}

/// The meaning of a line. Processes and tables go by the scenario's own names, which are atoms.
pub enum Step {
    /// The first line of a file.
    Header,
    /// A fresh world.
    Scenario(usize),
    /// A process starts.
    Process(Term),
    /// A process ends.
    Exit(Term),
    /// Exactly these transfer messages have come since the last look.
    Mailbox { process: Term, messages: Vec<Term> },
    /// `ets:new(name, options)`; `table` stands for what it returns. `expected` is `ok` or an
    /// error.
    New {
        process: Term,
        table: Term,
        name: Term,
        options: Term,
        expected: Expected,
    },
    /// `ets:function(table, arguments…)`, or one of the composite functions.
    Call(Call),
    /// A new disk table.
    DiskOpen {
        process: Term,
        table: Term,
        kind: Term,
        key_position: Term,
    },
    /// A disk table is closed and opened again.
    DiskReopen { process: Term, table: Term },
    /// `left < right` and so on, and whether they are exactly equal. `expected` is `{Order,
    /// Exact}`.
    Compare {
        left: Term,
        right: Term,
        order: Term,
        exact: Term,
    },
    /// A list in ascending order, without equal neighbours.
    Sorted(Vec<Term>),
    /// A match specification over a list of objects.
    Run {
        specification: Term,
        objects: Term,
        expected: Expected,
    },
}

/// A call of a function on a table.
pub struct Call {
    /// Who calls.
    pub process: Term,
    /// The scenario's name for the table.
    pub table: Term,
    /// The function's name.
    pub function: &'static str,
    /// Its arguments after the table.
    pub arguments: Vec<Term>,
    /// Its answer.
    pub expected: Expected,
}

impl Step {
    /// The meaning of a line's term; none if it is no line of this format.
    pub fn from_term(term: &Term) -> Option<Step> {
        let parts = elements(term)?;
        let (tag, rest) = parts.split_first()?;
        match (atom_text(tag)?, rest) {
            ("conformance", [version, _area, _release, _seed]) => {
                (index(version)? == FORMAT_VERSION).then_some(Step::Header)
            }
            ("scenario", [number]) => Some(Step::Scenario(index(number)?)),
            ("process", [process]) => Some(Step::Process(process.clone())),
            ("exit", [process]) => Some(Step::Exit(process.clone())),
            ("mailbox", [process, messages]) => Some(Step::Mailbox {
                process: process.clone(),
                messages: list(messages)?,
            }),
            ("new", rest) => new_step(rest),
            ("call", rest) => call_step(rest),
            ("dets_open", rest) => disk_open_step(rest),
            ("dets_reopen", [process, table]) => Some(Step::DiskReopen {
                process: process.clone(),
                table: table.clone(),
            }),
            ("compare", [left, right, order, exact]) => Some(Step::Compare {
                left: left.clone(),
                right: right.clone(),
                order: order.clone(),
                exact: exact.clone(),
            }),
            ("sorted", [terms]) => Some(Step::Sorted(list(terms)?)),
            ("run", [specification, objects, expected]) => Some(Step::Run {
                specification: specification.clone(),
                objects: objects.clone(),
                expected: Expected::from_term(expected)?,
            }),
            _ => None,
        }
    }
}

fn new_step(rest: &[Term]) -> Option<Step> {
    let [process, table, name, options, expected] = rest else {
        return None;
    };
    let expected = match atom_text(expected) {
        Some("ok") => Expected::Value(expected.clone()),
        _ => Expected::from_term(expected)?,
    };
    Some(Step::New {
        process: process.clone(),
        table: table.clone(),
        name: name.clone(),
        options: options.clone(),
        expected,
    })
}

fn call_step(rest: &[Term]) -> Option<Step> {
    let [process, table, function, arguments, expected] = rest else {
        return None;
    };
    Some(Step::Call(Call {
        process: process.clone(),
        table: table.clone(),
        function: atom_text(function)?,
        arguments: list(arguments)?,
        expected: Expected::from_term(expected)?,
    }))
}

fn disk_open_step(rest: &[Term]) -> Option<Step> {
    let [process, table, kind, key_position] = rest else {
        return None;
    };
    Some(Step::DiskOpen {
        process: process.clone(),
        table: table.clone(),
        kind: kind.clone(),
        key_position: key_position.clone(),
    })
}
