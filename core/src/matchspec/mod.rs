//! Match specifications: the little language in which tables are asked for objects.
//!
//! A specification is a term. It is compiled once ([`compile`]) to a flat [`program`], which is run
//! over one object after the other ([`run`]) and makes no term before it has a result.
//!
//! ```text
//!  term --(compile: head, expression)--> program --(run: matching, call)--> result
//!              \--> sieve, template (short ways for objects that are refused, results that are put together)
//!    |
//!    +--(key, replace)--> what a table may conclude about keys
//! ```
//!
//! Nothing here knows of tables. Nothing recurses on the depth of a term or of a specification.

mod arena;
mod arithmetic;
mod builder;
mod call;
mod compile;
mod error;
mod expression;
mod function;
mod head;
mod key;
mod macros;
mod matching;
mod options;
mod program;
mod replace;
mod run;
mod sieve;
mod template;
mod variable;
mod walk;

use std::fmt;
use std::str::FromStr;

#[doc(hidden)]
pub use builder::SpecBuilder;
pub use error::{RunError, SpecError, SpecPart, SpecPlace, TestError};
pub(crate) use key::{KeyAccess, KeyPrefix, KeyRange};
pub use options::RunOptions;

use crate::sync::Arc;
use crate::term::{Atom, Limits, Slot, Term, TermBuilder, TermError, TermRef, ToTerm, Writer};
use program::{Block, Program, Value};
use run::{Run, Scratch};

/// A compiled match specification: which objects are wanted, and what of them.
///
/// A specification is a list of clauses `{Head, Guards, Body}`. Of each object the first clause
/// counts whose head matches it and whose guards are all `true`; its body's last expression is the
/// result. An object that no clause matches has none.
///
/// * **Heads** are patterns: `'_'` matches anything; `'$0'`, `'$1'`, … match anything once, and
///   after that only what is exactly equal. A map matches maps that have its keys. Everything else
///   matches what is exactly equal to it: 1 does not match 1.0.
/// * **Guards and bodies** are expressions: `'$1'` is what the head has bound, `'$_'` the object,
///   `'$$'` the list of all that was bound; `{{a,'$1'}}` makes a tuple, lists and maps make lists and
///   maps; `{const,T}` is `T` as it stands; `{Function,Argument,…}` calls a function. Other terms are
///   themselves.
/// * **Functions**: the type tests `is_atom`, `is_binary`, `is_bitstring`, `is_boolean`, `is_float`,
///   `is_function`, `is_integer`, `is_list`, `is_map`, `is_map_key`, `is_number`, `is_pid`,
///   `is_port`, `is_record`, `is_reference`, `is_tuple`; `abs`, `binary_part`, `bit_size`,
///   `byte_size`, `ceil`, `element`, `float`, `floor`, `hd`, `length`, `map_get`, `map_size`, `max`,
///   `min`, `node`, `round`, `self`, `size`, `tl`, `trunc`, `tuple_size`; `and`, `or`, `xor`, `not`,
///   `andalso`, `orelse`; `<`, `=<`, `>`, `>=`, `==`, `/=`, `=:=`, `=/=`; `+`, `-`, `*`, `/`, `div`,
///   `rem`, `band`, `bor`, `bxor`, `bnot`, `bsl`, `bsr`.
/// * **Failures**: a guard that fails is not true. In a body, a call that fails has the value
///   `'EXIT'`.
///
/// All this is as in Erlang's `ets` ("Match Specifications in Erlang", ERTS User's Guide). What
/// Erlang refuses is refused here, with a [`SpecError`] that says what and where.
///
/// Specifications and terms may be nested to any depth. Cloning is cheap.
///
/// ```
/// use heirloom::{MatchSpec, Term, term};
///
/// // Names of those who are of age.
/// let adults: MatchSpec = "[{{person,'$1','$2'}, [{'>=','$2',18}], ['$1']}]".parse()?;
/// assert_eq!(adults.run(term!({person, ann, 41})?.as_ref())?, Some(Term::atom("ann")?));
/// assert_eq!(adults.run(term!({person, bob, 7})?.as_ref())?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Ways to write one
/// * As **text** in Erlang's syntax, by [`parse`](str::parse): for what is read or brought over from
///   Erlang.
/// * As a **term**, by [`new`](Self::new) or [`from_term`](Self::from_term): for what a program puts
///   together.
/// * By the macro [`match_spec!`](crate::match_spec!), which looks like a closure: names instead of
///   numbers, ordinary operators, Rust values. Mistakes in its form are found when it is compiled.
///
/// ```
/// use heirloom::{MatchSpec, match_spec, term};
///
/// let text: MatchSpec = "[{{person,'$1','$2'}, [{'>=','$2',18}], ['$1']}]".parse()?;
/// let term = MatchSpec::new(&term!([{
///     {person, atom("$1"), atom("$2")},
///     [{atom(">="), atom("$2"), 18}],
///     [atom("$1")]
/// }]))?;
/// let closure = match_spec!(|{'person, name, age}| if age >= 18 => name)?;
/// assert!(text.as_term().exact_eq(term.as_term()));
/// assert!(text.as_term().exact_eq(closure.as_term()));
/// # Ok::<(), heirloom::SpecError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MatchSpec {
    source: Term,
    program: Arc<Program>,
}

