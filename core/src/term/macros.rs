//! The `term!` macro.

use smallvec::SmallVec;

use super::{Atom, Term, TermBuilder, TermError, TermRef, ToTerm};

/// Brackets in one another before there is an allocation.
const INLINE_BRACKETS: usize = 8;

/// Makes a [`Term`] in Erlang's syntax, as far as Rust's tokens allow. Gives a
/// `Result<Term, TermError>`, which can also be handed to a table as it is.
///
/// | written | term |
/// |---|---|
/// | `user`, `true`, `_` | the atom of that name |
/// | `atom("$1")` | any atom; the text may be any `&str` |
/// | `"text"`, `b"bytes"` | binary |
/// | `1`, `-1.5`, `'c'` | number (a character is its code point) |
/// | `{a, b}` | tuple |
/// | `[a, b]`, `[a, b \| tail]` | list |
/// | `#{k => v}` | map |
/// | `(expression)` | any Rust expression that is [`ToTerm`] |
///
/// Containers with more than about a hundred elements that are not single tokens meet the
/// compiler's recursion limit; make those with [`Term::list`] and its relatives.
///
/// # Errors
/// What the conversions of the parts say; the first one counts.
///
/// ```
/// use heirloom::term;
///
/// let name = String::from("Ann");
/// let user = term!({user, (name), [admin, -1 | atom("odd atom")], #{age => (7 * 6)}});
/// assert_eq!(user?.to_string(), r#"{user,<<"Ann">>,[admin,-1|'odd atom'],#{age => 42}}"#);
/// # Ok::<(), heirloom::TermError>(())
/// ```
#[macro_export]
macro_rules! term {
    ($($value:tt)+) => {{
        let mut builder = $crate::__private::MacroBuilder::default();
        $crate::__term!(@value builder $($value)+);
        builder.finish()
    }};
}

/// The rules behind [`term!`]: `@value` is one value of one or two tokens, `@elements`, `@list` and
/// `@map` are the insides of brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __term {
    (@value $b:ident { $($e:tt)* }) => {
        $b.open();
        $crate::__term!(@elements $b $($e)*);
        $b.close_tuple();
    };
    (@value $b:ident [ $($e:tt)* ]) => {
        $b.open();
        $crate::__term!(@list $b $($e)*);
    };
    (@value $b:ident # { $($e:tt)* }) => {
        $b.open();
        $crate::__term!(@map $b $($e)*);
        $b.close_map();
    };
    (@value $b:ident ( $e:expr )) => { $b.push(&$e); };
    (@value $b:ident atom ( $e:expr )) => { $b.atom(&$e); };
    (@value $b:ident $l:literal) => { $b.literal($l); };
    (@value $b:ident _) => { $b.atom("_"); };
    (@value $b:ident $i:ident) => { $b.atom(::core::stringify!($i)); };

    (@elements $b:ident) => {};
    (@elements $b:ident $($x:tt),+ $(,)?) => { $($crate::__term!(@value $b $x);)+ };
    (@elements $b:ident $x:tt, $($rest:tt)*) => {
        $crate::__term!(@value $b $x);
        $crate::__term!(@elements $b $($rest)*);
    };
    (@elements $b:ident $x:tt $y:tt $(, $($rest:tt)*)?) => {
        $crate::__term!(@value $b $x $y);
        $crate::__term!(@elements $b $($($rest)*)?);
    };

    (@list $b:ident) => { $b.close_list(); };
    (@list $b:ident $($x:tt),+ $(,)?) => {
        $($crate::__term!(@value $b $x);)+
        $b.close_list();
    };
    (@list $b:ident | $($tail:tt)+) => {
        $crate::__term!(@value $b $($tail)+);
        $b.close_improper_list();
    };
    (@list $b:ident $x:tt | $($tail:tt)+) => {
        $crate::__term!(@value $b $x);
        $crate::__term!(@list $b | $($tail)+);
    };
    (@list $b:ident $x:tt, $($rest:tt)*) => {
        $crate::__term!(@value $b $x);
        $crate::__term!(@list $b $($rest)*);
    };
    (@list $b:ident $x:tt $y:tt | $($tail:tt)+) => {
        $crate::__term!(@value $b $x $y);
        $crate::__term!(@list $b | $($tail)+);
    };
    (@list $b:ident $x:tt $y:tt $(, $($rest:tt)*)?) => {
        $crate::__term!(@value $b $x $y);
        $crate::__term!(@list $b $($($rest)*)?);
    };

    (@map $b:ident) => {};
    (@map $b:ident $($k:tt => $v:tt),+ $(,)?) => {
        $($crate::__term!(@value $b $k); $crate::__term!(@value $b $v);)+
    };
    (@map $b:ident $k:tt => $($rest:tt)+) => {
        $crate::__term!(@value $b $k);
        $crate::__term!(@map_value $b $($rest)+);
    };
    (@map $b:ident $k:tt $l:tt => $($rest:tt)+) => {
        $crate::__term!(@value $b $k $l);
        $crate::__term!(@map_value $b $($rest)+);
    };
    (@map_value $b:ident $v:tt $(, $($rest:tt)*)?) => {
        $crate::__term!(@value $b $v);
        $crate::__term!(@map $b $($($rest)*)?);
    };
    (@map_value $b:ident $v:tt $w:tt $(, $($rest:tt)*)?) => {
        $crate::__term!(@value $b $v $w);
        $crate::__term!(@map $b $($($rest)*)?);
    };
}

