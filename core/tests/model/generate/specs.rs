//! Random patterns and match specifications, made so that they match some of the objects and know
//! something of their keys: all of it, a part, or a bound.

use super::super::call::Query;
use super::super::text;
use super::super::value::Value;
use super::values::{key, value};
use super::{KeyShape, key_shape};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// The variables of heads.
const VARIABLES: [&str; 4] = ["$1", "$2", "$3", "$10"];

fn variable() -> impl Strategy<Value = Value> {
    select(&VARIABLES[..]).prop_map(Value::atom)
}

fn anything() -> Value {
    Value::atom("_")
}

fn constant(value: Value) -> Value {
    Value::tuple([Value::atom("const"), value])
}

fn call(name: &str, arguments: impl IntoIterator<Item = Value>) -> Value {
    Value::tuple(std::iter::once(Value::atom(name)).chain(arguments))
}

/// One of some values, in Erlang's syntax.
fn one_of(texts: &'static [&str]) -> impl Strategy<Value = Value> {
    select(texts).prop_map(|text| text::parse(&format!("{text}.")))
}

/// The key in a head.
fn key_pattern() -> impl Strategy<Value = Value> {
    let partial = one_of(&[
        "{u,'_'}",
        "{u,'$1'}",
        "{u,'$3','_'}",
        "{u,1,'$1'}",
        "{'$1',1}",
        "{'$1','$2'}",
        "{u,{'$1','_'}}",
        "{u,#{}}",
        "[1|'$3']",
        "[1,'$1']",
        "['$1'|'_']",
        "#{}",
        "#{1 => '$1'}",
    ]);
    prop_oneof![
        16 => Just(Value::atom("$1")),
        3 => Just(anything()),
        1 => Just(Value::atom("$2")),
        6 => key(),
        5 => partial,
    ]
}

/// An element in a head; `own` is a variable that is seldom anywhere else.
fn element_pattern(own: &'static str) -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => Just(anything()),
        6 => Just(Value::atom(own)),
        1 => variable(),
        1 => (0..4i64).prop_map(Value::integer),
        1 => value(),
    ]
}

/// What comes behind the key in a head.
fn elements_after() -> impl Strategy<Value = Vec<Value>> {
    let elements = VARIABLES[1..].iter().map(|own| element_pattern(own));
    (elements.collect::<Vec<_>>(), 0..=3usize).prop_map(|(mut elements, length)| {
        elements.truncate(length);
        elements
    })
}

fn tuple(
    before: impl Strategy<Value = Vec<Value>>,
    key: impl Strategy<Value = Value>,
    after: impl Strategy<Value = Vec<Value>>,
) -> impl Strategy<Value = Value> {
    (before, key, after).prop_map(|(mut elements, key, after)| {
        elements.push(key);
        elements.extend(after);
        Value::Tuple(elements)
    })
}

fn head(key_position: usize) -> impl Strategy<Value = Value> {
    let before = vec(element_pattern("_"), key_position - 1);
    let usual = tuple(before, key_pattern(), elements_after());
    let odd = one_of(&["foo", "{}", "{'$1'}", "['_'|'_']", "#{}"]);
    prop_oneof![
        20 => usual,
        4 => select(&["_", "$1"][..]).prop_map(Value::atom),
        1 => odd,
    ]
}

/// A pattern of `match` and its like; now and then what is none.
pub fn pattern(key_position: usize) -> impl Strategy<Value = Value> {
    let bad = one_of(&["#{'$1' => a}", "{'_',#{'_' => 1}}"]);
    prop_oneof![30 => head(key_position), 1 => bad]
}

fn variables_of(pattern: &Value, found: &mut BTreeSet<&'static str>) {
    let each = |parts: &[Value], found: &mut BTreeSet<&'static str>| {
        parts.iter().for_each(|part| variables_of(part, found));
    };
    match pattern {
        Value::Atom(text) => found.extend(VARIABLES.iter().find(|variable| *variable == text)),
        Value::Tuple(elements) => each(elements, found),
        Value::List(elements, tail) => {
            each(elements, found);
            tail.iter().for_each(|tail| variables_of(tail, found));
        }
        Value::Map(entries) => entries.values().for_each(|part| variables_of(part, found)),
        _ => {}
    }
}

