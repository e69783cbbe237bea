//! What is particular about the language, one by one.

use super::{refused, spec, term};
use crate::matchspec::{
    MatchSpec, RunError, RunOptions, Selected, SpecError, SpecPart, SpecPlace, TestError,
    match_spec_run, test_ms,
};
use crate::term::{Pid, Term, ToTerm};

/// The result of a specification for an object, in text; "none" where no clause matches.
fn result(specification: &str, object: &str) -> String {
    let result = spec(specification).run(term(object).as_ref());
    let result = result.expect("within the limits");
    result.map_or_else(|| "none".to_owned(), |term| term.to_string())
}

/// The value of an expression in a body, for the object `{a,2}`.
fn value(expression: &str) -> String {
    result(&format!("[{{{{'$1','$2'}},[],[{expression}]}}]"), "{a,2}")
}

/// Whether a head matches an object.
fn matches(head: &str, object: &str) -> bool {
    result(&format!("[{{{head},[],[yes]}}]"), object) == "yes"
}

#[test]
fn equality_in_heads_is_exact() {
    assert!(matches("{1}", "{1}") && !matches("{1}", "{1.0}"));
    assert!(matches("{0.0}", "{0.0}") && !matches("{0.0}", "{-0.0}"));
    assert!(!matches("{'$1','$1'}", "{0.0,-0.0}") && !matches("{'$1','$1'}", "{1,1.0}"));
    assert!(matches("{'$1','$1'}", "{{a,[b]},{a,[b]}}"));
    assert!(matches("{\"ab\",<<\"x\">>}", "{\"ab\",<<\"x\">>}"));
}

#[test]
fn some_atoms_are_no_variables() {
    for atom in [
        "'$01'", "'$a'", "'$'", "'$_'", "'$$'", "'$-1'", "'$+1'", "'$1x'",
    ] {
        assert!(!matches(&format!("{{{atom}}}"), "{x}"), "{atom}");
        assert!(
            matches(&format!("{{{atom}}}"), &format!("{{{atom}}}")),
            "{atom}"
        );
    }
    assert!(matches("{'$0','$4294967295'}", "{x,y}"));
    assert!(matches!(
        refused("[{{'$4294967296'},[],[x]}]"),
        SpecError::VariableTooLarge { .. }
    ));
}

#[test]
fn heads_of_maps_match_larger_maps() {
    assert!(matches("{#{}}", "{#{a => 1}}") && !matches("{#{}}", "{a}"));
    assert!(matches("{#{a => '_'}}", "{#{a => 1, b => 2}}"));
    assert!(!matches("{#{a => 1}}", "{#{a => 2}}") && !matches("{#{c => '_'}}", "{#{a => 2}}"));
    assert!(
        matches("{#{{x,'$1'} => 1}}", "{#{{x,'$1'} => 1}}"),
        "nested in keys are literals"
    );
    assert_eq!(
        result(
            "[{#{a => '$2', b => #{c => ['$1'|'_']}},[],['$$']}]",
            "#{a => 1, b => #{c => [2,3]}}"
        ),
        "[2,1]"
    );
    let error = refused("[{{#{'$1' => a}},[],[x]}]");
    let at = SpecPlace {
        clause: 1,
        part: SpecPart::Head,
    };
    assert_eq!(
        error,
        SpecError::VariableInMapKey {
            at,
            variable: term("'$1'")
        }
    );
    assert!(matches!(
        refused("[{{#{'_' => a}},[],[x]}]"),
        SpecError::VariableInMapKey { .. }
    ));
}

#[test]
fn a_head_may_be_any_term() {
    assert_eq!(result("[{'$1',[],['$1']}]", "foo"), "foo");
    assert_eq!(result("[{'_',[],['$$']}]", "foo"), "[]");
    assert!(!matches("foo", "{foo}"));
    assert!(!matches("{'_','_'}", "{a,b,c}"));
    assert!(matches("{}", "{}"));
}

#[test]
fn tuples_are_spelled_in_three_ways() {
    assert_eq!(value("{{'$2','$1'}}"), "{2,a}");
    assert_eq!(value("{{}}"), "{}");
    assert_eq!(value("{const,{'$1','$_'}}"), "{'$1','$_'}");
    assert_eq!(value("{element,2,'$_'}"), "2");
    for wrong in [
        "{}",
        "{a,b}",
        "{{a},b}",
        "{1,2}",
        "{const}",
        "{const,1,2}",
        "{'and'}",
        "{self,1}",
    ] {
        refused(&format!("[{{'_',[],[{wrong}]}}]"));
    }
}

#[test]
fn lists_and_maps_are_constructed() {
    assert_eq!(value("['$1',x|'$2']"), "[a,x|2]");
    assert_eq!(value("#{'$1' => {'+','$2',1}}"), "#{a => 3}");
    assert_eq!(value("\"text\""), "\"text\"");
    assert_eq!(value("'_'"), "'_'");
}

