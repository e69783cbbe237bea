//! Random tables and specifications.

use super::*;
use proptest::prelude::*;

/// Keys and values of a small world: several objects a key, keys that differ in kind only, parts of
/// keys that are shared, and one large value.
fn element() -> impl Strategy<Value = Term> {
    let large = Term::binary(&[7; 2_000]);
    let mut elements: Vec<Term> = [
        "1",
        "1.0",
        "2",
        "3",
        "0.0",
        "-0.0",
        "a",
        "b",
        "{a,1}",
        "{a,2}",
        "{a,1.0}",
        "{b,1}",
        "[]",
        "[1]",
        "#{}",
        "#{a => 1}",
        "\"ab\"",
        "<<\"ab\">>",
    ]
    .map(term)
    .to_vec();
    elements.push(large);
    prop::sample::select(elements)
}

fn object() -> impl Strategy<Value = Term> {
    prop::collection::vec(element(), 2..4).prop_map(|parts| Term::tuple(parts).expect("a tuple"))
}

/// Specifications that give results of every form, and find their objects in every way.
fn specification() -> impl Strategy<Value = MatchSpec> {
    let texts = [
        "[]",
        "[{'_',[],['$_']}]",
        "[{'$1',[],['$1']}]",
        "[{'_',[],[true]}]",
        "[{{'$1','$2'},[],['$$']}]",
        "[{{'$1','_','$2'},[],[{{'$2','$1'}}]}]",
        "[{{1,'_'},[],['$_']}]",
        "[{{1,'$1'},[],['$1']},{{a,'$1'},[],['$1']},{{1.0,'_'},[],[true]},{{1,'_'},[],[never]}]",
        "[{{'_',1},[],[true]},{{'_',2,'$1'},[],['$1']}]",
        "[{{{a,'$1'},'_'},[],['$1']}]",
        "[{{{a,1},'$1'},[],[true]}]",
        "[{{'$1','$2'},[{'>','$1',1}],[{{'$1','$2'}}]}]",
        "[{{'$1','_'},[{'>','$1',1},{'=<','$1',{const,{a,2}}}],['$1']}]",
        "[{{'$1','$2','_'},[{'=:=','$1',a}],['$2']}]",
        "[{{'$1','$1'},[],['$1']}]",
        "[{{#{},'$1'},[],['$_']}]",
        "[{{'$1','$2'},[{is_integer,'$2'}],[{{'$1',{'+','$2',1}}}]}]",
        "[{{'$1','_'},[],[{{'$1',x}}]}]",
        "[{{a,'$1'},[],[{{a,{{was,'$1'}}}}]}]",
        "[{{'$1','$2','_'},[],[{{'$1','$2'}}]}]",
        "[{nothing,[],['$_']}]",
    ];
    prop::sample::select(texts.map(spec).to_vec())
}

/// A table of some kind and key position, its objects, and what to ask it.
fn table() -> impl Strategy<Value = (Table, Kind)> {
    let objects = prop::collection::vec(object(), 0..60);
    let kind = prop::sample::select(KINDS.to_vec());
    (objects, kind, 1..3_usize).prop_map(|(objects, kind, key_position)| {
        let table = with_key_at(kind, key_position);
        table.insert_many(&objects).expect("public");
        (table, kind)
    })
}

/// The objects of a list as they are after a replacement, oldest first of each key.
fn replaced(spec: &MatchSpec, objects: &[Term]) -> Vec<Term> {
    let replacement = |object: &Term| {
        let result = spec.run(object.as_ref()).expect("a few steps");
        result.unwrap_or_else(|| object.clone())
    };
    objects.iter().map(replacement).collect()
}