/// The expression with variables of the head in the place of those that the head does not bind.
fn bound_by(head: &Value, expression: &Value) -> Value {
    let mut bound = BTreeSet::new();
    variables_of(head, &mut bound);
    let bound: Vec<&str> = bound.into_iter().collect();
    bound_to(&bound, expression)
}

fn bound_to(bound: &[&str], expression: &Value) -> Value {
    let each = |parts: &[Value]| parts.iter().map(|part| bound_to(bound, part)).collect();
    match expression {
        Value::Atom(text) if VARIABLES.contains(&text.as_str()) => {
            match (bound.contains(&text.as_str()), bound) {
                (false, []) => Value::integer(1),
                (false, bound) => Value::atom(bound[text.len() % bound.len()]),
                (true, _) => expression.clone(),
            }
        }
        Value::Tuple(parts) if parts.first() == Some(&Value::atom("const")) => expression.clone(),
        Value::Tuple(parts) => Value::Tuple(each(parts)),
        Value::List(parts, tail) => {
            let tail = tail.as_ref().map(|tail| Box::new(bound_to(bound, tail)));
            Value::List(each(parts), tail)
        }
        Value::Map(entries) => {
            let entry = |(key, value)| (bound_to(bound, key), bound_to(bound, value));
            Value::Map(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

/// A part of a guard or a body.
fn operand() -> impl Strategy<Value = Value> {
    let computed = one_of(&[
        "'$_'",
        "'$$'",
        "{'+','$2',1}",
        "{'-','$1'}",
        "{'-','$2','$3'}",
        "{'*','$2','$2'}",
        "{'/','$2','$3'}",
        "{'div','$2',2}",
        "{'rem','$2',3}",
        "{'band','$2',3}",
        "{'bor','$2',8}",
        "{'bxor','$2','$3'}",
        "{'bnot','$2'}",
        "{'bsl','$2',2}",
        "{'bsr','$2',1}",
        "{abs,'$2'}",
        "{round,'$2'}",
        "{trunc,'$1'}",
        "{float,'$2'}",
        "{max,'$1','$2'}",
        "{min,'$1',2}",
        "{element,1,'$_'}",
        "{element,2,'$1'}",
        "{tuple_size,'$_'}",
        "{size,'$1'}",
        "{byte_size,'$1'}",
        "{binary_part,'$1',0,1}",
        "{hd,'$1'}",
        "{tl,'$1'}",
        "{length,'$1'}",
        "{map_get,1,'$1'}",
        "{map_size,'$1'}",
        "{{'$1',x}}",
        "['$1','$2'|x]",
        "#{k => '$2', '$1' => v}",
        "{const,'$1'}",
    ]);
    prop_oneof![
        6 => variable(),
        3 => key().prop_map(constant),
        3 => (0..4i64).prop_map(Value::integer),
        4 => computed,
    ]
}

fn comparison() -> impl Strategy<Value = Value> {
    let operator = select(&["<", "=<", ">", ">=", "==", "/=", "=:=", "=/="][..]);
    let of_any = (operator, operand(), operand());
    prop_oneof![
        1 => of_any.prop_map(|(operator, a, b)| call(operator, [a, b])),
        1 => bound_of_key(key()),
    ]
}

/// A comparison of the first variable, mostly the key, with a constant.
fn bound_of_key(constants: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let operator = select(&["<", "=<", ">", ">=", "==", "=:="][..]);
    (operator, constants, any::<bool>()).prop_map(|(operator, value, key_first)| {
        let [first, last] = [Value::atom("$1"), constant(value)];
        call(
            operator,
            if key_first {
                [first, last]
            } else {
                [last, first]
            },
        )
    })
}

fn guard() -> impl Strategy<Value = Value> {
    let test = one_of(&[
        "true",
        "false",
        "'$1'",
        "{is_integer,'$1'}",
        "{is_float,'$1'}",
        "{is_number,'$2'}",
        "{is_atom,'$1'}",
        "{is_binary,'$1'}",
        "{is_list,'$1'}",
        "{is_tuple,'$1'}",
        "{is_map,'$1'}",
        "{is_map_key,1,'$1'}",
        "{is_record,'$1',u,2}",
    ]);
    let operator = select(&["and", "or", "andalso", "andthen", "orelse", "xor"][..]);
    let both = (operator, comparison(), comparison());
    prop_oneof![
        10 => comparison(),
        4 => test,
        3 => both.prop_map(|(operator, a, b)| call(operator, [a, b])),
        1 => comparison().prop_map(|guard| call("not", [guard])),
    ]
}

fn guards() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![
        3 => vec(guard(), 0),
        3 => vec(guard(), 1),
        1 => vec(guard(), 2..4),
    ]
}

fn result() -> impl Strategy<Value = Value> {
    let usual = one_of(&[
        "'$_'",
        "'$$'",
        "true",
        "{{'$1','$2'}}",
        "['$2'|'$1']",
        "{{found,{{'$1',{'div','$2',0}}}}}",
    ]);
    prop_oneof![2 => usual, 1 => operand()]
}

fn clause(
    head: impl Strategy<Value = Value>,
    guards: impl Strategy<Value = Vec<Value>>,
    body: impl Strategy<Value = Vec<Value>>,
) -> impl Strategy<Value = Value> {
    // One in thirty is left to chance, and is often none.
    let by_chance = prop_oneof![29 => Just(false), 1 => Just(true)];
    (head, guards, body, by_chance).prop_map(|(head, guards, body, by_chance)| {
        let [guards, body] = [guards, body].map(|expressions| {
            let expressions = Value::Tuple(expressions);
            let bound = if by_chance {
                expressions
            } else {
                bound_by(&head, &expressions)
            };
            Value::list(bound.as_tuple().unwrap_or_default().iter().cloned())
        });
        Value::tuple([head, guards, body])
    })
}

/// A specification, mostly a good one.
pub fn specification(key_position: usize) -> impl Strategy<Value = Value> {
    let bodies = vec(result(), 1..3);
    let usual = clause(head(key_position), guards(), bodies);
    let bounds = vec(bound_of_key(key()), 1..3);
    let ranges = clause(bound_head(key_position), bounds, vec(result(), 1));
    let clause = prop_oneof![3 => usual, 1 => ranges].boxed();
    prop_oneof![
        20 => vec(clause.clone(), 1).prop_map(Value::list),
        10 => vec(clause, 2..4).prop_map(Value::list),
        2 => bad_specification(),
    ]
}

/// A head whose key is the first variable.
fn bound_head(key_position: usize) -> impl Strategy<Value = Value> {
    let before = vec(Just(anything()), key_position - 1);
    tuple(before, Just(Value::atom("$1")), elements_after())
}

fn bad_specification() -> impl Strategy<Value = Value> {
    one_of(&[
        // This one is good, and matches nothing.
        "[]",
        "x",
        "[x]",
        "[{'_',[],['$_']}|x]",
        "[{'_',[],[]}]",
        "[{'_',[],x}]",
        "[{'_',x,['$_']}]",
        "[{'_',[]}]",
        "[{{'$1'},[],['$2']}]",
        "[{'_',[],[{member,1,[1]}]}]",
        "[{'_',[],[{}]}]",
        "[{'_',[{'and'}],[true]}]",
        "[{#{'$1' => a},[],[true]}]",
    ])
}

/// A specification whose results are mostly `true`.
pub fn truth(key_position: usize) -> impl Strategy<Value = Value> {
    let body = prop_oneof![8 => Just("true"), 1 => Just("false"), 1 => Just("$_")];
    let bodies = body.prop_map(|result| vec![Value::atom(result)]);
    let clause = clause(head(key_position), guards(), bodies).boxed();
    prop_oneof![15 => vec(clause, 1..3).prop_map(Value::list), 1 => bad_specification()]
}

/// A specification for `select_replace`, of which some might change a key.
pub fn replacement(key_position: usize) -> impl Strategy<Value = Value> {
    let values = vec(operand(), 0..3);
    let parts = (head(key_position), guards(), values, 0..5usize);
    let clause = parts.prop_map(move |(head, guards, values, how)| {
        let result = replaced(&head, key_position, values, how);
        let guards = guards.iter().map(|guard| bound_by(&head, guard));
        let body = Value::list([bound_by(&head, &result)]);
        Value::tuple([head.clone(), Value::list(guards), body])
    });
    prop_oneof![
        10 => vec(clause, 1..3).prop_map(Value::list),
        1 => specification(key_position),
    ]
}

/// What an object becomes; `how` chooses the way in which its key is written.
fn replaced(head: &Value, key_position: usize, values: Vec<Value>, how: usize) -> Value {
    let element = call("element", [Value::integer(key_position), Value::atom("$_")]);
    let key = match (head.as_tuple(), how) {
        (_, 0) => return Value::atom("$_"),
        (Some(elements), 1..4) if elements.len() >= key_position => {
            rebuilt(&elements[key_position - 1])
        }
        _ => element,
    };
    let mut elements = vec![Value::integer(0); key_position - 1];
    elements.push(key);
    elements.extend(values);
    Value::tuple([Value::Tuple(elements)])
}

/// The expression that makes what a pattern has matched; for `'_'` there is none.
fn rebuilt(pattern: &Value) -> Value {
    match pattern {
        Value::Tuple(elements) => {
            Value::tuple([Value::Tuple(elements.iter().map(rebuilt).collect())])
        }
        Value::List(elements, tail) => Value::List(
            elements.iter().map(rebuilt).collect(),
            tail.as_ref().map(|tail| Box::new(rebuilt(tail))),
        ),
        other => other.clone(),
    }
}

/// A query for all objects.
pub fn wide_query() -> impl Strategy<Value = Query> {
    let everything = || one_of(&["[{'$1',[],['$_']}]", "[{'_',[],[x]}]"]);
    prop_oneof![
        2 => Just(Query::MatchObject(anything())),
        1 => Just(Query::Match(Value::atom("$1"))),
        1 => everything().prop_map(Query::Select),
        2 => everything().prop_map(Query::SelectReverse),
    ]
}

/// A query for the process that makes it.
pub fn query_about_caller() -> Query {
    Query::Select(text::parse("[{'_',[],[{{{self},'$_'}}]}]."))
}

/// A query for some of the objects of ranges of up to so many keys.
pub fn bulk_query(key_position: usize, count_max: i64) -> impl Strategy<Value = Query> {
    let head = move |key: Value| {
        let mut elements = vec![anything(); key_position - 1];
        elements.extend([key, Value::atom("$2"), anything()]);
        Value::Tuple(elements)
    };
    let part = (0..100i64).prop_map(|number| Value::tuple([Value::integer(number), anything()]));
    let guards = vec(bound_of_key(bulk_key(count_max)), 0..3);
    let heads = prop_oneof![
        2 => Just(Value::atom("$1")),
        1 => part,
        1 => bulk_key(count_max),
    ];
    let specification = (heads, guards).prop_map(move |(key, guards)| {
        let head = head(key);
        let guards = guards.iter().map(|guard| bound_by(&head, guard));
        let body = Value::list([Value::atom("$_")]);
        Value::list([Value::tuple([head.clone(), Value::list(guards), body])])
    });
    (specification, any::<bool>()).prop_map(|(specification, reverse)| {
        if reverse {
            Query::SelectReverse(specification)
        } else {
            Query::Select(specification)
        }
    })
}

/// A key of a range.
fn bulk_key(count_max: i64) -> impl Strategy<Value = Value> {
    (key_shape(), 0..count_max).prop_map(|(shape, index): (KeyShape, i64)| shape.key(index))
}
