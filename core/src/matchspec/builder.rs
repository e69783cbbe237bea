//! What [`match_spec!`](crate::match_spec!) writes into, one token after the other.
//!
//! The macro can tell tokens apart, but not which operator binds more tightly. So operators wait
//! until that is known:
//!
//! ```text
//!  written     values             operators
//!  a           a
//!  a + b       a b                +
//!  a + b * c   a b c              + *
//!   … < d      a {'*',b,c}        +           `<` binds less tightly than both
//!              {'+',a,{'*',b,c}}  <
//!              {'+',…} d          <
//!  the end     {'<',{'+',…},d}
//! ```

use smallvec::SmallVec;

use super::MatchSpec;
use super::error::{SpecError, SpecPart, SpecPlace};
use super::variable::Meaning;
use super::walk::Parts;
use crate::term::{Atom, Literal, MacroBuilder, Term, TermError, TermRef, ToTerm};

/// Operators, brackets and names before there is an allocation.
const INLINE_PLACES: usize = 8;

/// An operator whose right operand is not complete.
#[derive(Clone, Copy, Debug)]
struct Operator {
    /// The function that it stands for.
    name: &'static str,
    /// Of two operators beside an operand, the one with more gets it, or else the first.
    precedence: u8,
    operands: usize,
}

impl Operator {
    fn prefix(name: &'static str) -> Operator {
        Operator {
            name,
            precedence: 6,
            operands: 1,
        }
    }

    /// Precedences are Rust's.
    fn infix(name: &'static str) -> Operator {
        let precedence = match name {
            "orelse" => 1,
            "andalso" => 2,
            "+" | "-" => 4,
            "*" | "/" | "rem" => 5,
            // What is left are the comparisons.
            _ => 3,
        };
        Operator {
            name,
            precedence,
            operands: 2,
        }
    }
}

/// A name of a head. What it is bound to decides in guards and bodies what a name means, so Rust's own
/// scopes and hygiene hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadVariable(usize);

/// What a name stands for: a variable of the head or a Rust value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no term, and is no variable of the head",
    note = "a Rust value in a match specification must be `ToTerm`"
)]
pub trait Operand {
    /// Writes it.
    fn write_into(&self, builder: &mut SpecBuilder);
}

impl<T: ToTerm + ?Sized> Operand for T {
    fn write_into(&self, builder: &mut SpecBuilder) {
        builder.value(self);
    }
}

impl Operand for HeadVariable {
    fn write_into(&self, builder: &mut SpecBuilder) {
        builder.variable(*self);
    }
}

/// Builds a specification for [`match_spec!`](crate::match_spec!), and remembers the first error.
#[derive(Debug)]
pub struct SpecBuilder {
    terms: MacroBuilder,
    operators: SmallVec<[Operator; INLINE_PLACES]>,
    /// For each open bracket, how many operators stand before it.
    brackets: SmallVec<[usize; INLINE_PLACES]>,
    /// The clause that is being written, from 1.
    clause: usize,
    in_head: bool,
    /// Names that have been declared, those of earlier clauses too.
    declared: usize,
    /// The names of this clause in the order in which the head has them: `'$1'`, `'$2'`, …
    names: SmallVec<[HeadVariable; INLINE_PLACES]>,
    error: Option<SpecError>,
}

impl SpecBuilder {
    /// Begins a specification.
    #[expect(clippy::new_without_default, reason = "only the macro makes one")]
    pub fn new() -> SpecBuilder {
        let mut terms = MacroBuilder::default();
        terms.open();
        SpecBuilder {
            terms,
            operators: SmallVec::new(),
            brackets: SmallVec::new(),
            clause: 0,
            in_head: false,
            declared: 0,
            names: SmallVec::new(),
            error: None,
        }
    }

    /// Begins a clause and its head.
    pub fn open_clause(&mut self) {
        self.clause += 1;
        self.names.clear();
        self.in_head = true;
        self.terms.open();
    }

    /// A name that stands in the head. One that stands there twice is declared twice, and the later
    /// one is used.
    pub fn declare(&mut self) -> HeadVariable {
        self.declared += 1;
        HeadVariable(self.declared)
    }

    /// Ends the head and begins the guards.
    pub fn close_head(&mut self) {
        self.in_head = false;
        self.terms.open();
    }

    /// Ends the guards and begins the body.
    pub fn close_guards(&mut self) {
        self.end_element();
        self.terms.close_list();
        self.terms.open();
    }

    /// Ends the body and the clause.
    pub fn close_clause(&mut self) {
        self.end_element();
        self.terms.close_list();
        self.terms.close_tuple();
    }

    /// The specification, or the first error.
    pub fn finish(mut self) -> Result<MatchSpec, SpecError> {
        self.terms.close_list();
        match self.error {
            Some(error) => Err(error),
            None => MatchSpec::from_source(self.terms.finish()?),
        }
    }

