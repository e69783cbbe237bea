//! What can go wrong when a specification is made or run.

use std::fmt;

use crate::term::{ParseError, Term, TermError, TermKind, TermRef};

/// The part of a clause that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpecPart {
    /// The pattern.
    Head,
    /// A guard, by its position from 1.
    Guard(usize),
    /// An expression of the body, by its position from 1.
    Body(usize),
}

/// Where in a specification something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpecPlace {
    /// The clause, from 1.
    pub clause: usize,
    /// The part of the clause.
    pub part: SpecPart,
}

impl fmt::Display for SpecPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clause = self.clause;
        match self.part {
            SpecPart::Head => write!(formatter, "clause {clause}, head"),
            SpecPart::Guard(position) => write!(formatter, "clause {clause}, guard {position}"),
            SpecPart::Body(position) => {
                write!(formatter, "clause {clause}, body expression {position}")
            }
        }
    }
}

/// Why a term is no match specification. To Erlang's callers all of this is `badarg`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// A specification is a proper list of clauses.
    #[error("a match specification is a list of clauses, this is {found}")]
    NotAList {
        /// What was given instead.
        found: TermKind,
    },
    /// The list of clauses ends in something else than `[]`.
    #[error("the list of clauses is improper")]
    ImproperList,
    /// A clause is a tuple `{Head, Guards, Body}`.
    #[error("clause {clause} is not a tuple of head, guards and body")]
    NotAClause {
        /// The clause, from 1.
        clause: usize,
    },
    /// Guards are a proper list.
    #[error("the guards of clause {clause} are not a list")]
    GuardsNotAList {
        /// The clause, from 1.
        clause: usize,
    },
    /// A body is a proper list of at least one expression.
    #[error("the body of clause {clause} does not return anything")]
    NoBody {
        /// The clause, from 1.
        clause: usize,
    },
    /// A variable is used that the head does not bind.
    #[error("{at}: variable ${variable} is unbound")]
    Unbound {
        /// Where.
        at: SpecPlace,
        /// The variable's number.
        variable: u32,
    },
    /// The number of a variable is beyond 32 bits.
    #[error("{at}: {variable} is too large a number for a variable")]
    VariableTooLarge {
        /// Where.
        at: SpecPlace,
        /// The atom.
        variable: Term,
    },
    /// A key of a map in a head is a variable or `'_'`; it can only be a literal.
    #[error("{at}: {variable} is the key of a map, which must be a literal")]
    VariableInMapKey {
        /// Where.
        at: SpecPlace,
        /// The key.
        variable: Term,
    },
    /// A Rust value in a head of [`match_spec!`](crate::match_spec!) contains `'_'`, `'$1'` or another
    /// variable, which a head can't match literally.
    #[error("{at}: a value contains {variable}, which a head does not take literally")]
    VariableInValue {
        /// Where.
        at: SpecPlace,
        /// The first such atom.
        variable: Term,
    },
    /// A tuple that is neither a call nor the construction `{{…}}`.
    #[error("{at}: {form} is no expression")]
    NotAnExpression {
        /// Where.
        at: SpecPlace,
        /// The tuple.
        form: Term,
    },
    /// There is no such function, or not with so many arguments.
    #[error("{at}: there is no function {function}/{arguments}")]
    NoSuchFunction {
        /// Where.
        at: SpecPlace,
        /// The function's name.
        function: Term,
        /// How many arguments it was given.
        arguments: usize,
    },
    /// A function of the specifications that Erlang traces with, which tables don't have.
    #[error("{at}: {function} is for tracing only")]
    TraceOnly {
        /// Where.
        at: SpecPlace,
        /// The function's name.
        function: Term,
    },
    /// The text of a specification is no term.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// What was given has no term.
    #[error(transparent)]
    Term(#[from] TermError),
}

impl SpecError {
    pub(super) fn not_an_expression(at: SpecPlace, form: TermRef<'_>) -> SpecError {
        let form = form.to_term();
        SpecError::NotAnExpression { at, form }
    }

    pub(super) fn variable_too_large(at: SpecPlace, variable: TermRef<'_>) -> SpecError {
        let variable = variable.to_term();
        SpecError::VariableTooLarge { at, variable }
    }
}

/// Why a specification could not be run to its end. A failing expression is no error: it makes a
/// guard false and a body's value `'EXIT'`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// One object took more steps than allowed: of those for one object, or of those that were left
    /// for all.
    #[error("the match specification took more than {steps_max} steps")]
    OutOfSteps {
        /// The limit in steps.
        steps_max: u64,
    },
    /// What the specification made is larger than allowed.
    #[error("the match specification made more than {bytes_max} bytes")]
    TooManyBytes {
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// The objects to run over are no proper list.
    #[error("the objects are not a proper list")]
    NotAList,
    /// A given value has no term.
    #[error(transparent)]
    Term(#[from] TermError),
}

/// Why a specification could not be tried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// It is no match specification.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// It could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
}
