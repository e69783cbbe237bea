//! A second interpreter: recursive, over owned terms, one function per rule of the language. It
//! shares no code with the compiled one and makes no attempt to be fast.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use crate::term::{Origin, Term, TermKind, TermRef, ToTerm};

/// An expression that fails.
#[derive(Debug)]
struct Failed;

type Answer = Result<Term, Failed>;
type Bindings = BTreeMap<u32, Term>;

fn made<T: ToTerm>(value: T) -> Term {
    value.to_term().expect("a term")
}

fn atom(text: &str) -> Term {
    Term::atom(text).expect("a short text")
}

fn name(term: &Term) -> Option<&'static str> {
    term.as_atom().map(|atom| atom.as_str())
}

fn elements(tuple: &Term) -> Option<Vec<Term>> {
    Some(tuple.elements()?.map(TermRef::to_term).collect())
}

/// The elements of a proper list.
fn list(list: &Term) -> Option<Vec<Term>> {
    list.list_length()?;
    Some(list.list_elements()?.map(TermRef::to_term).collect())
}

fn pairs(map: &Term) -> Option<Vec<(Term, Term)>> {
    let pairs = map.map_pairs()?;
    Some(
        pairs
            .map(|(key, value)| (key.to_term(), value.to_term()))
            .collect(),
    )
}

fn variable(term: &Term) -> Option<u32> {
    let digits = name(term)?.strip_prefix('$')?;
    let number: u32 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// The result for an object, or `None` where the term is no specification.
pub fn select(spec: &Term, object: &Term) -> Option<Option<Term>> {
    let clauses = list(spec)?;
    let clauses: Option<Vec<_>> = clauses.iter().map(clause).collect();
    Some(clauses?.iter().find_map(|(head, guards, body)| {
        let mut bindings = Bindings::new();
        let context = |bindings| Context { object, bindings };
        (matches(head, object, &mut bindings)).then_some(())?;
        let context = context(bindings);
        let holds =
            |guard| matches!(context.value(guard, false), Ok(value) if value == atom("true"));
        guards.iter().all(holds).then_some(())?;
        Some(
            context
                .value(body.last()?, true)
                .expect("bodies do not fail"),
        )
    }))
}

/// Head, guards and body of a clause, if everything in it is in order.
fn clause(term: &Term) -> Option<(Term, Vec<Term>, Vec<Term>)> {
    let [head, guards, body] = elements(term)?.try_into().ok()?;
    let (guards, body) = (list(&guards)?, list(&body)?);
    let mut bound = Vec::new();
    collect(&head, &mut bound)?;
    let is_valid = |expression| valid(expression, &bound);
    (!body.is_empty() && guards.iter().chain(&body).all(is_valid)).then_some((head, guards, body))
}

/// Collects the variables of a head, if it has none as the key of a map.
fn collect(head: &Term, bound: &mut Vec<u32>) -> Option<()> {
    if let Some(number) = variable(head) {
        bound.push(number);
    } else if let Some(elements) = elements(head) {
        elements
            .iter()
            .try_for_each(|element| collect(element, bound))?;
    } else if let Some((first, rest)) = head.uncons() {
        collect(&first.to_term(), bound)?;
        collect(&rest.to_term(), bound)?;
    } else if let Some(pairs) = pairs(head) {
        for (key, value) in pairs {
            (variable(&key).is_none() && name(&key) != Some("_")).then_some(())?;
            collect(&value, bound)?;
        }
    }
    Some(())
}

fn valid(expression: &Term, bound: &[u32]) -> bool {
    if let Some(number) = variable(expression) {
        return bound.contains(&number);
    }
    if let Some((head, tail)) = expression.uncons() {
        return valid(&head.to_term(), bound) && valid(&tail.to_term(), bound);
    }
    if let Some(pairs) = pairs(expression) {
        return pairs
            .iter()
            .all(|(key, value)| valid(key, bound) && valid(value, bound));
    }
    let Some(parts) = elements(expression) else {
        return true;
    };
    let Some((first, arguments)) = parts.split_first() else {
        return false;
    };
    let all_valid = |terms: &[Term]| terms.iter().all(|term| valid(term, bound));
    match (name(first), arguments.len()) {
        (Some("const"), 1) => true,
        (Some(function), count) => exists(function, count) && all_valid(arguments),
        (None, 0) => elements(first).is_some_and(|inner| all_valid(&inner)),
        _ => false,
    }
}

/// Names of functions by number of arguments.
pub const ONE: &[&str] = &[
    "is_atom",
    "is_float",
    "is_integer",
    "is_list",
    "is_number",
    "is_pid",
    "is_port",
    "is_reference",
    "is_tuple",
    "is_map",
    "is_binary",
    "is_bitstring",
    "is_boolean",
    "is_function",
    "hd",
    "tl",
    "length",
    "size",
    "tuple_size",
    "map_size",
    "byte_size",
    "bit_size",
    "node",
    "abs",
    "float",
    "round",
    "trunc",
    "ceil",
    "floor",
    "+",
    "-",
    "bnot",
    "not",
];
/// See [`ONE`].
pub const TWO: &[&str] = &[
    "is_map_key",
    "is_function",
    "element",
    "map_get",
    "binary_part",
    "max",
    "min",
    "+",
    "-",
    "*",
    "/",
    "div",
    "rem",
    "band",
    "bor",
    "bxor",
    "bsl",
    "bsr",
    ">",
    ">=",
    "<",
    "=<",
    "==",
    "/=",
    "=:=",
    "=/=",
    "xor",
];
/// See [`ONE`].
pub const THREE: &[&str] = &["is_record", "binary_part"];
/// Those of any number from one on.
pub const MANY: &[&str] = &["and", "or", "andalso", "andthen", "orelse"];

fn exists(function: &str, arguments: usize) -> bool {
    let names = match arguments {
        0 => return function == "node" || function == "self",
        1 => ONE,
        2 => TWO,
        3 => THREE,
        _ => &[],
    };
    names.contains(&function) || MANY.contains(&function)
}

fn matches(pattern: &Term, term: &Term, bindings: &mut Bindings) -> bool {
    if name(pattern) == Some("_") {
        return true;
    }
    if let Some(number) = variable(pattern) {
        return bindings.entry(number).or_insert_with(|| term.clone()) == term;
    }
    if let Some(parts) = elements(pattern) {
        let Some(others) = elements(term) else {
            return false;
        };
        return parts.len() == others.len()
            && parts
                .iter()
                .zip(&others)
                .all(|(part, other)| matches(part, other, bindings));
    }
    if let Some((head, tail)) = pattern.uncons() {
        return term.uncons().is_some_and(|(first, rest)| {
            matches(&head.to_term(), &first.to_term(), bindings)
                && matches(&tail.to_term(), &rest.to_term(), bindings)
        });
    }
    if let Some(pairs) = pairs(pattern) {
        return term.kind() == TermKind::Map
            && pairs.iter().all(|(key, part)| {
                let value = term.map_get(key.as_ref());
                value.is_some_and(|value| matches(part, &value.to_term(), bindings))
            });
    }
    pattern == term
}

struct Context<'a> {
    object: &'a Term,
    bindings: Bindings,
}

