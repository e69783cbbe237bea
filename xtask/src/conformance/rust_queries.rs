//! The Rust face, continued: functions that take a pattern or a match specification.

use super::face::{Failure, Outcome};
use super::rust_face::end_of_table;
use super::terms::{atom_text, elements, index, term};
use heirloom::{MatchSpec, Selection, Table, TableError, Term, ToTerm};

/// Answers a function of patterns and specifications; `None` for any other.
pub fn query(table: &Table, function: &str, arguments: &[Term]) -> Option<Outcome> {
    let [argument] = arguments else { return None };
    match chunked(argument) {
        Some((which, asked, limit)) => {
            let first = first_chunk(table, function, &asked, &limit)?;
            Some(first.and_then(|first| chunks(table, &which, first)))
        }
        None => read(table, function, argument).or_else(|| change(table, function, argument)),
    }
}

/// `{all_chunks, Asked, Limit}` or `{first_chunk, Asked, Limit}`.
fn chunked(argument: &Term) -> Option<(String, Term, Term)> {
    let [which, asked, limit] = elements(argument)?.try_into().ok()?;
    let which = atom_text(&which).filter(|which| ["all_chunks", "first_chunk"].contains(which))?;
    Some((which.to_owned(), asked, limit))
}

fn first_chunk(
    table: &Table,
    function: &str,
    asked: &Term,
    limit: &Term,
) -> Option<Result<Selection, Failure>> {
    let limit = index(limit).unwrap_or(0);
    let spec = || specification(asked);
    Some(match function {
        "match" => table.match_limit(asked, limit).map_err(Failure::from),
        "match_object" => table
            .match_object_limit(asked, limit)
            .map_err(Failure::from),
        "select" => spec().and_then(|spec| Ok(table.select_limit(&spec, limit)?)),
        "select_reverse" => spec().and_then(|spec| Ok(table.select_reverse_limit(&spec, limit)?)),
        _ => return None,
    })
}

/// A first chunk alone, or joined with all that follow.
fn chunks(table: &Table, which: &str, first: Selection) -> Outcome {
    let (mut results, mut rest) = (first.results, first.continuation);
    if which == "first_chunk" && results.is_empty() {
        return Ok(end_of_table());
    }
    while let Some(continuation) = rest.filter(|_| which == "all_chunks") {
        let next = table.select_continue(continuation)?;
        results.extend(next.results);
        rest = next.continuation;
    }
    Ok(term(results))
}

fn read(table: &Table, function: &str, argument: &Term) -> Option<Outcome> {
    Some(match function {
        "match" => answer(table.match_(argument)),
        "match_object" => answer(table.match_object(argument)),
        "select" => with_specification(argument, |spec| table.select(spec)),
        "select_reverse" => with_specification(argument, |spec| table.select_reverse(spec)),
        "select_count" => with_specification(argument, |spec| table.select_count(spec)),
        _ => return None,
    })
}

fn change(table: &Table, function: &str, argument: &Term) -> Option<Outcome> {
    Some(match function {
        "match_delete" => answer(table.match_delete(argument).map(|()| true)),
        "select_delete" => with_specification(argument, |spec| table.select_delete(spec)),
        "select_replace" => with_specification(argument, |spec| table.select_replace(spec)),
        _ => return None,
    })
}

fn with_specification<T: ToTerm>(
    argument: &Term,
    run: impl FnOnce(&MatchSpec) -> Result<T, TableError>,
) -> Outcome {
    answer(run(&specification(argument)?))
}

fn specification(argument: &Term) -> Result<MatchSpec, Failure> {
    Ok(MatchSpec::new(argument).map_err(TableError::from)?)
}

fn answer<T: ToTerm>(result: Result<T, TableError>) -> Outcome {
    Ok(term(result?))
}