/// What a specification gives for an object that it matches.
#[derive(Clone, Debug)]
pub enum Selected<'a> {
    /// The object itself, as of a body `['$_']`.
    Object,
    /// A part of the object, as of a body `['$1']`.
    Part(TermRef<'a>),
    /// A term that was made for it.
    Made(Term),
}

impl MatchSpec {
    /// The specification that a term stands for. Takes time linear in the term's size; the keys of
    /// maps in it are sorted.
    ///
    /// The empty list is a specification that matches nothing, as it is for the functions of Erlang's
    /// tables; `ets:match_spec_compile` refuses it.
    ///
    /// # Errors
    /// [`SpecError`], where the term is no specification.
    ///
    /// ```
    /// use heirloom::{MatchSpec, SpecError, Term, term};
    ///
    /// let spec = term!([{{atom("$1"), _}, [], [atom("$1")]}])?;
    /// let spec = MatchSpec::from_term(spec.as_ref())?;
    /// assert_eq!(spec.run(term!({key, value})?.as_ref())?, Some(Term::atom("key")?));
    ///
    /// let wrong = term!([{{_, _}, [], [atom("$1")]}])?;
    /// assert!(matches!(MatchSpec::from_term(wrong.as_ref()), Err(SpecError::Unbound { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_term(spec: TermRef<'_>) -> Result<MatchSpec, SpecError> {
        MatchSpec::from_source(spec.to_term())
    }

    /// The specification that a value stands for; see [`from_term`](Self::from_term).
    ///
    /// # Errors
    /// [`SpecError`], where the value has no term or is no specification.
    ///
    /// ```
    /// use heirloom::{MatchSpec, term};
    ///
    /// let everything = MatchSpec::new(&term!([{_, [], [atom("$_")]}]))?;
    /// assert_eq!(everything.to_string(), "[{'_',[],['$_']}]");
    /// # Ok::<(), heirloom::SpecError>(())
    /// ```
    pub fn new<S: ToTerm + ?Sized>(spec: &S) -> Result<MatchSpec, SpecError> {
        MatchSpec::from_source(spec.to_term()?)
    }

    fn from_source(source: Term) -> Result<MatchSpec, SpecError> {
        let program = Arc::new(compile::compile(source.as_ref())?);
        Ok(MatchSpec { source, program })
    }

    /// What `match` with a pattern asks: the list of the values of its variables, in the order of
    /// their numbers. `[{Pattern,[],['$$']}]`
    ///
    /// # Errors
    /// [`SpecError`], where the pattern has a variable as the key of a map.
    ///
    /// ```
    /// use heirloom::{MatchSpec, term};
    ///
    /// let spec = MatchSpec::for_match(term!({atom("$2"), atom("$1"), _})?.as_ref())?;
    /// let bound = spec.run(term!({a, b, c})?.as_ref())?;
    /// assert_eq!(bound, Some(term!([b, a])?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_match(pattern: TermRef<'_>) -> Result<MatchSpec, SpecError> {
        MatchSpec::of_pattern(pattern, Atom::ALL_VARIABLES)
    }

    /// What `match_object` with a pattern asks: the object. `[{Pattern,[],['$_']}]`
    ///
    /// # Errors
    /// [`SpecError`], where the pattern has a variable as the key of a map.
    ///
    /// ```
    /// use heirloom::{MatchSpec, term};
    ///
    /// let spec = MatchSpec::for_match_object(term!({_, 1})?.as_ref())?;
    /// assert_eq!(spec.run(term!({a, 1})?.as_ref())?, Some(term!({a, 1})?));
    /// assert_eq!(spec.run(term!({a, 2})?.as_ref())?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_match_object(pattern: TermRef<'_>) -> Result<MatchSpec, SpecError> {
        MatchSpec::of_pattern(pattern, Atom::WHOLE_OBJECT)
    }

    /// What `match_delete` with a pattern asks: `true` for what matches. `[{Pattern,[],[true]}]`
    ///
    /// # Errors
    /// [`SpecError`], where the pattern has a variable as the key of a map.
    ///
    /// ```
    /// use heirloom::{MatchSpec, RunOptions, term};
    ///
    /// let spec = MatchSpec::for_match_delete(term!({_, 1})?.as_ref())?;
    /// assert!(spec.is_true(term!({a, 1})?.as_ref(), &RunOptions::default())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_match_delete(pattern: TermRef<'_>) -> Result<MatchSpec, SpecError> {
        MatchSpec::of_pattern(pattern, Atom::TRUE)
    }

    /// `[{Pattern,[],[Result]}]`
    fn of_pattern(pattern: TermRef<'_>, result: Atom) -> Result<MatchSpec, SpecError> {
        let mut builder = TermBuilder::new();
        builder.push_term(pattern)?;
        builder.push_nil()?;
        builder.push_atom(result)?;
        builder.make_list(1)?;
        builder.make_tuple(3)?;
        builder.make_list(1)?;
        MatchSpec::from_source(builder.finish()?)
    }

    /// The term that the specification was made of.
    ///
    /// ```
    /// use heirloom::{MatchSpec, term};
    ///
    /// let term = term!([{_, [], [true]}])?;
    /// assert!(MatchSpec::new(&term)?.as_term().exact_eq(term.as_ref()));
    /// # Ok::<(), heirloom::SpecError>(())
    /// ```
    pub fn as_term(&self) -> TermRef<'_> {
        self.source.as_ref()
    }

    /// The result for an object: `None` where no clause matches.
    ///
    /// The cost is at most the specification's size times the object's; for most it is a handful of
    /// comparisons.
    ///
    /// # Errors
    /// [`RunError::OutOfSteps`] and [`RunError::TooManyBytes`], at the limits of
    /// [`RunOptions::default`].
    ///
    /// ```
    /// use heirloom::{MatchSpec, term};
    ///
    /// let spec: MatchSpec = "[{{'$1','$2'}, [], [{{'$2',{'div','$2','$1'}}}]}]".parse()?;
    /// assert_eq!(spec.run(term!({2, 7})?.as_ref())?, Some(term!({7, 3})?));
    /// // What fails in a body becomes the atom 'EXIT'.
    /// assert_eq!(spec.run(term!({0, 7})?.as_ref())?, Some(term!({7, atom("EXIT")})?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(&self, object: TermRef<'_>) -> Result<Option<Term>, RunError> {
        let selected = self.select(object, &RunOptions::default())?;
        Ok(selected.map(|selected| selected.into_term(object)))
    }

    /// The result for an object, which is copied only if it has to be made.
    ///
    /// # Errors
    /// [`RunError::OutOfSteps`] and [`RunError::TooManyBytes`].
    ///
    /// ```
    /// use heirloom::{MatchSpec, RunOptions, Selected, term};
    ///
    /// let spec: MatchSpec = "[{{'_',1}, [], ['$_']}, {{'$1','_'}, [], ['$1']}]".parse()?;
    /// let (object, other) = (term!({a, 1})?, term!({b, 2})?);
    /// let options = RunOptions::default().with_steps_max(1_000);
    /// assert!(matches!(spec.select(object.as_ref(), &options)?, Some(Selected::Object)));
    /// assert!(matches!(spec.select(other.as_ref(), &options)?, Some(Selected::Part(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select<'a>(
        &self,
        object: TermRef<'a>,
        options: &RunOptions,
    ) -> Result<Option<Selected<'a>>, RunError> {
        self.runner(options).select(object)
    }

    /// Whether the result for an object is `true`: what `select_count` counts and `select_delete`
    /// deletes.
    ///
    /// # Errors
    /// [`RunError::OutOfSteps`] and [`RunError::TooManyBytes`].
    ///
    /// ```
    /// use heirloom::{MatchSpec, RunOptions, term};
    ///
    /// let spec: MatchSpec = "[{{'_','$1'}, [], [{'>','$1',1}]}]".parse()?;
    /// assert!(spec.is_true(term!({a, 2})?.as_ref(), &RunOptions::default())?);
    /// assert!(!spec.is_true(term!({a, 1})?.as_ref(), &RunOptions::default())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_true(&self, object: TermRef<'_>, options: &RunOptions) -> Result<bool, RunError> {
        self.runner(options).is_true(object)
    }

    /// What runs the specification over many objects.
    pub(crate) fn runner<'s>(&'s self, options: &'s RunOptions) -> Runner<'s> {
        Runner {
            program: &self.program,
            options,
            steps_left: u64::MAX,
            scratch: Scratch::new(&self.program),
        }
    }

    /// Whether every result for an object surely has the object's key, so that it may take the
    /// object's place: what `select_replace` asks. Looks at the specification only.
    ///
    /// It is so if each clause's body is one expression and that is `'$_'`, or a tuple whose element
    /// at the key's position rebuilds the head's or is `{element,KeyPosition,'$_'}`.
    ///
    /// ```
    /// use heirloom::MatchSpec;
    ///
    /// let count: MatchSpec = "[{{'$1','$2'}, [], [{{'$1',{'+','$2',1}}}]}]".parse()?;
    /// assert!(count.keeps_key(1));
    /// assert!(!count.keeps_key(2));
    /// # Ok::<(), heirloom::SpecError>(())
    /// ```
    pub fn keeps_key(&self, key_position: usize) -> bool {
        compile::clauses(self.source.as_ref())
            .all(|clause| replace::keeps_key(clause, key_position))
    }

    /// Which keys an object must have in order to match.
    pub(crate) fn key_access(&self, key_position: usize) -> KeyAccess {
        key::access(self.source.as_ref(), key_position)
    }
}