#[test]
fn variables_are_listed_by_number() {
    assert_eq!(
        result("[{{'$10','$2','_','$1'},[],['$$']}]", "{a,b,c,d}"),
        "[d,b,a]"
    );
    assert_eq!(result("[{{'$2','$2'},[],['$$']}]", "{a,a}"), "[a]");
}

#[test]
fn failures_become_exit_in_bodies() {
    assert_eq!(value("{{'$1',{'div','$2',0}}}"), "{a,'EXIT'}");
    assert_eq!(value("{'+',{'div','$2',0},1}"), "'EXIT'");
    assert_eq!(value("{is_atom,{'div','$2',0}}"), "true");
    assert_eq!(value("{'and',{'<',1,2},x}"), "'EXIT'");
    assert_eq!(value("{'andalso',x,{'<',1,2}}"), "'EXIT'");
    assert_eq!(value("{self}"), "'EXIT'");
}

#[test]
fn failures_make_guards_false() {
    for guard in [
        "{'div','$2',0}",
        "{'and',true,1}",
        "{'not',1}",
        "{'<',{hd,'$1'},1}",
        "1",
        "x",
    ] {
        let text = format!("[{{{{'$1','$2'}},[{guard}],[first]}},{{'_',[],[second]}}]");
        assert_eq!(result(&text, "{a,2}"), "second", "{guard}");
    }
}

#[test]
fn booleans_are_strict_or_short() {
    assert_eq!(value("{'andalso',true,1}"), "1");
    assert_eq!(value("{'andthen',false,1}"), "false");
    assert_eq!(value("{'andalso',false,{'div',1,0}}"), "false");
    assert_eq!(value("{'orelse',true,{'div',1,0}}"), "true");
    assert_eq!(value("{'orelse',false,false,x}"), "x");
    assert_eq!(value("{'or',true,1}"), "'EXIT'");
    assert_eq!(value("{'or',false}"), "false");
    assert_eq!(value("{{ {'andalso',true,1}, 2 }}"), "{1,2}");
}

#[test]
fn integers_have_any_size() {
    assert_eq!(value("{'bsl',1,100}"), "1267650600228229401496703205376");
    assert_eq!(value("{'bsr',{'bsl',-1,100},99}"), "-2");
    assert_eq!(value("{'bsr',-1,1000000000000}"), "-1");
    assert_eq!(value("{'bsl',0,1000000000000}"), "0");
    assert_eq!(value("{'bsl',1,4194304}"), "'EXIT'");
    assert_eq!(value("{'bsl',1,{'bsl',1,100}}"), "'EXIT'");
    assert_eq!(value("{'bsl',1,{'-',{'bsl',1,100}}}"), "0");
    assert_eq!(
        value("{'*',1152921504606846975,1152921504606846975}"),
        "1329227995784915870597964051066650625"
    );
    assert_eq!(value("{'rem',-7,2}"), "-1");
    assert_eq!(value("{'div',-7,2}"), "-3");
    assert_eq!(value("{'-',-1152921504606846976}"), "1152921504606846976");
    assert_eq!(value("{trunc,1.0e30}"), "1000000000000000019884624838656");
    assert_eq!(
        value("{'bnot',18446744073709551616}"),
        "-18446744073709551617"
    );
}

#[test]
fn floats_are_finite() {
    assert_eq!(value("{'*',1.0e300,1.0e300}"), "'EXIT'");
    assert_eq!(value("{'/',7,2}"), "3.5");
    assert_eq!(value("{'/',1,0.0}"), "'EXIT'");
    assert_eq!(value("{float,{'bsl',1,2000}}"), "'EXIT'");
    assert_eq!(value("{round,-2.5}"), "-3");
    assert_eq!(value("{ceil,-2.5}"), "-2");
    assert_eq!(value("{floor,-2.5}"), "-3");
}

#[test]
fn records_and_parts_of_binaries() {
    assert_eq!(value("{is_record,'$_',a,2}"), "true");
    assert_eq!(value("{is_record,'$_',a,3}"), "false");
    assert_eq!(value("{is_record,'$_',1,2}"), "'EXIT'");
    assert_eq!(value("{binary_part,<<\"abcd\">>,1,2}"), "<<\"bc\">>");
    assert_eq!(
        value("{binary_part,<<\"abcd\">>,{const,{4,-2}}}"),
        "<<\"cd\">>"
    );
    assert_eq!(value("{binary_part,<<\"abcd\">>,3,2}"), "'EXIT'");
    assert_eq!(value("{is_function,'$1',2}"), "false");
    assert_eq!(value("{node}"), "nonode@nohost");
}