fn is_true(spec: &MatchSpec, object: &Term) -> bool {
    spec.run(object.as_ref()).expect("a few steps") == Some(Term::from(true))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whole_selections((table, _) in table(), spec in specification()) {
        let objects = table.tab2list()?;
        let expected = naive(&spec, &objects);
        let selected = table.select(&spec)?;
        prop_assert_eq!(sorted(selected.clone()), sorted(expected.clone()));
        if table.is_ordered() || table.explain(&spec).is_scan() {
            prop_assert_eq!(&selected, &expected);
        }
        let mut reverse = table.select_reverse(&spec)?;
        if table.is_ordered() {
            reverse.reverse();
        }
        prop_assert_eq!(reverse, selected.clone());
        let iterated: Result<Vec<_>, _> = table.select_iter(&spec).collect();
        prop_assert_eq!(iterated?, selected);
        let count = objects.iter().filter(|object| is_true(&spec, object)).count();
        prop_assert_eq!(table.select_count(&spec)?, count as u64);
    }

    #[test]
    fn chunks_of_every_size((table, _) in table(), spec in specification()) {
        let expected = table.select(&spec)?;
        for limit in (1..=expected.len() + 1).chain([usize::MAX]) {
            let chunks = all_chunks(&table, table.select_limit(&spec, limit)?);
            let (last, full) = chunks.split_last().expect("there is one");
            prop_assert!(full.iter().all(|chunk| chunk.len() == limit));
            prop_assert!(last.len() <= limit);
            prop_assert_eq!(chunks.concat(), expected.clone());
            let reverse = all_chunks(&table, table.select_reverse_limit(&spec, limit)?);
            prop_assert_eq!(reverse.concat(), table.select_reverse(&spec)?);
        }
    }

    #[test]
    fn few_steps_a_call((table, _) in table(), spec in specification(), steps_max in 100..400_u64) {
        // The values of 2,000 bytes that are compared take 250 steps.
        let options = SelectOptions::default().with_steps_max(1_000 + steps_max);
        let chunks = all_chunks(&table, table.select_with(&spec, &options)?);
        prop_assert_eq!(chunks.concat(), table.select(&spec)?);
    }

    #[test]
    fn patterns((table, _) in table(), pattern in object()) {
        let pattern = Term::tuple(pattern.as_ref().elements().expect("a tuple").map(|element| {
            // Some elements become variables.
            match element.as_atom() {
                Some(_) => Term::atom("$2").expect("short"),
                None if element.is_nil() => Term::atom("$1").expect("short"),
                None => element.to_term(),
            }
        }))?;
        let objects = table.tab2list()?;
        let bound = MatchSpec::for_match(pattern.as_ref()).expect("no maps");
        let whole = MatchSpec::for_match_object(pattern.as_ref()).expect("no maps");
        prop_assert_eq!(sorted(table.match_(&pattern)?), sorted(naive(&bound, &objects)));
        let matching = naive(&whole, &objects);
        prop_assert_eq!(sorted(table.match_object(&pattern)?), sorted(matching.clone()));
        for limit in [1, 2, 5] {
            let bound = all_chunks(&table, table.match_limit(&pattern, limit)?).concat();
            prop_assert_eq!(bound, table.match_(&pattern)?);
            let whole = all_chunks(&table, table.match_object_limit(&pattern, limit)?).concat();
            prop_assert_eq!(whole, table.match_object(&pattern)?);
        }
        table.match_delete(&pattern)?;
        let left = objects.into_iter().filter(|object| !matching.contains(object)).collect();
        prop_assert_eq!(sorted(table.tab2list()?), sorted(left));
    }

    #[test]
    fn deletions((table, _) in table(), spec in specification()) {
        let objects = table.tab2list()?;
        let (gone, left): (Vec<_>, Vec<_>) =
            objects.into_iter().partition(|object| is_true(&spec, object));
        prop_assert_eq!(table.select_delete(&spec)?, gone.len() as u64);
        prop_assert_eq!(table.tab2list()?, left.clone());
        prop_assert_eq!(table.size()?, left.len() as u64);
    }

    #[test]
    fn takings((table, _) in table(), spec in specification()) {
        let objects = table.tab2list()?;
        let expected = table.select(&spec)?;
        prop_assert_eq!(sorted(table.select_take(&spec)?), sorted(expected));
        let matches = |object: &Term| spec.run(object.as_ref()).expect("a few steps").is_some();
        let left: Vec<_> = objects.into_iter().filter(|object| !matches(object)).collect();
        prop_assert_eq!(table.tab2list()?, left.clone());
        prop_assert_eq!(table.size()?, left.len() as u64);
    }

    #[test]
    fn replacements((table, kind) in table(), spec in specification()) {
        let objects = table.tab2list()?;
        let answer = table.select_replace(&spec);
        if kind == Kind::Bag {
            let is_wrong_kind = matches!(answer, Err(TableError::WrongKind { .. }));
            prop_assert!(is_wrong_kind);
            prop_assert_eq!(table.tab2list()?, objects);
        } else if !spec.keeps_key(table.key_position()) {
            prop_assert_eq!(answer, Err(TableError::KeyNotKept { key_position: table.key_position() }));
            prop_assert_eq!(table.tab2list()?, objects);
        } else {
            prop_assert_eq!(answer?, naive(&spec, &objects).len() as u64);
            prop_assert_eq!(table.tab2list()?, replaced(&spec, &objects));
            prop_assert_eq!(table.size()?, objects.len() as u64);
        }
    }
}