/// Runs a specification over one object after the other, which is cheaper than to begin anew with
/// each.
pub(crate) struct Runner<'s> {
    program: &'s Program,
    options: &'s RunOptions,
    /// Steps that are left for all objects together.
    steps_left: u64,
    scratch: Scratch,
}

impl Runner<'_> {
    /// The same runner, which does no more than this many steps over all objects. Each takes at
    /// least one.
    pub(crate) fn with_steps_left(self, steps_left: u64) -> Self {
        Runner { steps_left, ..self }
    }

    /// Whether no step is left for another object.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.steps_left == 0
    }

    /// See [`MatchSpec::select`].
    #[inline]
    pub(crate) fn select<'a>(
        &mut self,
        object: TermRef<'a>,
    ) -> Result<Option<Selected<'a>>, RunError> {
        self.run(object, |run, value| selected(run, value, object))
    }

    /// See [`MatchSpec::is_true`].
    #[inline]
    pub(crate) fn is_true(&mut self, object: TermRef<'_>) -> Result<bool, RunError> {
        let is_true = self.run(object, |_, value| value.word == run::boolean_word(true))?;
        Ok(is_true == Some(true))
    }

    /// What `make` makes of the value for an object.
    #[inline]
    fn run<R>(
        &mut self,
        object: TermRef<'_>,
        make: impl FnOnce(&Run<'_>, Value) -> R,
    ) -> Result<Option<R>, RunError> {
        let steps_max = self.options.steps_max.min(self.steps_left);
        let mut run = Run::new(
            self.program,
            object,
            self.options,
            steps_max,
            &mut self.scratch,
        );
        let value = run.select();
        let made = value.map(|value| value.map(|value| make(&run, value)));
        let steps = (steps_max - run.steps_left()).max(1);
        self.steps_left = self.steps_left.saturating_sub(steps);
        made
    }
}

