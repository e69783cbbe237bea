//! Specifications written with `match_spec!`, held against the same ones in Erlang's text.

use super::{spec, term};
use crate::matchspec::{MatchSpec, SpecError, SpecPart, SpecPlace};
use crate::term::{Term, TermError};
use crate::{match_spec, term as made};

/// Checks that the macro has made what the text says.
#[track_caller]
fn same(written: Result<MatchSpec, SpecError>, text: &str) {
    let written = written.expect("a specification");
    let expected = spec(text);
    assert!(
        written.as_term().exact_eq(expected.as_term()),
        "made {written}, not {expected}"
    );
}

/// Checks the body of a clause `|{a, b}| => body`.
#[track_caller]
fn same_body(written: Result<MatchSpec, SpecError>, body: &str) {
    same(written, &format!("[{{{{'$1','$2'}},[],[{body}]}}]"));
}

/// Checks what bodies make that use the names, which they could not if the head's were not theirs.
macro_rules! bodies {
    ($a:ident $b:ident; $($text:literal: {$($body:tt)+})+) => {
        $(same_body(match_spec!(|{$a, $b}| => $($body)+), $text);)+
    };
}

#[test]
fn names_are_numbered_as_the_head_has_them() {
    same(
        match_spec!(|{x, {y, [z | t]}, x}| => [t, z, y, x]),
        "[{{'$1',{'$2',['$3'|'$4']},'$1'},[],[['$4','$3','$2','$1']]}]",
    );
    same(match_spec!(|x| => x), "[{'$1',[],['$1']}]");
    same(match_spec!(|_| => 1), "[{'_',[],[1]}]");
    same(
        match_spec!(|{r#type, atom("atom")}| => r#type),
        "[{{'$1',atom},[],['$1']}]",
    );
}

#[test]
fn heads_have_every_form_of_a_pattern() {
    same(
        match_spec!(|{'user, 'r#type, atom("odd atom"), true, 1, -1, -1.5, 'c', "s", b"\x00"}| => 1),
        r#"[{{user,type,'odd atom',true,1,-1,-1.5,99,<<"s">>,<<0>>},[],[1]}]"#,
    );
    same(
        match_spec!(|{{}, [], #{}, [_], [a, -1,], [a, {b} | -1], [_, const(1 + 1) | t],}| => 1),
        "[{{{},[],#{},['_'],['$1',-1],['$1',{'$2'}|-1],['_',2|'$3']},[],[1]}]",
    );
    same(
        match_spec!(|#{'k => v, {1, [-2]} => {v, _}, #{1 => -2} => #{1 => w}, const("s") => _,}| => v),
        r#"[{#{k => '$1', {1,[-2]} => {'$1','_'}, #{1 => -2} => #{1 => '$2'}, <<"s">> => '_'},[],['$1']}]"#,
    );
    same(match_spec!(|-1| => 1), "[{-1,[],[1]}]");
    same(match_spec!(|const([1.5])| => 1), "[{[1.5],[],[1]}]");
    same(match_spec!(|'a| => 1), "[{a,[],[1]}]");
}

#[test]
fn bodies_have_every_form_of_a_value() {
    bodies! { a b;
        "'$2'": {b}
        "'$_'": {object()}
        "'$$'": {bindings()}
        "done": {'done}
        "'_'": {'_}
        "'odd atom'": {atom("odd atom")}
        "{const,'$1'}": {atom("$1")}
        "false": {false}
        "-1": {-1}
        "<<\"text\">>": {"text"}
        "{{}}": {{}}
        "{{'$1'}}": {{a}}
        "{{'$1',{{1,-2}}}}": {{a, {1, -2},}}
        "[]": {[]}
        "['$1',{{'$2'}},-1]": {[a, {b}, -1]}
        "['$1',-1|'$2']": {[a, -1 | b]}
        "#{}": {#{}}
        "#{'$1' => {'+','$2',1}, {{k}} => #{1 => [2]}}": {#{a => b + 1, {'k} => #{1 => [2]},}}
    }
}

#[test]
fn every_operator_stands_for_its_function() {
    bodies! { a b;
        "{'orelse','$1','$2'}": {a || b}
        "{'andalso','$1','$2'}": {a && b}
        "{'==','$1','$2'}": {a == b}
        "{'/=','$1','$2'}": {a != b}
        "{'=:=','$1','$2'}": {a =:= b}
        "{'=/=','$1','$2'}": {a =/= b}
        "{'<','$1','$2'}": {a < b}
        "{'=<','$1','$2'}": {a <= b}
        "{'>','$1','$2'}": {a > b}
        "{'>=','$1','$2'}": {a >= b}
        "{'+','$1','$2'}": {a + b}
        "{'-','$1','$2'}": {a - b}
        "{'*','$1','$2'}": {a * b}
        "{'/','$1','$2'}": {a / b}
        "{'rem','$1','$2'}": {a % b}
        "{'not','$1'}": {!a}
        "{'-','$1'}": {-a}
        "{'+','$1'}": {+a}
    }
}

#[test]
fn every_function_can_be_called() {
    bodies! { a b;
        "[{is_atom,'$1'},{is_binary,'$1'},{is_bitstring,'$1'},{is_boolean,'$1'},{is_float,'$1'}]":
            {[is_atom(a), is_binary(a), is_bitstring(a), is_boolean(a), is_float(a)]}
        "[{is_function,'$1'},{is_function,'$1',2},{is_integer,'$1'},{is_list,'$1'},{is_map,'$1'}]":
            {[is_function(a), is_function(a, 2), is_integer(a), is_list(a), is_map(a)]}
        "[{is_map_key,'$1','$2'},{is_number,'$1'},{is_pid,'$1'},{is_port,'$1'}]":
            {[is_map_key(a, b), is_number(a), is_pid(a), is_port(a)]}
        "[{is_record,'$1',user,3},{is_reference,'$1'},{is_tuple,'$1'}]":
            {[is_record(a, 'user, 3), is_reference(a), is_tuple(a)]}
        "[{abs,'$1'},{binary_part,'$1',{{0,1}}},{binary_part,'$1',0,1},{bit_size,'$1'}]":
            {[abs(a), binary_part(a, {0, 1}), binary_part(a, 0, 1), bit_size(a)]}
        "[{byte_size,'$1'},{ceil,'$1'},{element,1,'$1'},{float,'$1'},{floor,'$1'},{hd,'$1'}]":
            {[byte_size(a), ceil(a), element(1, a), float(a), floor(a), hd(a)]}
        "[{length,'$1'},{map_get,'$1','$2'},{map_size,'$1'},{max,'$1','$2'},{min,'$1','$2'}]":
            {[length(a), map_get(a, b), map_size(a), max(a, b), min(a, b)]}
        "[{node},{node,'$1'},{round,'$1'},{self},{size,'$1'},{tl,'$1'},{trunc,'$1'}]":
            {[node(), node(a), round(a), self(), size(a), tl(a), trunc(a)]}
        "[{tuple_size,'$1'},{'and','$1','$2',true},{'or','$1','$2'},{'xor','$1','$2'}]":
            {[tuple_size(a), and(a, b, true), or(a, b), xor(a, b)]}
        "[{'not','$1'},{'andalso','$1','$2',true},{'andthen','$1'},{'orelse','$1','$2'}]":
            {[not(a), andalso(a, b, true), andthen(a), orelse(a, b)]}
        "[{'div','$1','$2'},{'rem','$1','$2'},{'band','$1','$2'},{'bor','$1','$2'}]":
            {[div(a, b), rem(a, b), band(a, b), bor(a, b)]}
        "[{'bxor','$1','$2'},{'bnot','$1'},{'bsl','$1','$2'},{'bsr','$1','$2'}]":
            {[bxor(a, b), bnot(a), bsl(a, b), bsr(a, b)]}
        "{element,{'+',1,{hd,['$1'|'$2']}},{{'$_','$$'}}}":
            {element(1 + hd([a | b]), {object(), bindings()},)}
    }
}

#[test]
fn operators_bind_as_in_rust() {
    bodies! { a b;
        "{'+','$1',{'*','$2',3}}": {a + b * 3}
        "{'+',{'*','$1','$2'},3}": {a * b + 3}
        "{'-',{'-','$1','$2'},3}": {a - b - 3}
        "{'/',{'rem',{'*','$1','$2'},3},4}": {a * b % 3 / 4}
        "{'*',{'+','$1','$2'},3}": {(a + b) * 3}
        "{'-','$1',{'-','$2',3}}": {a - (b - 3)}
        "{'-','$1',-3}": {a - -3}
        "{'-','$1',1}": {a -1}
        "{'-',{'-','$1'},{'-',{'-','$2'}}}": {-a - --b}
        "{'-',-1}": {--1}
        "{'*',{'-','$1'},{'not','$2'}}": {-a * !b}
        "{'-',{'*','$1','$2'}}": {-(a * b)}
        "{'not',{'not','$1'}}": {!!a}
        "{'not',{'-','$1'}}": {!-a}
        "{'==',{'not','$1'},'$2'}": {!a == b}
        "{'<',{'+','$1',1},{'*','$2',2}}": {a + 1 < b * 2}
        "{'==',{'<','$1','$2'},true}": {(a < b) == true}
        "{'==',true,{'<','$1','$2'}}": {true == (a < b)}
        "{'orelse','$1',{'andalso','$2',{'<',1,2}}}": {a || b && 1 < 2}
        "{'orelse',{'andalso',{'<','$1',1},'$2'},{'>','$1',2}}": {a < 1 && b || a > 2}
        "{'andalso',{'andalso',{'==','$1',1},{'=:=','$2',2}},{'/=','$1','$2'}}":
            {a == 1 && b =:= 2 && a != b}
        "{'orelse',{'orelse','$1','$2'},true}": {a || b || true}
        "{{{'+','$1',1},[{'-','$2',1},{'*',2,3}|{'+',4,5}]}}": {{a + 1, [b - 1, 2 * 3 | 4 + 5]}}
        "{'+',1,{'*',{abs,{'-','$1','$2'}},2}}": {1 + abs(a - b) * 2}
        "#{{'+','$1',1} => {'<','$2',2}, 3 => {'<',4,5}}": {#{a + 1 => b < 2, 3 => 4 < 5}}
    }
}

#[test]
fn a_guard_stands_between_head_and_body() {
    same(
        match_spec!(|{{user, id}, score, _}| if score > 3 && is_atom(id) => {id, score + 1, user}),
        "[{{{'$1','$2'},'$3','_'},[{'andalso',{'>','$3',3},{is_atom,'$2'}}],
           [{{'$2',{'+','$3',1},'$1'}}]}]",
    );
    #[rustfmt::skip]
    same(match_spec!(|x|=>x; |#{}|=>-1), "[{'$1',[],['$1']},{#{},[],[-1]}]");
    same(match_spec!(|x| if true => x), "[{'$1',[true],['$1']}]");
    same(
        match_spec!(|x| if (x < 1) => -1),
        "[{'$1',[{'<','$1',1}],[-1]}]",
    );
}

#[test]
fn clauses_are_separated_by_semicolons() {
    same(
        match_spec! {
            |{'a, x}| => x ;
            |{'b, x, _}| if x < 3 => [x, object()] ;
            |_| => #{}
        },
        "[{{a,'$1'},[],['$1']},{{b,'$1','_'},[{'<','$1',3}],[['$1','$_']]},{'_',[],[#{}]}]",
    );
    same(match_spec!(|1| => 1;), "[{1,[],[1]}]");
    // Clauses of 5 to 9 tokens: the ends are looked for four tokens at a time.
    same(
        match_spec! {
            |1| => 1; |-1| => 1; |1| => 1 + 1; |-1| => 1 + 1; |-1| => -1 + 1; |1| => 1;
        },
        "[{1,[],[1]},{-1,[],[1]},{1,[],[{'+',1,1}]},{-1,[],[{'+',1,1}]},{-1,[],[{'+',-1,1}]},
          {1,[],[1]}]",
    );
}

#[test]
fn rust_values_are_constants() {
    let (minimum, name, list) = (7, String::from("Ann"), vec![1i64, 2]);
    const MAXIMUM: u64 = 9;
    same(
        match_spec!(|{x, const(minimum + 1)}| if x > minimum && x < MAXIMUM => {name, const(&list)}),
        "[{{'$1',8},[{'andalso',{'>','$1',{const,7}},{'<','$1',{const,9}}}],
           [{{{const,<<\"Ann\">>},{const,[1,2]}}}]}]",
    );
    same_body(
        match_spec!(|{a, b}| => [const(made!({atom("$1"), _})), const(name.len()) | const(a_pair())]),
        "[{const,{'$1','_'}},{const,3}|{const,{1,2}}]",
    );
    assert_eq!(name, "Ann", "values are borrowed only");
}

fn a_pair() -> (u8, u8) {
    (1, 2)
}

#[test]
fn names_end_with_their_clause() {
    let x = 5;
    same(
        match_spec! { |{x, 1}| => x; |{y, 2}| if y > x => x },
        "[{{'$1',1},[],['$1']},{{'$1',2},[{'>','$1',{const,5}}],[{const,5}]}]",
    );
}

#[test]
fn names_are_hygienic() {
    macro_rules! swapped_with_key {
        ($name:ident) => {
            match_spec!(|{key, $name}| => {$name, key})
        };
    }
    same(swapped_with_key!(key), "[{{'$1','$2'},[],[{{'$2','$1'}}]}]");
    // The macro's own names are no one else's.
    let builder = 3;
    same(
        match_spec!(|x| => {x, builder}),
        "[{'$1',[],[{{'$1',{const,3}}}]}]",
    );
    same(match_spec!(|builder| => builder), "[{'$1',[],['$1']}]");
}

#[test]
fn parts_stand_in_the_callers_function() -> Result<(), std::num::ParseIntError> {
    same(
        match_spec!(|_| => const("17".parse::<i64>()?)),
        "[{'_',[],[{const,17}]}]",
    );
    Ok(())
}

/// The place of a head.
fn head_of(clause: usize) -> SpecPlace {
    SpecPlace {
        clause,
        part: SpecPart::Head,
    }
}

#[test]
fn what_cannot_be_is_an_error() {
    let no_function = match_spec!(|x| if is_small(x, 1) => x);
    assert!(matches!(
        no_function,
        Err(SpecError::NoSuchFunction { function, arguments: 2, .. }) if function == term("is_small")
    ));
    let not_finite = match_spec!(|x| if x < const(f64::INFINITY) => {x, const(f64::NAN)});
    assert_eq!(
        not_finite.err(),
        Some(SpecError::Term(TermError::NotFinite {
            value: f64::INFINITY
        }))
    );
    let too_long = match_spec!(|{const(f64::NAN), x}| => atom(&"a".repeat(256)));
    assert!(matches!(
        too_long,
        Err(SpecError::Term(TermError::NotFinite { .. }))
    ));
    let too_long = match_spec!(|atom(&"a".repeat(256))| => 1);
    assert!(matches!(too_long, Err(SpecError::Term(TermError::Atom(_)))));
    assert_eq!(
        match_spec!(|x| => #{x => 1, x => 2}).err(),
        Some(SpecError::Term(TermError::DuplicateKey))
    );
}

#[test]
fn values_in_heads_are_no_patterns() {
    let refused = |at, variable: &str| {
        let variable = term(variable);
        Some(SpecError::VariableInValue { at, variable })
    };
    let from_outside = [(1, made!(atom("$1"))), (2, made!(_))];
    assert_eq!(
        match_spec!(|_| => 1; |{x, const(from_outside)}| => x).err(),
        refused(head_of(2), "'$1'")
    );
    assert_eq!(
        match_spec!(|{atom("_")}| => 1).err(),
        refused(head_of(1), "'_'")
    );
    assert_eq!(match_spec!(|'_| => 1).err(), refused(head_of(1), "'_'"));
    assert_eq!(
        match_spec!(|#{atom("$7") => _}| => 1).err(),
        refused(head_of(1), "'$7'")
    );
    let harmless: Term = term("{'$x',['$_'|'$$']}");
    same(
        match_spec!(|const(harmless)| => 1),
        "[{{'$x',['$_'|'$$']},[],[1]}]",
    );
}
