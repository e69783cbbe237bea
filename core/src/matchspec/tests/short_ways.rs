//! Short ways, for what most specifications are like, lead where the long ones do.

use super::properties::check;
use super::{spec, term};
use crate::matchspec::{RunError, RunOptions};

/// The answer is the naive interpreter's.
fn agrees(specification: &str, object: &str) {
    check(&term(specification), &term(object)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn comparisons_with_integers_at_the_edges() {
    let constants = [
        "-1152921504606846976",
        "-1",
        "0",
        "5",
        "1152921504606846975",
    ];
    let others = [
        "-1152921504606846977",
        "-1152921504606846975",
        "4",
        "6",
        "1152921504606846974",
        "1152921504606846976",
        "5.0",
        "4.5",
        "a",
        "[]",
        "{5}",
    ];
    for comparison in ["<", "'=<'", ">", "'>='", "'=='", "'/='", "'=:='", "'=/='"] {
        let comparison = comparison.trim_matches('\'');
        for constant in constants {
            for value in constants.iter().chain(&others) {
                let object = format!("{{x,{value}}}");
                for guard in [
                    format!("{{'{comparison}','$1',{constant}}}"),
                    format!("{{'{comparison}',{constant},'$1'}}"),
                    format!("{{'andalso',true,{{'{comparison}','$1',{{const,{constant}}}}}}}"),
                    format!("{{'not',{{'{comparison}','$1',{constant}}}}}"),
                ] {
                    agrees(&format!("[{{{{x,'$1'}},[{guard}],['$1']}}]"), &object);
                }
            }
        }
    }
}

#[test]
fn what_a_look_at_the_tuple_refuses() {
    let specification = "[{{a,'$1','_'},[{'>','$1',3},{'<','$1',9}],[{{first,'$1'}}]},
        {{a,'$1',{b,'$2'}},[{'and',{'>','$1',0},{'=:=','$2',7}}],[{{second,'$2'}}]},
        {{'$1',{a,'$2'}},[{'>','$2',3}],[{{third,'$1'}}]},
        {{'$1','$1'},[{'<','$1',3}],[same]},
        {'$1',[{'==','$1',4}],[whole]}]";
    for object in [
        "{a,4,x}",
        "{a,3,x}",
        "{a,9,{b,7}}",
        "{a,9,{b,8}}",
        "{b,4,x}",
        "{a,4}",
        "{a,4.0,x}",
        "{a,9.0,{b,7}}",
        "{x,{a,4}}",
        "{x,{a,3}}",
        "{x,{b,4}}",
        "{2,2}",
        "{2,2.0}",
        "{3,3}",
        "4",
        "4.0",
        "{}",
        "[]",
        "{{a,4,x}}",
    ] {
        agrees(specification, object);
    }
}

#[test]
fn results_that_are_put_together() {
    let objects = [
        "{1,2}",
        "{{p,[q]},\"text\"}",
        "{<<\"long enough for words\">>,#{k => {v}}}",
        "{1.5,[x|{y}]}",
    ];
    let bodies = [
        "{{'$1','$2'}}",
        "{{'$2',{{'$1',a,{{'$2'}}}},[],{{}}}}",
        "['$2','$1']",
        "[{{'$1'}},['$2',[]]|'$1']",
        "[['$1'|'$2']|'$2']",
        "{{'$$','$_',{{'$$'}}}}",
        "['$_'|'$$']",
        "'$$'",
        "{{{const,{x,[y]}},'$1',{const,#{z => {'$1'}}},\"constant\"}}",
        "{{{{a,[b]}},{{'$1',[c,{{d}}]}}}}",
        "[[[['$1']]],{{{{{{'$2'}}}}}}]",
    ];
    for object in objects {
        for body in bodies {
            agrees(&format!("[{{{{'$1','$2'}},[],[{body}]}}]"), object);
        }
    }
    agrees("[{'_',[],['$$']}]", "{1}");
}

#[test]
fn results_that_are_put_together_have_bounds() {
    let specification = spec("[{'$1',[],[{{'$1','$1',{{'$1'}}}}]}]");
    let object = term(&format!("[{}1]", "x,".repeat(100)));
    let run = |options: RunOptions| specification.select(object.as_ref(), &options).map(drop);
    let options = RunOptions::default();
    assert_eq!(run(options.clone()), Ok(()));
    let bytes_max = 3 * 202 * 8;
    assert_eq!(
        run(options.clone().with_bytes_max(bytes_max)),
        Err(RunError::TooManyBytes { bytes_max })
    );
    assert_eq!(
        run(options.with_steps_max(500)),
        Err(RunError::OutOfSteps { steps_max: 500 })
    );
}

#[test]
fn a_refused_object_costs_what_was_looked_at() {
    let clauses: Vec<_> = (0..100)
        .map(|arity| format!("{{{{x,{arity}}},[],[1]}}"))
        .collect();
    let specification = spec(&format!("[{}]", clauses.join(",")));
    let object = term("{y,1}");
    let run = |steps| {
        let options = RunOptions::default().with_steps_max(steps);
        specification.select(object.as_ref(), &options).map(drop)
    };
    // The tuple and two elements, for each clause.
    assert_eq!(run(300), Ok(()));
    assert_eq!(run(299), Err(RunError::OutOfSteps { steps_max: 299 }));
}

#[test]
fn a_specification_that_names_all_variables_often_stays_small() {
    const VARIABLES: usize = 20_000;
    let head: Vec<_> = (1..=VARIABLES)
        .map(|number| format!("'${number}'"))
        .collect();
    let body = vec!["'$$'"; VARIABLES].join(",");
    let specification = spec(&format!("[{{{{{}}},[],[[{body}]]}}]", head.join(",")));
    let object = term(&format!("{{{}1}}", "1,".repeat(VARIABLES - 1)));
    let bytes_max = 1 << 20;
    let options = RunOptions::default().with_bytes_max(bytes_max);
    let run = specification.select(object.as_ref(), &options).map(drop);
    assert_eq!(run, Err(RunError::TooManyBytes { bytes_max }));
}