/// What a run's value is to its caller.
fn selected<'a>(run: &Run<'_>, value: Value, object: TermRef<'a>) -> Selected<'a> {
    match value.block {
        Block::Object if value.word == object.root() => Selected::Object,
        Block::Object => Selected::Part(TermRef::from_parts(value.word, object.words())),
        Block::Constants | Block::Made => Selected::Made(run.view(value).to_term()),
    }
}

impl Selected<'_> {
    /// The result, made of the object that it was selected for.
    ///
    /// ```
    /// use heirloom::{MatchSpec, RunOptions, term};
    ///
    /// let spec: MatchSpec = "[{'_', [], ['$_']}]".parse()?;
    /// let object = term!({a, 1})?;
    /// let selected = spec.select(object.as_ref(), &RunOptions::default())?;
    /// assert_eq!(selected.map(|selected| selected.into_term(object.as_ref())), Some(object));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_term(self, object: TermRef<'_>) -> Term {
        match self {
            Selected::Object => object.to_term(),
            Selected::Part(part) => part.to_term(),
            Selected::Made(term) => term,
        }
    }
}

/// Reads a specification in Erlang's syntax.
impl FromStr for MatchSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<MatchSpec, SpecError> {
        MatchSpec::from_source(text.parse()?)
    }
}