/// Takes what [`term!`] writes down, statement by statement, and remembers the first error, so that
/// the macro's parts stand in the caller's own function and not in a closure.
#[derive(Debug, Default)]
pub struct MacroBuilder {
    builder: TermBuilder,
    /// For each open bracket, how many values were there before it.
    open: SmallVec<[usize; INLINE_BRACKETS]>,
    error: Option<TermError>,
}

impl MacroBuilder {
    fn note(&mut self, result: Result<(), TermError>) {
        if let Err(error) = result {
            self.fail(error);
        }
    }

    /// Begins a container.
    pub fn open(&mut self) {
        self.open.push(self.builder.values());
    }

    /// The values since the innermost open bracket.
    fn close(&mut self) -> usize {
        let before = self.open.pop().unwrap_or(0);
        self.builder.values().saturating_sub(before)
    }

    /// Ends a tuple.
    pub fn close_tuple(&mut self) {
        let count = self.close();
        let made = self.builder.make_tuple(count);
        self.note(made);
    }

    /// Ends a list.
    pub fn close_list(&mut self) {
        let count = self.close();
        let made = self.builder.make_list(count);
        self.note(made);
    }

    /// Ends a list whose last value is its tail.
    pub fn close_improper_list(&mut self) {
        let count = self.close().saturating_sub(1);
        let made = self.builder.make_improper_list(count);
        self.note(made);
    }

    /// Ends a map of keys and values in turn.
    pub fn close_map(&mut self) {
        let count = self.close() / 2;
        let made = self.builder.make_map(count);
        self.note(made);
    }

    /// Puts the last values into a call of a match specification: `{name, a, b}`.
    pub(crate) fn make_call(&mut self, name: Atom, arguments: usize) {
        let made = self.builder.make_tagged_tuple(name, arguments);
        self.note(made);
    }

    /// Any value.
    pub fn push<T: ToTerm + ?Sized>(&mut self, value: &T) {
        self.try_push(value);
    }