impl Context<'_> {
    fn value(&self, expression: &Term, catches: bool) -> Answer {
        let value = |part: &Term| self.value(part, catches);
        if let Some(number) = variable(expression) {
            return Ok(self.bindings[&number].clone());
        }
        if let Some((head, tail)) = expression.uncons() {
            let (head, tail) = (value(&head.to_term())?, value(&tail.to_term())?);
            return Ok(Term::improper_list([head], tail).expect("a list"));
        }
        if let Some(pairs) = pairs(expression) {
            return self.map(&pairs, catches);
        }
        match name(expression) {
            Some("$_") => return Ok(self.object.clone()),
            Some("$$") => return Ok(Term::list(self.bindings.values()).expect("a list")),
            _ => {}
        }
        let Some(parts) = elements(expression) else {
            return Ok(expression.clone());
        };
        if let (None, Some(inner)) = (name(&parts[0]), elements(&parts[0])) {
            let inner: Result<Vec<Term>, Failed> = inner.iter().map(value).collect();
            return Ok(Term::tuple(inner?).expect("a tuple"));
        }
        match self.call(name(&parts[0]).expect("a name"), &parts[1..], catches) {
            Err(Failed) if catches => Ok(atom("EXIT")),
            answer => answer,
        }
    }

    fn map(&self, pairs: &[(Term, Term)], catches: bool) -> Answer {
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            let key = self.value(key, catches)?;
            map.insert(key, self.value(value, catches)?);
        }
        Ok(Term::map(map).expect("a map"))
    }

    fn call(&self, function: &str, parts: &[Term], catches: bool) -> Answer {
        if function == "const" {
            return Ok(parts[0].clone());
        }
        let decisive = match function {
            "andalso" | "andthen" => Some(false),
            "orelse" => Some(true),
            _ => None,
        };
        if let Some(decisive) = decisive {
            let (last, others) = parts.split_last().expect("at least one");
            for part in others {
                if self.value(part, catches)?.as_bool().ok_or(Failed)? == decisive {
                    return Ok(made(decisive));
                }
            }
            return self.value(last, catches);
        }
        let arguments: Result<Vec<Term>, Failed> =
            parts.iter().map(|part| self.value(part, catches)).collect();
        call(function, &arguments?)
    }
}