/// Erlang's syntax.
impl fmt::Display for MatchSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(formatter)
    }
}

impl ToTerm for MatchSpec {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        self.source.write(writer, at);
    }
}

/// The results for a list of objects, which may be any terms: a list in the same order, without
/// those that no clause matches. Erlang's `ets:match_spec_run`.
///
/// # Errors
/// [`RunError::NotAList`], and what one object meets: [`RunError::OutOfSteps`] and
/// [`RunError::TooManyBytes`] at the limits of [`RunOptions::default`].
///
/// ```
/// use heirloom::{MatchSpec, match_spec_run, term};
///
/// let spec: MatchSpec = "[{{'$1','$2'}, [{'>','$2',1}], ['$1']}]".parse()?;
/// let objects = term!([{a, 1}, {b, 2}, c, {d, 3}])?;
/// assert_eq!(match_spec_run(&objects, &spec)?, term!([b, d])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn match_spec_run<L: ToTerm + ?Sized>(list: &L, spec: &MatchSpec) -> Result<Term, RunError> {
    list.try_with_term(|list| run_over(list, spec))
}

fn run_over(list: TermRef<'_>, spec: &MatchSpec) -> Result<Term, RunError> {
    let options = RunOptions::default();
    let mut runner = spec.runner(&options);
    let mut objects = list.list_elements().ok_or(RunError::NotAList)?;
    let mut results = TermBuilder::with_limits(&Limits::default());
    for object in objects.by_ref() {
        match runner.select(object)? {
            None => continue,
            Some(Selected::Object) => results.push_term(object),
            Some(Selected::Part(part)) => results.push_term(part),
            Some(Selected::Made(term)) => results.push_term(term.as_ref()),
        }
        .map_err(result_error)?;
    }
    if !objects.tail().is_nil() {
        return Err(RunError::NotAList);
    }
    results.make_list(results.values()).map_err(result_error)?;
    results.finish().map_err(result_error)
}

/// What a builder of results says.
fn result_error(error: TermError) -> RunError {
    match error {
        TermError::TooManyBytes { bytes_max } => RunError::TooManyBytes { bytes_max },
        error => RunError::Term(error),
    }
}

/// Tries a specification out: its result for one object, or `false` where no clause matches. Erlang's
/// `ets:test_ms`.
///
/// # Errors
/// [`TestError::Spec`] where it is no specification, [`TestError::Run`] where it can't be run.
///
/// ```
/// use heirloom::{TestError, term, test_ms};
///
/// let spec = term!([{{atom("$1"), atom("$2")}, [], [atom("$2")]}])?;
/// assert_eq!(test_ms(&term!({a, b}), &spec)?, term!(b)?);
/// assert_eq!(test_ms(&term!({a}), &spec)?, term!(false)?);
/// assert!(matches!(test_ms(&term!({a}), &term!([{a}])), Err(TestError::Spec(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn test_ms<O, S>(object: &O, spec: &S) -> Result<Term, TestError>
where
    O: ToTerm + ?Sized,
    S: ToTerm + ?Sized,
{
    let spec = MatchSpec::new(spec)?;
    let result = object.try_with_term(|object| spec.run(object))?;
    Ok(result.unwrap_or_else(|| Term::from(Atom::FALSE)))
}

#[cfg(test)]
mod tests;
