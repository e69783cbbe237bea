//! Values to terms and back.

use super::value::Value;
use heirloom::{Atom, Pid, Term, TermKind, TermRef, ToTerm};

/// Which process has which id.
#[derive(Clone, Debug, Default)]
pub struct Pids(pub Vec<Pid>);

/// Whether binaries are marked as text or as raw bytes: to a table that is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Text,
    Raw,
}

impl Pids {
    /// The term of a value. The value's process numbers are positions in this list.
    pub fn term(&self, value: &Value, marked: Marked) -> Term {
        let terms = |values: &[Value]| {
            values
                .iter()
                .map(|value| self.term(value, marked))
                .collect::<Vec<Term>>()
        };
        let term = match value {
            Value::Integer(integer) => integer.to_term(),
            Value::Float(bits) => f64::from_bits(*bits).to_term(),
            Value::Atom(text) => Atom::new(text).expect("tests use few atoms").to_term(),
            Value::Process(number) => self.0[*number].to_term(),
            Value::Table(number) => panic!("no test puts table {number} in a term"),
            Value::Tuple(elements) => Term::tuple(terms(elements)),
            Value::Map(entries) => Term::map(
                entries
                    .iter()
                    .map(|(key, value)| (self.term(key, marked), self.term(value, marked))),
            ),
            Value::List(elements, None) => Term::list(terms(elements)),
            Value::List(elements, Some(tail)) => {
                Term::improper_list(terms(elements), self.term(tail, marked))
            }
            Value::Bits(bytes, bit_length) => bits(bytes, *bit_length, marked),
        };
        term.expect("a value of the model is a term")
    }

    /// The value of a term.
    pub fn value(&self, term: TermRef<'_>) -> Value {
        match term.kind() {
            TermKind::Integer => Value::Integer(term.to_big_integer().unwrap()),
            TermKind::Float => Value::float(term.as_f64().unwrap()),
            TermKind::Atom => Value::atom(term.as_atom().unwrap().as_str()),
            TermKind::Pid => self.process(term.as_pid().unwrap()),
            TermKind::Tuple => {
                Value::tuple(term.elements().unwrap().map(|element| self.value(element)))
            }
            TermKind::Map => {
                let entry = |(key, value)| (self.value(key), self.value(value));
                Value::Map(term.map_pairs().unwrap().map(entry).collect())
            }
            TermKind::Nil => Value::list([]),
            TermKind::List => self.list(term),
            TermKind::BitString => {
                let bits = term.as_bits().unwrap();
                Value::Bits(bits.bytes().to_vec(), bits.bit_length())
            }
            kind => panic!("no test puts a {kind} in a term: {term}"),
        }
    }

    fn list(&self, term: TermRef<'_>) -> Value {
        let mut elements = Vec::new();
        let mut rest = term;
        while let Some((head, tail)) = rest.uncons() {
            elements.push(self.value(head));
            rest = tail;
        }
        let tail = (!rest.is_nil()).then(|| Box::new(self.value(rest)));
        Value::List(elements, tail)
    }

    /// The process with an id of this test.
    pub fn process(&self, pid: Pid) -> Value {
        let number = self.0.iter().position(|other| *other == pid);
        Value::Process(number.unwrap_or_else(|| panic!("{pid} is of no process of this test")))
    }
}

fn bits(bytes: &[u8], bit_length: usize, marked: Marked) -> Result<Term, heirloom::TermError> {
    if marked == Marked::Raw && bit_length == bytes.len() * 8 {
        bytes.to_term()
    } else {
        Term::bitstring(bytes, bit_length)
    }
}
