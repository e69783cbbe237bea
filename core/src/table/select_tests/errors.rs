//! What selections refuse, and where they stop.

use super::*;
use crate::matchspec::{RunError, RunOptions, SpecError};
use crate::process::Process;

fn all() -> MatchSpec {
    spec("[{'_',[],['$_']}]")
}

#[test]
fn a_limit_is_at_least_one() {
    let table = filled(Kind::Set, &[pair(1, 1)]);
    let bad = TableError::BadLimit { limit: 0 };
    assert_eq!(table.select_limit(&all(), 0).expect_err("0"), bad);
    assert_eq!(table.select_reverse_limit(&all(), 0).expect_err("0"), bad);
    assert_eq!(table.match_limit(term("'_'"), 0).expect_err("0"), bad);
    assert_eq!(
        table.match_object_limit(term("'_'"), 0).expect_err("0"),
        bad
    );
}

#[test]
fn a_continuation_is_of_one_table() {
    let [one, other] = [1, 2].map(|_| filled(Kind::Set, &[pair(1, 1), pair(2, 2)]));
    let part = one.select_limit(&all(), 1).expect("public");
    let continuation = part.continuation.expect("there are more");
    assert_eq!(continuation.table(), one.id());
    assert_eq!(
        other
            .select_continue(continuation.clone())
            .expect_err("foreign"),
        TableError::ForeignContinuation {
            table: other.id(),
            continuation_of: one.id()
        }
    );
    one.delete_table().expect("it is there");
    assert_eq!(
        one.select_continue(continuation).expect_err("gone"),
        TableError::NoSuchTable { table: one.id() }
    );
}

#[test]
fn rights_come_first() {
    let table = options::TableOptions::new(Kind::Set, Ok(Atom::new("t").expect("short")))
        .create()
        .expect("the root process is alive");
    table.insert(pair(1, 1)).expect("ours");
    let keeping = spec("[{'_',[],['$_']}]");
    Process::new().run(|| {
        assert_eq!(table.select(&all()), Ok(vec![pair(1, 1)]));
        for refused in [
            table.select_delete(&all()).map(drop),
            table.select_take(&all()).map(drop),
            table.select_replace(&keeping).map(drop),
            table.match_delete(term("'_'")),
            table.match_delete(term("#{'_' => 1}")),
        ] {
            assert!(matches!(refused, Err(TableError::AccessDenied { .. })));
        }
    });
    table.setopts(term("{protection,private}")).expect("ours");
    Process::new().run(|| {
        let denied = |error| matches!(error, TableError::AccessDenied { .. });
        assert!(denied(table.select(&all()).expect_err("private")));
        assert!(denied(table.select(&spec("[]")).expect_err("private")));
        assert!(denied(table.select_count(&all()).expect_err("private")));
        assert!(denied(table.select_limit(&all(), 0).expect_err("private")));
        assert!(denied(
            table.match_(term("#{'_' => 1}")).expect_err("private")
        ));
        assert!(denied(
            table.iter().next().expect("an error").expect_err("private")
        ));
    });
}

#[test]
fn a_pattern_may_have_no_variable_as_a_key() {
    let table = filled(Kind::Set, &[]);
    let refused = table
        .match_(term("{#{'$1' => 1}}"))
        .expect_err("a variable");
    assert!(matches!(
        refused,
        TableError::Spec(SpecError::VariableInMapKey { .. })
    ));
    assert_eq!(refused.erlang_reason(), "badarg");
    // Any other term is one.
    assert_eq!(table.match_(term("[no,'_',object]")), Ok(vec![]));
}

#[test]
fn a_call_stops_at_its_steps() {
    let objects: Vec<Term> = (0..1_000).map(|key| pair(key, key)).collect();
    let table = filled(Kind::Set, &objects);
    for asked in ["[{'_',[],['$_']}]", "[{'_',[false],['$_']}]", "[]"] {
        let asked = spec(asked);
        for steps_max in [3, 10, 100] {
            let options = SelectOptions::default().with_steps_max(steps_max);
            let chunks = all_chunks(&table, table.select_with(&asked, &options).expect("public"));
            assert!(chunks.iter().all(|chunk| chunk.len() as u64 <= steps_max));
            assert_eq!(sorted(chunks.concat()), naive(&asked, &objects));
            let looked_at = table.explain(&asked).keys().map_or(1_000, <[Term]>::len);
            assert!(
                chunks.len() as u64 >= looked_at as u64 / steps_max,
                "{asked}"
            );
        }
    }
}

