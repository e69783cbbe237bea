//! Tables that have their keys in order: which part of them is looked at, and in what order.

use super::*;
use proptest::prelude::*;
use std::ops::{Bound, ControlFlow};

/// Keys of a small world, several of them equal by value and not exactly.
fn key() -> impl Strategy<Value = Term> {
    let texts = [
        "0",
        "1",
        "1.0",
        "2",
        "2.5",
        "3.0",
        "4",
        "a",
        "b",
        "{}",
        "{a}",
        "{a,1}",
        "{a,1.0}",
        "{a,2}",
        "{a,2,x}",
        "{b,1}",
        "{1,2}",
        "{1.0,2}",
        "{{a,1},2}",
        "{{a,1.0},3}",
        "{{a,2},1}",
        "#{}",
        "#{a => 1}",
        "#{a => 1.0}",
        "[]",
        "[1]",
        "[1.0,2]",
        "<<>>",
        "<<\"a\">>",
    ];
    prop::sample::select(texts.map(term).to_vec())
}

/// A table and all that it holds, in order.
fn table() -> impl Strategy<Value = (Table, Vec<Term>)> {
    prop::collection::vec((key(), 0..3_i64), 0..40).prop_map(|objects| {
        let table = public(Kind::OrderedSet);
        table.insert_many(&objects).expect("public");
        let objects = table.tab2list().expect("public");
        (table, objects)
    })
}

fn bound() -> impl Strategy<Value = Bound<Term>> {
    prop_oneof![
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded),
        Just(Bound::Unbounded),
    ]
}

/// Whether a key lies between two bounds, in the order of terms.
fn lies_between(key: &Term, lower: &Bound<Term>, upper: &Bound<Term>) -> bool {
    let is_above = match lower {
        Bound::Included(lower) => key.numeric_cmp(lower.as_ref()).is_ge(),
        Bound::Excluded(lower) => key.numeric_cmp(lower.as_ref()).is_gt(),
        Bound::Unbounded => true,
    };
    let is_below = match upper {
        Bound::Included(upper) => key.numeric_cmp(upper.as_ref()).is_le(),
        Bound::Excluded(upper) => key.numeric_cmp(upper.as_ref()).is_lt(),
        Bound::Unbounded => true,
    };
    is_above && is_below
}

fn key_of(object: &Term) -> Term {
    object.element(1).expect("a key").to_term()
}

