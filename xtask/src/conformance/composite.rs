//! The functions in `call` lines that stand for more than one call (`conformance/README.md` lists
//! them), built on the face's single calls.

use super::face::{Face, Failure, Outcome};
use super::terms::{atom, atom_text, elements, index, is_atom, list, term};
use heirloom::Term;

/// A table as one process of the scenario sees it through a face.
pub struct Caller<'a> {
    /// The face.
    pub face: &'a mut dyn Face,
    /// The process identifier of who calls.
    pub process: &'a Term,
    /// What the face calls the table.
    pub table: &'a Term,
}

impl Caller<'_> {
    /// Runs a function of a `call` line, composite or single.
    pub fn run(&mut self, function: &str, arguments: &[Term]) -> Outcome {
        match function {
            "walk" => self.walk(arguments),
            "fixed_walk_deleting" => self.fixed_walk_deleting(),
            "foldl_keys" => self.fold_keys("foldl"),
            "foldr_keys" => self.fold_keys("foldr"),
            "insert_range" => self.insert_range(arguments),
            "insert_range_at_once" => self.insert_range_at_once(arguments),
            "delete_range" => self.delete_range(arguments),
            "whereis" => self.whereis(arguments),
            _ => self.call(function, arguments),
        }
    }

    /// One call of the face.
    pub fn call(&mut self, function: &str, arguments: &[Term]) -> Outcome {
        self.face
            .call(self.process, self.table, function, arguments)
    }

    /// From `First(T)` through `Next(T, Key)` to the end: what they returned.
    fn walk(&mut self, arguments: &[Term]) -> Outcome {
        let names = arguments
            .iter()
            .map(|name| atom_text(name))
            .collect::<Option<Vec<_>>>();
        let Some([first, next]) = names.as_deref() else {
            return Err(malformed("walk"));
        };
        let with_objects = next.ends_with("_lookup");
        let mut visited = Vec::new();
        let mut at = self.call(first, &[])?;
        while !is_end(&at) {
            let key = if with_objects {
                first_element(&at)?
            } else {
                at.clone()
            };
            visited.push(at);
            at = self.call(next, &[key])?;
        }
        Ok(term(visited))
    }

    /// A walk over a fixed table that deletes each key as it comes to it: the keys.
    fn fixed_walk_deleting(&mut self) -> Outcome {
        self.call("safe_fixtable", &[term(true)])?;
        let mut visited = Vec::new();
        let mut key = self.call("first", &[])?;
        while !is_end(&key) {
            self.call("delete", std::slice::from_ref(&key))?;
            let next = self.call("next", std::slice::from_ref(&key))?;
            visited.push(std::mem::replace(&mut key, next));
        }
        self.call("safe_fixtable", &[term(false)])?;
        Ok(term(visited))
    }

    /// A fold that conses each object's first element: the last visited comes first.
    fn fold_keys(&mut self, function: &str) -> Outcome {
        let visited = self.call(function, &[])?;
        let objects = list(&visited).ok_or_else(|| malformed(function))?;
        let keys: Vec<Term> = objects
            .iter()
            .rev()
            .map(first_element)
            .collect::<Result<_, _>>()?;
        Ok(term(keys))
    }

    fn insert_range(&mut self, arguments: &[Term]) -> Outcome {
        let range = Range::from_arguments(arguments)?;
        for number in range.numbers() {
            let object = term((range.key(number), number * number, number % 10));
            self.call("insert", &[object])?;
        }
        self.size()
    }

    fn insert_range_at_once(&mut self, arguments: &[Term]) -> Outcome {
        let range = Range::from_arguments(arguments)?;
        let objects: Vec<Term> = range
            .numbers()
            .map(|number| term((range.key(number), number, number % 7)))
            .collect();
        self.call("insert", &[term(objects)])?;
        self.size()
    }

    fn delete_range(&mut self, arguments: &[Term]) -> Outcome {
        let range = Range::from_arguments(arguments)?;
        for number in range.numbers() {
            self.call("delete", &[range.key(number)])?;
        }
        self.size()
    }

    fn size(&mut self) -> Outcome {
        self.call("info", &[atom("size")])
    }

    /// Whether there is a table of this name: which one is not compared.
    fn whereis(&mut self, arguments: &[Term]) -> Outcome {
        let found = self.call("whereis", arguments)?;
        Ok(if is_atom(&found, "undefined") {
            found
        } else {
            atom("a_table")
        })
    }
}

/// The keys `K(From), K(From + Step) …` up to `K(To)`.
struct Range {
    from: i64,
    to: i64,
    step: usize,
    key: KeyForm,
}

#[derive(Clone, Copy)]
enum KeyForm {
    Integer,
    Tuple,
    Binary,
}

impl Range {
    fn from_arguments(arguments: &[Term]) -> Result<Range, Failure> {
        let read = || {
            let [from, to, step, key] = arguments else {
                return None;
            };
            let key = match atom_text(key)? {
                "integer" => KeyForm::Integer,
                "tuple" => KeyForm::Tuple,
                "binary" => KeyForm::Binary,
                _ => return None,
            };
            Some(Range {
                from: from.as_i64()?,
                to: to.as_i64()?,
                step: index(step)?,
                key,
            })
        };
        read()
            .filter(|range| range.step > 0)
            .ok_or_else(|| malformed("range"))
    }

    fn numbers(&self) -> impl Iterator<Item = i64> + use<> {
        (self.from..=self.to).step_by(self.step)
    }

    fn key(&self, number: i64) -> Term {
        match self.key {
            KeyForm::Integer => term(number),
            KeyForm::Tuple => term((number % 100, number / 100)),
            KeyForm::Binary => term(number.to_string()),
        }
    }
}

fn is_end(term: &Term) -> bool {
    is_atom(term, "$end_of_table")
}

fn first_element(tuple: &Term) -> Outcome {
    elements(tuple)
        .and_then(|elements| elements.into_iter().next())
        .ok_or_else(|| malformed("tuple"))
}

/// An answer or an argument that has not the form that the function requires; equal to no expected
/// reason.
fn malformed(what: &str) -> Failure {
    Failure {
        reason: "malformed".into(),
        detail: format!("malformed {what}"),
    }
}