fn call(function: &str, arguments: &[Term]) -> Answer {
    if matches!(function, "and" | "or") {
        let booleans: Option<Vec<bool>> = arguments.iter().map(Term::as_bool).collect();
        let booleans = booleans.ok_or(Failed)?;
        let all = booleans.iter().all(|value| *value);
        let any = booleans.iter().any(|value| *value);
        return Ok(made(if function == "and" { all } else { any }));
    }
    match arguments {
        [] if function == "node" => Ok(atom("nonode@nohost")),
        [] => Err(Failed),
        [a] => of_one(function, a),
        [a, b] => of_two(function, a, b),
        [a, b, c] if function == "is_record" => is_record(a, b, c),
        [a, b, c] => binary_part(a, b, c),
        _ => Err(Failed),
    }
}

fn of_one(function: &str, a: &Term) -> Answer {
    use TermKind::{Atom, BitString, Float, Integer, List, Map, Nil, Pid, TableId, Tuple};
    let kind = a.kind();
    let is = |kinds: &[TermKind]| Ok(made(kinds.contains(&kind)));
    let count = |count: Option<usize>| count.map(made).ok_or(Failed);
    let bits = a.as_bits().map(|bits| bits.bit_length());
    match function {
        "is_atom" => is(&[Atom]),
        "is_float" => is(&[Float]),
        "is_integer" => is(&[Integer]),
        "is_list" => is(&[Nil, List]),
        "is_number" => is(&[Integer, Float]),
        "is_pid" => is(&[Pid]),
        "is_reference" => is(&[TableId]),
        "is_tuple" => is(&[Tuple]),
        "is_map" => is(&[Map]),
        "is_bitstring" => is(&[BitString]),
        "is_port" | "is_function" => is(&[]),
        "is_binary" => Ok(made(bits.is_some_and(|bits| bits % 8 == 0))),
        "is_boolean" => Ok(made(matches!(name(a), Some("true" | "false")))),
        "hd" => Ok(a.uncons().ok_or(Failed)?.0.to_term()),
        "tl" => Ok(a.uncons().ok_or(Failed)?.1.to_term()),
        "length" => count(list(a).map(|elements| elements.len())),
        "tuple_size" => count(a.arity()),
        "map_size" => count(a.map_size()),
        "byte_size" => count(bits.map(|bits| bits.div_ceil(8))),
        "bit_size" => count(bits),
        "size" => count(a.arity().or(bits.map(|bits| bits / 8))),
        "node" if matches!(kind, Pid | TableId) => Ok(atom("nonode@nohost")),
        "not" => Ok(made(!a.as_bool().ok_or(Failed)?)),
        _ => arithmetic_of_one(function, a),
    }
}

fn arithmetic_of_one(function: &str, a: &Term) -> Answer {
    if let Some(integer) = a.to_big_integer() {
        return Ok(match function {
            "+" | "round" | "trunc" | "ceil" | "floor" => a.clone(),
            "-" => made(-integer),
            "abs" => made(if integer < BigInt::ZERO {
                -integer
            } else {
                integer
            }),
            "bnot" => made(-integer - 1),
            "float" => float(number(a)?)?,
            _ => return Err(Failed),
        });
    }
    let value = a.as_f64().ok_or(Failed)?;
    match function {
        "+" | "float" => Ok(a.clone()),
        "-" => float(-value),
        "abs" => float(value.abs()),
        "round" => whole(value.round()),
        "trunc" => whole(value.trunc()),
        "ceil" => whole(value.ceil()),
        "floor" => whole(value.floor()),
        _ => Err(Failed),
    }
}

/// Through the decimal digits, which Rust prints without loss.
fn whole(value: f64) -> Answer {
    format!("{value:.0}")
        .parse::<BigInt>()
        .map(made)
        .map_err(|_| Failed)
}

fn float(value: f64) -> Answer {
    value.to_term().map_err(|_| Failed)
}

/// A number as a float; large integers through their decimal digits.
fn number(term: &Term) -> Result<f64, Failed> {
    let integer = || term.to_big_integer()?.to_string().parse().ok();
    let value = term.as_f64().or_else(integer).ok_or(Failed)?;
    value.is_finite().then_some(value).ok_or(Failed)
}