#[test]
fn errors_say_where() {
    let at = |clause, part| SpecPlace { clause, part };
    assert_eq!(
        refused("[{'_',[],[x]},{{'$1'},[true,{'<','$2',1}],[x]}]"),
        SpecError::Unbound {
            at: at(2, SpecPart::Guard(2)),
            variable: 2
        }
    );
    assert_eq!(
        refused("[{'_',[],[x,{member,a,[b]}]}]"),
        SpecError::NoSuchFunction {
            at: at(1, SpecPart::Body(2)),
            function: term("member"),
            arguments: 2
        }
    );
    assert_eq!(
        refused("[{'_',[],[{message,x}]}]").to_string(),
        "clause 1, body expression 1: message is for tracing only"
    );
    assert_eq!(refused("[{'_',[],[]}]"), SpecError::NoBody { clause: 1 });
    assert_eq!(refused("[{'_',[],x}]"), SpecError::NoBody { clause: 1 });
    assert_eq!(
        refused("[{'_',x,[x]}]"),
        SpecError::GuardsNotAList { clause: 1 }
    );
    assert_eq!(refused("[{'_',[]}]"), SpecError::NotAClause { clause: 1 });
    assert_eq!(refused("[{'_',[],[x]}|x]"), SpecError::ImproperList);
    assert!(matches!(refused("x"), SpecError::NotAList { .. }));
    assert!(matches!(refused("["), SpecError::Parse(_)));
}

#[test]
fn expressions_before_the_last_are_checked_but_have_no_effect() {
    assert_eq!(value("{'div',1,0},'$1'"), "a");
    refused("[{'_',[],['$1',x]}]");
}

#[test]
fn runs_are_bounded() {
    let spec = spec("[{{'$1'},[],[{{'$1','$1','$1','$1'}}]}]");
    let text = "x".repeat(1_000).to_term().expect("a binary");
    let object = Term::tuple([text]).expect("a tuple");
    let run = |options: RunOptions| spec.select(object.as_ref(), &options).err();
    assert_eq!(run(RunOptions::default()), None);
    assert_eq!(
        run(RunOptions::default().with_steps_max(400)),
        Some(RunError::OutOfSteps { steps_max: 400 })
    );
    assert_eq!(
        run(RunOptions::default().with_bytes_max(2_000)),
        Some(RunError::TooManyBytes { bytes_max: 2_000 })
    );
}

#[test]
fn the_caller_is_who_runs_it() {
    let spec = spec("[{'_',[],[{self}]}]");
    let pid = Pid::from_raw(7);
    let options = RunOptions::default().with_caller(pid);
    let object = term("x");
    let selected = spec
        .select(object.as_ref(), &options)
        .expect("within the limits");
    let own = selected.map(|selected| selected.into_term(object.as_ref()));
    assert_eq!(own.and_then(|term| term.as_pid()), Some(pid));
}

#[test]
fn what_is_part_of_the_object_is_not_copied() {
    let options = RunOptions::default();
    let object = term("{key,{value}}");
    let kind = |text: &str| match spec(text).select(object.as_ref(), &options) {
        Ok(Some(Selected::Object)) => "object",
        Ok(Some(Selected::Part(_))) => "part",
        Ok(Some(Selected::Made(_))) => "made",
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("[{'_',[],['$_']}]"), "object");
    assert_eq!(kind("[{'$1',[],['$1']}]"), "object");
    assert_eq!(kind("[{{'_','$1'},[],['$1']}]"), "part");
    assert_eq!(kind("[{'_',[],[{element,2,'$_'}]}]"), "part");
    assert_eq!(kind("[{'_',[],[x]}]"), "made");
}

#[test]
fn lists_of_objects_may_hold_anything() {
    let spec = spec("[{{'$1','_'},[],['$1']},{x,[],[y]}]");
    let run = |list: &str| match_spec_run(&term(list), &spec);
    assert_eq!(run("[{a,1},b,{c,2},x]"), Ok(term("[a,c,y]")));
    assert_eq!(run("[]"), Ok(Term::NIL));
    assert_eq!(run("[{a,1}|b]"), Err(RunError::NotAList));
    assert_eq!(run("{a,1}"), Err(RunError::NotAList));
}

#[test]
fn trying_out_says_false_where_nothing_matches() {
    let specification = term("[{{'$1'},[],['$1']}]");
    assert_eq!(test_ms(&term("{a}"), &specification), Ok(term("a")));
    assert_eq!(test_ms(&term("a"), &specification), Ok(term("false")));
    let wrong = test_ms(&term("a"), &term("[a]"));
    assert_eq!(
        wrong,
        Err(TestError::Spec(SpecError::NotAClause { clause: 1 }))
    );
}

#[test]
fn patterns_are_specifications() {
    let pattern = term("{'$1',{'_','$2'}}");
    let object = term("{a,{b,c}}");
    let run = |spec: Result<MatchSpec, SpecError>| spec.expect("a pattern").run(object.as_ref());
    assert_eq!(
        run(MatchSpec::for_match(pattern.as_ref())),
        Ok(Some(term("[a,c]")))
    );
    assert_eq!(
        run(MatchSpec::for_match_object(pattern.as_ref())),
        Ok(Some(object.clone()))
    );
    assert_eq!(
        run(MatchSpec::for_match_delete(pattern.as_ref())),
        Ok(Some(term("true")))
    );
    assert!(MatchSpec::for_match(term("#{'_' => 1}").as_ref()).is_err());
}
