//! Which right a call needs, what is wrong with its arguments by themselves, and which call of the
//! contents it is.

use super::call::*;
use super::contents::{Checked, Contents, Kind};
use super::expected::Expected;
use super::queries::{
    faults_of_limit, faults_of_pattern, faults_of_query, faults_of_specification,
};
use super::value::Value;

/// What a call does to the table; decides who may make it.
#[derive(Clone, Copy, PartialEq)]
pub enum Access {
    /// Anybody may ask, also about a table that is gone.
    Information,
    /// Anybody may ask, while the table lives.
    Presence,
    Read,
    Write,
    /// Only the owner.
    Own,
}

pub fn access_needed(call: &Call) -> Access {
    match call {
        Call::Info(_) | Call::InfoUnknown | Call::Owner => Access::Information,
        Call::Size => Access::Presence,
        Call::GiveAway { .. } | Call::SetOptions(_) => Access::Own,
        Call::Lookup(_)
        | Call::With(_)
        | Call::LookupMany(_)
        | Call::Member(_)
        | Call::LookupElement { .. }
        | Call::LookupElementOr { .. }
        | Call::First
        | Call::Last
        | Call::Next(_)
        | Call::Previous(_)
        | Call::FirstLookup
        | Call::LastLookup
        | Call::NextLookup(_)
        | Call::PreviousLookup(_)
        | Call::Walk
        | Call::WalkBack
        | Call::WalkLookup
        | Call::WalkLookupBack
        | Call::FoldLeft
        | Call::FoldRight
        | Call::Slots
        | Call::ToList
        | Call::Nth(_)
        | Call::Rank(_)
        | Call::Count(_)
        | Call::Range(..)
        | Call::All(_)
        | Call::Chunks(..)
        | Call::Open { .. }
        | Call::Continue(_)
        | Call::SelectCount(_)
        | Call::FixedWalkDeleting
        | Call::FixTable(_) => Access::Read,
        _ => Access::Write,
    }
}

/// Causes that a call may also name where the table or the right to it is missing: an argument that
/// is wrong by itself may be refused before the table is looked at.
pub fn faults_of_form(call: &Call) -> Vec<Cause> {
    match call {
        Call::LookupElement { position: 0, .. } | Call::LookupElementOr { position: 0, .. } => {
            vec![Cause::Position]
        }
        Call::All(query) => faults_of_query(query),
        Call::Chunks(query, limit) | Call::Open { query, limit, .. } => {
            faults_of_chunks(query, *limit)
        }
        Call::MatchDelete(pattern) => faults_of_pattern(pattern),
        Call::SelectCount(source)
        | Call::SelectDelete(source)
        | Call::SelectReplace(source)
        | Call::SelectTake(source) => faults_of_specification(source),
        _ => vec![],
    }
}

/// The cause that a call may also name where the table or the right to it is missing: that the kind
/// has no such call, which a handle of a table knows by itself.
pub fn faults_of_kind(call: &Call, kind: Kind) -> Vec<Cause> {
    let is_for_ordered = matches!(
        call,
        Call::Nth(_)
            | Call::Rank(_)
            | Call::Count(_)
            | Call::Range(..)
            | Call::PopFirst
            | Call::PopLast
    );
    Vec::from_iter((is_for_ordered && kind != Kind::OrderedSet).then_some(Cause::WrongKind))
}

pub fn faults_of_chunks(query: &Query, limit: usize) -> Vec<Cause> {
    [faults_of_query(query), faults_of_limit(limit)].concat()
}

/// Of a call that removes objects and then puts others in their place: what is there between.
pub fn what_stays(contents: &Contents, call: &Call, by: ProcessNumber) -> Option<Contents> {
    match call {
        Call::InitTable(_) => Some(Contents::new(contents.kind, contents.key_position)),
        Call::SelectReplace(source) => {
            let mut rest = contents.clone();
            drop(rest.select_take(source, by));
            Some(rest)
        }
        _ => None,
    }
}