fn of_two(function: &str, a: &Term, b: &Term) -> Answer {
    let order = a.numeric_cmp(b.as_ref());
    Ok(match function {
        ">" => made(order.is_gt()),
        ">=" => made(order.is_ge()),
        "<" => made(order.is_lt()),
        "=<" => made(order.is_le()),
        "==" => made(order.is_eq()),
        "/=" => made(order.is_ne()),
        "=:=" => made(a == b),
        "=/=" => made(a != b),
        "max" => {
            if order.is_ge() {
                a.clone()
            } else {
                b.clone()
            }
        }
        "min" => {
            if order.is_le() {
                a.clone()
            } else {
                b.clone()
            }
        }
        "xor" => made(a.as_bool().ok_or(Failed)? != b.as_bool().ok_or(Failed)?),
        "element" => {
            let position = a.as_u64().ok_or(Failed)? as usize;
            let parts = elements(b).ok_or(Failed)?;
            parts.get(position.wrapping_sub(1)).ok_or(Failed)?.clone()
        }
        "map_get" => b.map_get(a.as_ref()).ok_or(Failed)?.to_term(),
        "is_map_key" => {
            b.map_size().ok_or(Failed)?;
            made(b.map_get(a.as_ref()).is_some())
        }
        "is_function" => {
            let arity = b.to_big_integer().filter(|arity| *arity >= BigInt::ZERO);
            made(arity.map(|_| false).ok_or(Failed)?)
        }
        "binary_part" => {
            let [start, length] = elements(b).ok_or(Failed)?.try_into().map_err(|_| Failed)?;
            binary_part(a, &start, &length)?
        }
        _ => arithmetic(function, a, b)?,
    })
}

fn arithmetic(function: &str, a: &Term, b: &Term) -> Answer {
    if function == "/" {
        let (x, y) = (number(a)?, number(b)?);
        return if y == 0.0 { Err(Failed) } else { float(x / y) };
    }
    let (Some(x), Some(y)) = (a.to_big_integer(), b.to_big_integer()) else {
        let (x, y) = (number(a)?, number(b)?);
        return match function {
            "+" => float(x + y),
            "-" => float(x - y),
            "*" => float(x * y),
            _ => Err(Failed),
        };
    };
    let integer = match function {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "div" => x.checked_div(&y).ok_or(Failed)?,
        "rem" => {
            let quotient = x.checked_div(&y).ok_or(Failed)?;
            x - quotient * y
        }
        "band" => x & y,
        "bor" => x | y,
        "bxor" => x ^ y,
        "bsl" => shifted(x, &y)?,
        _ => shifted(x, &-y)?,
    };
    integer.to_term().map_err(|_| Failed)
}

/// Times or divided by a power of two, rounded down.
fn shifted(value: BigInt, by: &BigInt) -> Result<BigInt, Failed> {
    if value == BigInt::ZERO {
        return Ok(value);
    }
    let size = u64::try_from(by.magnitude()).unwrap_or(u64::MAX);
    if *by >= BigInt::ZERO {
        return if size > 5_000_000 {
            Err(Failed)
        } else {
            Ok(value << size)
        };
    }
    let power = BigInt::from(1) << size.min(10_000);
    let quotient = &value / &power;
    let exact = &quotient * &power == value;
    Ok(if exact || value > BigInt::ZERO {
        quotient
    } else {
        quotient - 1
    })
}

fn is_record(term: &Term, tag: &Term, size: &Term) -> Answer {
    tag.as_atom().ok_or(Failed)?;
    let size = size
        .as_i64()
        .filter(|size| size.abs() < 1 << 59)
        .ok_or(Failed)?;
    let parts = elements(term).unwrap_or_default();
    Ok(made(
        parts.first() == Some(tag) && parts.len() as i64 == size,
    ))
}

fn binary_part(binary: &Term, start: &Term, length: &Term) -> Answer {
    let bytes = binary.as_bytes().ok_or(Failed)?;
    let start = start.as_i128().ok_or(Failed)?;
    let end = start
        .checked_add(length.as_i128().ok_or(Failed)?)
        .ok_or(Failed)?;
    let (from, to) = (start.min(end), start.max(end));
    if from < 0 || to > bytes.len() as i128 {
        return Err(Failed);
    }
    let part = &bytes[from as usize..to as usize];
    Ok(match binary.origin() {
        Some(Origin::Raw) => made(part),
        _ => std::str::from_utf8(part).map_or_else(|_| made(part), made),
    })
}