    /// `_`
    pub fn anything(&mut self) {
        self.terms.push_atom(Atom::UNDERSCORE);
    }

    /// The whole object.
    pub fn object(&mut self) {
        self.terms.push_atom(Atom::WHOLE_OBJECT);
    }

    /// All variables.
    pub fn bindings(&mut self) {
        self.terms.push_atom(Atom::ALL_VARIABLES);
    }

    /// A name.
    pub fn operand<T: Operand + ?Sized>(&mut self, operand: &T) {
        operand.write_into(self);
    }

    fn variable(&mut self, variable: HeadVariable) {
        let place = self.names.iter().position(|name| *name == variable);
        let index = place.unwrap_or_else(|| {
            self.names.push(variable);
            self.names.len() - 1
        });
        match Atom::variable(index + 1) {
            Some(variable) => self.terms.push_atom(variable),
            None => self.terms.atom(&format!("${}", index + 1)),
        }
    }

    /// A literal.
    pub fn literal<T: Literal>(&mut self, literal: T) {
        self.terms.literal(literal);
    }

    /// An atom that is written `'name`.
    pub fn quoted(&mut self, lifetime: &str) {
        let name = lifetime.strip_prefix('\'').unwrap_or(lifetime);
        self.atom(name.strip_prefix("r#").unwrap_or(name));
    }

    /// An atom by its text.
    pub fn atom(&mut self, text: &str) {
        let atom = Atom::new(text).map_err(TermError::from);
        if self.in_head || text.starts_with('$') {
            self.value(&atom);
        } else {
            self.terms.push(&atom);
        }
    }

    /// A Rust value, which must mean nothing but itself.
    pub fn value<T: ToTerm + ?Sized>(&mut self, value: &T) {
        let Some(term) = self.terms.try_push(value) else {
            return;
        };
        if !self.in_head {
            self.terms.make_call(Atom::CONST, 1);
        } else if let Some(variable) = variable_in(term) {
            // Heads have no `{const,Value}`.
            let at = SpecPlace {
                clause: self.clause,
                part: SpecPart::Head,
            };
            self.error
                .get_or_insert(SpecError::VariableInValue { at, variable });
        }
    }

    /// An operator before its operand.
    pub fn prefix(&mut self, name: &'static str) {
        self.operators.push(Operator::prefix(name));
    }

    /// An operator between its operands.
    pub fn infix(&mut self, name: &'static str) {
        let operator = Operator::infix(name);
        self.apply_from(operator.precedence);
        self.operators.push(operator);
    }

    /// Applies the operators since the innermost open bracket that bind at least so tightly, the last
    /// one first.
    fn apply_from(&mut self, precedence: u8) {
        let before = self.brackets.last().copied().unwrap_or(0);
        while let Some(operator) = self.operators[before..].last().copied()
            && operator.precedence >= precedence
        {
            self.operators.pop();
            match Atom::new(operator.name) {
                Ok(name) => self.terms.make_call(name, operator.operands),
                Err(error) => self.terms.fail(error.into()),
            }
        }
    }

    /// Ends an expression.
    pub fn end_element(&mut self) {
        self.apply_from(0);
    }

    /// Begins a parenthesis that groups.
    pub fn open_group(&mut self) {
        self.brackets.push(self.operators.len());
    }

    /// Ends a parenthesis that groups.
    pub fn close_group(&mut self) {
        self.end_element();
        self.brackets.pop();
    }

    /// Begins a list or a map.
    pub fn open(&mut self) {
        self.open_group();
        self.terms.open();
    }

    /// Begins a call.
    pub fn open_call(&mut self, function: &str) {
        self.open();
        self.terms.atom(function);
    }

    /// Ends a call.
    pub fn close_call(&mut self) {
        self.close_group();
        self.terms.close_tuple();
    }

    /// Begins a tuple: `{…}` in a head, `{{…}}` in an expression.
    pub fn open_tuple(&mut self) {
        self.open();
        if !self.in_head {
            self.terms.open();
        }
    }

    /// Ends a tuple.
    pub fn close_tuple(&mut self) {
        self.close_call();
        if !self.in_head {
            self.terms.close_tuple();
        }
    }

    /// Ends a list.
    pub fn close_list(&mut self) {
        self.close_group();
        self.terms.close_list();
    }

    /// Ends a list whose last value is its tail.
    pub fn close_improper_list(&mut self) {
        self.close_group();
        self.terms.close_improper_list();
    }

    /// Ends a map.
    pub fn close_map(&mut self) {
        self.close_group();
        self.terms.close_map();
    }
}

/// What a head would take for a variable or for `'_'`.
fn variable_in(value: TermRef<'_>) -> Option<Term> {
    let mut parts = Parts::of_pattern(value);
    let variable = parts.find(|part| Meaning::of_term(*part) != Meaning::Itself);
    variable.map(TermRef::to_term)
}