/// The calls that need only the objects.
pub fn change(contents: &mut Contents, call: &Call, by: ProcessNumber) -> Expected {
    match call {
        Call::Insert(argument) => contents.insert(argument),
        Call::InsertNew(argument) => contents.insert_new(argument),
        Call::InsertMany(objects) => match contents.insert_each(objects) {
            Ok(count) => Expected::Is(Answer::Count(count)),
            Err(causes) => Expected::Fails(causes),
        },
        Call::InitTable(objects) => {
            contents.remove_all();
            done(contents.insert_each(objects))
        }
        Call::PopFirst => contents.pop(Direction::Forward),
        Call::PopLast => contents.pop(Direction::Backward),
        Call::MatchDelete(pattern) => contents.match_delete(pattern, by),
        Call::SelectDelete(source) => contents.select_delete(source, by),
        Call::SelectReplace(source) => contents.select_replace(source, by),
        Call::SelectTake(source) => contents.select_take(source, by),
        Call::Take(key) => Expected::several(&contents.remove(key)),
        Call::Delete(key) => {
            contents.remove(key);
            Expected::DONE
        }
        Call::DeleteObject(object) => contents.delete_object(object),
        Call::DeleteAllObjects => {
            contents.remove_all();
            Expected::DONE
        }
        Call::UpdateCounter { key, operations } => contents.update_counter(key, operations, None),
        Call::UpdateCounterOr {
            key,
            operations,
            default,
        } => contents.update_counter(key, operations, Some(default)),
        Call::UpdateElement { key, changes } => contents.update_element(key, changes, None),
        Call::UpdateElementOr {
            key,
            changes,
            default,
        } => contents.update_element(key, changes, Some(default)),
        Call::InsertRangeAtOnce(range) | Call::InsertRange(range) => {
            let objects: Vec<Value> = range.objects(contents.key_position).collect();
            done(contents.insert_each(&objects))
        }
        Call::DeleteRange(range) => {
            range.keys().for_each(|key| drop(contents.remove(&key)));
            Expected::DONE
        }
        call => read(contents, call, by),
    }
}

fn done<T>(outcome: Checked<T>) -> Expected {
    match outcome {
        Ok(_) => Expected::DONE,
        Err(causes) => Expected::Fails(causes),
    }
}

fn read(contents: &Contents, call: &Call, by: ProcessNumber) -> Expected {
    match call {
        Call::Lookup(key) => contents.lookup(key),
        Call::With(key) => Expected::Is(Answer::Perhaps(contents.first_object(key))),
        Call::LookupMany(keys) => contents.lookup_many(keys),
        Call::Member(key) => contents.member(key),
        Call::LookupElement { key, position } => contents.lookup_element(key, *position, None),
        Call::LookupElementOr {
            key,
            position,
            default,
        } => contents.lookup_element(key, *position, Some(default)),
        Call::All(query) => contents.all(query, by),
        Call::Chunks(query, limit) => contents.chunks(query, *limit, by),
        Call::SelectCount(source) => contents.select_count(source, by),
        call => walk(contents, call),
    }
}

fn walk(contents: &Contents, call: &Call) -> Expected {
    use Direction::{Backward, Forward};
    match call {
        Call::First => contents.first(Forward),
        Call::Last => contents.first(Backward),
        Call::Next(key) => contents.next(key, Forward),
        Call::Previous(key) => contents.next(key, Backward),
        Call::FirstLookup => contents.first_lookup(Forward),
        Call::LastLookup => contents.first_lookup(Backward),
        Call::NextLookup(key) => contents.next_lookup(key, Forward),
        Call::PreviousLookup(key) => contents.next_lookup(key, Backward),
        Call::Walk => contents.walk(Forward),
        Call::WalkBack => contents.walk(Backward),
        Call::WalkLookup => contents.walk_lookup(Forward),
        Call::WalkLookupBack => contents.walk_lookup(Backward),
        Call::FoldLeft | Call::Slots | Call::ToList => contents.objects(Forward),
        Call::FoldRight => contents.objects(Backward),
        Call::Nth(index) => contents.nth(*index),
        Call::Rank(key) => contents.rank(key),
        Call::Count(range) => contents.count(range),
        Call::Range(range, direction) => contents.range(range, *direction),
        Call::Size => Expected::Is(Answer::Count(contents.size())),
        other => unreachable!("{other:?} is no call on the objects alone"),
    }
}