/// Specifications that name a key, a part of one, or bounds of it.
fn specification() -> impl Strategy<Value = MatchSpec> {
    let comparison = prop::sample::select(vec!["<", "=<", ">", ">=", "==", "=:="]);
    let guard =
        (comparison, key()).prop_map(|(name, key)| format!("{{'{name}','$1',{{const,{key}}}}}"));
    let guarded = prop::collection::vec(guard, 1..3)
        .prop_map(|guards| format!("{{{{'$1','_'}},[{}],['$_']}}", guards.join(",")));
    let literal = key().prop_map(|key| format!("{{{{{key},'$1'}},[],[{{{{'$1'}}}}]}}"));
    let partial = key().prop_filter_map("a tuple", |key| {
        let mut elements: Vec<String> =
            key.elements()?.map(|element| element.to_string()).collect();
        *elements.last_mut()? = "'_'".to_owned();
        Some(format!("{{{{{{{}}},'_'}},[],['$_']}}", elements.join(",")))
    });
    let clause = prop_oneof![guarded, literal, partial];
    prop::collection::vec(clause, 1..3)
        .prop_map(|clauses| spec(&format!("[{}]", clauses.join(","))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_part_of_a_table_gives_what_the_whole_does((table, objects) in table(), spec in specification()) {
        let expected = naive(&spec, &objects);
        prop_assert_eq!(&table.select(&spec)?, &expected, "{}", table.explain(&spec));
        for limit in [1, 2, 7] {
            let forwards = all_chunks(&table, table.select_limit(&spec, limit)?);
            prop_assert_eq!(forwards.concat(), expected.clone());
            let mut backwards = all_chunks(&table, table.select_reverse_limit(&spec, limit)?).concat();
            backwards.reverse();
            prop_assert_eq!(backwards, expected.clone());
        }
    }

    #[test]
    fn ranges((table, objects) in table(), lower in bound(), upper in bound()) {
        let lies_inside = |object: &&Term| lies_between(&key_of(object), &lower, &upper);
        let expected: Vec<Term> = objects.iter().filter(lies_inside).cloned().collect();
        let range = (lower.clone(), upper.clone());
        let iterated: Result<Vec<Term>, _> = table.range(range.clone())?.collect();
        prop_assert_eq!(iterated?, expected.clone());
        let visit = |mut objects: Vec<Term>, object: TermRef<'_>| {
            objects.push(object.to_term());
            ControlFlow::Continue(objects)
        };
        prop_assert_eq!(table.fold_range(range.clone(), Vec::new(), visit)?, expected.clone());
        let mut backwards = table.fold_range_reverse(range, Vec::new(), visit)?;
        backwards.reverse();
        prop_assert_eq!(backwards, expected);
    }
}

fn numbers(count: i64) -> Table {
    let table = public(Kind::OrderedSet);
    table
        .insert_many((0..count).map(|key| pair(key, key)))
        .expect("public");
    table
}

#[test]
fn a_part_is_found_without_a_scan() {
    let table = public(Kind::OrderedSet);
    let explained = |text| table.explain(&spec(text)).to_string();
    assert_eq!(
        explained("[{{1,'_'},[],[true]},{{1.0,'_'},[],[true]}]"),
        "lookup of 1"
    );
    assert_eq!(
        explained("[{{{a,'_'},'_'},[],[true]}]"),
        "range of keys {a,_}"
    );
    assert_eq!(
        explained("[{{'$1','_'},[{'>','$1',3},{'=<','$1',7}],[true]}]"),
        "range of keys > 3 and =< 7"
    );
    assert_eq!(explained("[{{'_',1},[],[true]}]"), "scan of every object");
    // Few steps are enough for a small part of a large table.
    let table = numbers(100_000);
    let few = SelectOptions::default().with_steps_max(100);
    let middle = spec("[{{'$1','_'},[{'>=','$1',50000},{'<','$1',50003}],['$1']}]");
    let part = table.select_with(&middle, &few).expect("public");
    assert_eq!(part.results, [50_000, 50_001, 50_002].map(Term::from));
    assert!(part.continuation.is_none());
}

#[test]
fn a_pattern_is_exact_where_a_lookup_is_not() {
    let table = filled(Kind::OrderedSet, &[term("{1.0,x}"), term("{{2,a},y}")]);
    assert_eq!(table.lookup(1).map(|objects| objects.len()), Ok(1));
    assert_eq!(table.match_object(term("{1,'_'}")), Ok(vec![]));
    assert_eq!(
        table.match_object(term("{1.0,'_'}")),
        Ok(vec![term("{1.0,x}")])
    );
    assert_eq!(table.match_object(term("{{2.0,'_'},'_'}")), Ok(vec![]));
    assert_eq!(table.match_(term("{{2,'$1'},'_'}")), Ok(vec![term("[a]")]));
    let by_value = spec("[{{'$1','$2'},[{'==','$1',1}],['$2']}]");
    assert_eq!(table.select(&by_value), Ok(vec![term("x")]));
}

#[test]
fn a_fold_ends_where_it_breaks_off() {
    let table = numbers(1_000);
    let up_to_three = |seen: Vec<i64>, object: TermRef<'_>| {
        let seen = [
            seen,
            vec![
                object
                    .element(1)
                    .and_then(|key| key.as_i64())
                    .expect("an integer"),
            ],
        ]
        .concat();
        if seen.len() < 3 {
            ControlFlow::Continue(seen)
        } else {
            ControlFlow::Break(seen)
        }
    };
    assert_eq!(
        table.fold_range(300.., Vec::new(), up_to_three),
        Ok(vec![300, 301, 302])
    );
    assert_eq!(
        table.fold_range_reverse(..=300, Vec::new(), up_to_three),
        Ok(vec![300, 299, 298])
    );
    assert_eq!(
        table.fold_range(998.., Vec::new(), up_to_three),
        Ok(vec![998, 999])
    );
    let backwards = (Bound::Included(10), Bound::Included(5));
    assert_eq!(
        table.fold_range(backwards, Vec::new(), up_to_three),
        Ok(vec![])
    );
}

#[test]
fn what_comes_in_ahead_of_a_continuation_is_met() {
    let table = numbers(10);
    let keys = spec("[{{'$1','_'},[],['$1']}]");
    let first = table.select_limit(&keys, 5).expect("public");
    for key in ["2.5", "4.5", "100"] {
        table.insert((term(key), 0)).expect("public");
    }
    table.delete(5).expect("public");
    let rest = table
        .select_continue(first.continuation.expect("there are more"))
        .expect("public");
    assert_eq!(rest.results, ["4.5", "6", "7", "8", "9"].map(term));
    let rest = table
        .select_continue(rest.continuation.expect("there are more"))
        .expect("public");
    assert_eq!(rest.results, [term("100")]);
    assert!(rest.continuation.is_none());
}