    /// Any value, which is returned unless it has no term.
    pub(crate) fn try_push<T: ToTerm + ?Sized>(&mut self, value: &T) -> Option<TermRef<'_>> {
        match self.builder.push(value) {
            Ok(()) => self.builder.last(),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// An atom.
    pub(crate) fn push_atom(&mut self, atom: Atom) {
        let pushed = self.builder.push_atom(atom);
        self.note(pushed);
    }

    /// Remembers an error.
    pub(crate) fn fail(&mut self, error: TermError) {
        self.error.get_or_insert(error);
    }

    /// A literal, whose type follows from what it looks like.
    pub fn literal<T: Literal>(&mut self, value: T) {
        self.push(&value);
    }

    /// An atom by its text, or by an identifier's.
    pub fn atom(&mut self, text: &str) {
        let text = text.strip_prefix("r#").unwrap_or(text);
        let pushed = Atom::new(text)
            .map_err(TermError::from)
            .and_then(|atom| self.builder.push_atom(atom));
        self.note(pushed);
    }

    /// The term, or the first error.
    pub fn finish(self) -> Result<Term, TermError> {
        match self.error {
            Some(error) => Err(error),
            None => self.builder.finish(),
        }
    }
}

/// One type per form of literal: an integer without a suffix is an `i64`.
pub trait Literal: ToTerm {}

impl Literal for i64 {}
impl Literal for f64 {}
impl Literal for bool {}
impl Literal for char {}
impl Literal for &str {}
impl<const N: usize> Literal for &[u8; N] {}

#[cfg(test)]
mod tests {
    use crate::{Atom, TermError};

    /// What a term made by the macro prints.
    fn text(term: Result<crate::Term, TermError>) -> String {
        term.expect("a term").to_string()
    }

    #[test]
    fn every_form_of_a_value() {
        assert_eq!(text(term!(ok)), "ok");
        assert_eq!(text(term!(_)), "'_'");
        assert_eq!(text(term!(r#type)), "type");
        assert_eq!(text(term!(atom("$1"))), "'$1'");
        assert_eq!(text(term!(5_000_000_000)), "5000000000");
        assert_eq!(text(term!(-1.5)), "-1.5");
        assert_eq!(text(term!('c')), "99");
        assert_eq!(text(term!("text")), r#"<<"text">>"#);
        assert_eq!(text(term!(b"\x00")), "<<0>>");
        assert_eq!(text(term!(true)), "true");
        assert_eq!(text(term!((1u8 + 1))), "2");
    }

    #[test]
    fn containers_nest_in_any_way() {
        assert_eq!(text(term!({})), "{}");
        assert_eq!(text(term!([])), "[]");
        assert_eq!(text(term!(#{})), "#{}");
        assert_eq!(
            text(term!({a, -1, atom("B"), {}, [], #{}, -2})),
            "{a,-1,'B',{},[],#{},-2}"
        );
        assert_eq!(text(term!([a, -1,])), "[a,-1]");
        assert_eq!(text(term!([a | b])), "[a|b]");
        assert_eq!(text(term!([-1, atom("x") | -1])), "[-1,x|-1]");
        assert_eq!(text(term!([-1 | #{a => -1}])), "[-1|#{a => -1}]");
        assert_eq!(
            text(term!(#{a => 1, -1 => -1, {} => [b], #{} => #{}})),
            "#{-1 => -1,a => 1,{} => [b],#{} => #{}}"
        );
        assert_eq!(
            text(term!({a, {b, [c, (vec![1i64, 2])]}})),
            "{a,{b,[c,[1,2]]}}"
        );
    }

    #[test]
    fn parts_stand_in_the_callers_function() -> Result<(), std::num::ParseIntError> {
        let term = term!({n, ("17".parse::<i64>()?)});
        assert_eq!(text(term), "{n,17}");
        Ok(())
    }

    #[test]
    fn the_first_error_counts() {
        assert!(matches!(
            term!({1, [(f64::NAN)], atom(&"x".repeat(256))}),
            Err(TermError::NotFinite { .. })
        ));
        assert!(matches!(
            term!({ atom(&"x".repeat(256)) }),
            Err(TermError::Atom(_))
        ));
        assert_eq!(term!(#{a => 1, a => 2}), Err(TermError::DuplicateKey));
        assert_eq!(text(term!({(Atom::OK), (term!([1]))})), "{ok,[1]}");
    }
}