#[test]
fn an_object_that_takes_too_many_steps_is_an_error() {
    let table = filled(Kind::Set, &[pair(1, 1)]);
    let long = spec("[{'_',[{'>',{length,[1,2,3,4,5,6,7,8,9]},0}],[{{'$_','$_','$_'}}]}]");
    let of_all = SelectOptions::default().with_steps_max(3);
    let of_one = SelectOptions::default().with_object(RunOptions::default().with_steps_max(3));
    let too_many = TableError::Run(RunError::OutOfSteps { steps_max: 3 });
    assert_eq!(
        table.select_with(&long, &of_all).expect_err("long"),
        too_many
    );
    assert_eq!(
        table.select_with(&long, &of_one).expect_err("long"),
        too_many
    );
    let small = RunOptions::default().with_bytes_max(10);
    let small = SelectOptions::default().with_object(small);
    let too_large = TableError::Run(RunError::TooManyBytes { bytes_max: 10 });
    assert_eq!(
        table.select_with(&long, &small).expect_err("large"),
        too_large
    );
    assert_eq!(table.select(&long).map(|results| results.len()), Ok(1));
}

#[test]
fn what_was_taken_before_an_error_is_not_lost() {
    let long = format!("{{3,[{}0]}}", "0,".repeat(99));
    let objects = ["{1,[a]}", "{2,[b]}", &long, "{4,[d]}"].map(term);
    let table = filled(Kind::OrderedSet, &objects);
    let counted = spec("[{{'$1','$2'},[{'>',{length,'$2'},0}],['$1']}]");
    let steps_max = 50;
    let options = RunOptions::default().with_steps_max(steps_max);
    let taken = table.take_all(&counted, &options);
    assert_eq!(taken, Ok(vec![term("1"), term("2")]));
    let too_many = TableError::Run(RunError::OutOfSteps { steps_max });
    assert_eq!(table.take_all(&counted, &options), Err(too_many));
    assert_eq!(table.size(), Ok(2));
}

#[test]
fn self_is_who_calls() {
    let table = filled(Kind::Set, &[pair(1, 1), pair(2, 2)]);
    let asking = spec("[{'_',[],[{self}]}]");
    let other = Process::new();
    let part = table.select_limit(&asking, 1).expect("public");
    assert_eq!(part.results, [Term::from(Process::current().pid())]);
    let continuation = part.continuation.expect("there are more");
    other.run(|| {
        let rest = table.select_continue(continuation).expect("public");
        assert_eq!(rest.results, [Term::from(other.pid())]);
        let results: Result<Vec<_>, _> = table.select_iter(&asking).collect();
        assert_eq!(results, Ok(vec![Term::from(other.pid()); 2]));
    });
    let count = spec(&format!(
        "[{{'_',[{{'==',{{self}},{}}}],[true]}}]",
        other.pid()
    ));
    assert_eq!(other.run(|| table.select_count(&count)), Ok(2));
    assert_eq!(table.select_delete(&count), Ok(0));
}

#[test]
fn ranges_are_for_ordered_tables() {
    for kind in [Kind::Set, Kind::Bag, Kind::DuplicateBag] {
        let table = filled(kind, &[pair(1, 1)]);
        let wrong = |operation| TableError::WrongKind { kind, operation };
        assert_eq!(table.range(1..2).expect_err("unordered"), wrong("range"));
        let never = |sum: i64, _: TermRef<'_>| std::ops::ControlFlow::Break(sum);
        assert_eq!(table.fold_range(1..2, 0, never), Err(wrong("fold_range")));
        assert_eq!(
            table.fold_range_reverse(1..2, 0, never),
            Err(wrong("fold_range_reverse"))
        );
    }
}
