//! The calls that take a pattern or a match specification.

use super::super::call::*;
use super::super::value::Value;
use super::caller::{Called, Caller, count, done};
use heirloom::{MatchSpec, Selection, TableError, Term};

impl Caller<'_> {
    pub fn call_query(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::All(query) => Ok(Answer::Several(self.values(&self.all(query)?))),
            Call::Chunks(query, limit) => self.chunks(query, *limit),
            Call::Open {
                query,
                limit,
                place,
            } => self.keep(*place, self.first_chunk(query, *limit)?),
            Call::Continue(place) => self.keep(*place, self.next_chunk(*place)?),
            Call::MatchDelete(pattern) => done(table.match_delete(self.key(pattern))?),
            Call::SelectCount(source) => count(table.select_count(&self.compiled(source)?)?),
            Call::SelectDelete(source) => count(table.select_delete(&self.compiled(source)?)?),
            Call::SelectReplace(source) => count(table.select_replace(&self.compiled(source)?)?),
            Call::SelectTake(source) => {
                let taken = table.select_take(&self.compiled(source)?)?;
                Ok(Answer::Several(self.values(&taken)))
            }
            other => unreachable!("{other:?} is a call of another kind"),
        }
    }

    fn compiled(&self, source: &Value) -> Result<MatchSpec, TableError> {
        Ok(MatchSpec::new(&self.key(source))?)
    }

    fn all(&self, query: &Query) -> Result<Vec<Term>, TableError> {
        let table = self.table;
        match query {
            Query::Match(pattern) => table.match_(self.key(pattern)),
            Query::MatchObject(pattern) => table.match_object(self.key(pattern)),
            Query::Select(source) if self.alternates() => {
                table.select_iter(&self.compiled(source)?).collect()
            }
            Query::Select(source) => table.select(&self.compiled(source)?),
            Query::SelectReverse(source) => table.select_reverse(&self.compiled(source)?),
        }
    }

    fn first_chunk(&self, query: &Query, limit: usize) -> Result<Selection, TableError> {
        let table = self.table;
        match query {
            Query::Match(pattern) => table.match_limit(self.key(pattern), limit),
            Query::MatchObject(pattern) => table.match_object_limit(self.key(pattern), limit),
            Query::Select(source) => table.select_limit(&self.compiled(source)?, limit),
            Query::SelectReverse(source) => {
                table.select_reverse_limit(&self.compiled(source)?, limit)
            }
        }
    }

    /// All chunks joined. Each that has a continuation is full.
    fn chunks(&self, query: &Query, limit: usize) -> Called {
        let mut chunk = self.first_chunk(query, limit)?;
        let mut results = chunk.results;
        while let Some(continuation) = chunk.continuation {
            assert_eq!(results.len() % limit, 0, "a chunk is not full");
            chunk = self.table.select_continue(continuation)?;
            results.append(&mut chunk.results);
        }
        Ok(Answer::Several(self.values(&results)))
    }

    fn next_chunk(&self, place: PlaceNumber) -> Result<Selection, TableError> {
        let continuations = self.engine.continuations.borrow();
        let continuation = &continuations[&(self.table.id(), place)];
        self.table.select_continue(continuation.clone())
    }

    /// Keeps the continuation of a chunk in the place.
    fn keep(&self, place: PlaceNumber, chunk: Selection) -> Called {
        let continues = chunk.continuation.is_some();
        if let Some(continuation) = chunk.continuation {
            let mut continuations = self.engine.continuations.borrow_mut();
            continuations.insert((self.table.id(), place), continuation);
        }
        Ok(Answer::Chunk(self.values(&chunk.results), continues))
    }
}
