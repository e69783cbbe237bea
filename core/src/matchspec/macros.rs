//! The `match_spec!` macro.

/// Makes a [`MatchSpec`](crate::MatchSpec) in the manner of a closure and of Erlang's `fun2ms`: a
/// pattern between bars, perhaps a guard, and the result. Gives a `Result<MatchSpec, SpecError>`.
///
/// ```
/// use heirloom::{match_spec, term};
///
/// let of_age = 18;
/// let adults = match_spec!(|{'person, name, age}| if age >= of_age && is_binary(name) => name)?;
///
/// assert_eq!(adults.run(term!({person, "Ann", 41})?.as_ref())?, Some(term!("Ann")?));
/// assert_eq!(adults.run(term!({person, "Bob", 7})?.as_ref())?, None);
/// assert_eq!(
///     adults.to_string(),
///     "[{{person,'$1','$2'},[{'andalso',{'>=','$2',{const,18}},{is_binary,'$1'}}],['$1']}]"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Several clauses are separated by semicolons. Of each object the first one counts that matches.
///
/// ```
/// use heirloom::{match_spec, term};
///
/// let areas = match_spec! {
///     |{'circle, r}| => {'area, const(std::f64::consts::PI) * r * r};
///     |{'rectangle, a, a}| => {'square, a};
///     |{'rectangle, a, b}| if a > 0 && b > 0 => {'area, a * b};
///     |_| => object();
/// }?;
/// assert_eq!(areas.run(term!({rectangle, 2, 3})?.as_ref())?, Some(term!({area, 6})?));
/// assert_eq!(areas.run(term!({rectangle, 2, 2})?.as_ref())?, Some(term!({square, 2})?));
/// assert_eq!(areas.run(term!(point)?.as_ref())?, Some(term!(point)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Values
/// In heads, guards and bodies alike:
///
/// | written | is |
/// |---|---|
/// | `name` | in a head a variable, which matches anything, and if it stands there again, the same. In guards and bodies its value; a name that the head does not have is a Rust variable |
/// | `'user`, `atom("odd atom")`, `true` | an atom; the text in `atom` may be any `&str` |
/// | `"text"`, `b"bytes"`, `1`, `-1.5`, `'c'` | a literal, as in [`term!`](crate::term!) |
/// | `const(expression)` | the value of any Rust expression that is [`ToTerm`](crate::ToTerm) |
/// | `{a, b}` | tuple |
/// | `[a, b]`, `[a, b \| tail]` | list |
/// | `#{k => v}` | map |
///
/// Rust values are taken when the specification is made. In guards and bodies they become
/// `{const,Value}`, and mean nothing but themselves.
///
/// # Heads
/// `_` matches anything. A map matches maps that have its keys, which must be literals here; so does a
/// map in a Rust value. The atoms `'_'` and `'$1'`, `'$2'`, … in a Rust value are refused: there is no
/// way to match just them.
///
/// # Guards and bodies
/// | written | in Erlang | |
/// |---|---|---|
/// | `!a`, `-a`, `+a` | `not`, `-`, `+` | bind most tightly |
/// | `a * b`, `a / b`, `a % b` | `*`, `/`, `rem` | `/` gives a float: 7 / 2 is 3.5 |
/// | `a + b`, `a - b` | `+`, `-` | |
/// | `a == b`, `a != b` | `==`, `/=` | 1 and 1.0 are equal |
/// | `a =:= b`, `a =/= b` | `=:=`, `=/=` | 1 and 1.0 are not the same |
/// | `a < b`, `a <= b`, `a > b`, `a >= b` | `<`, `=<`, `>`, `>=` | in the order of all terms; cannot be chained |
/// | `a && b` | `andalso` | |
/// | `a \|\| b` | `orelse` | |
/// | `(a)` | | groups |
/// | `object()` | `'$_'` | the whole object |
/// | `bindings()` | `'$$'` | the list of what the variables are bound to, in the order in which the head names them |
/// | `function(a, b)` | `{function,A,B}` | any [function of the language](crate::MatchSpec), such as `is_atom(a)`, `element(1, a)`, `div(a, b)`, `band(a, b)`, `self()` |
///
/// Functions are those of the language; one of Rust's is called in `const(…)`.
///
/// ```
/// use heirloom::{match_spec, term};
///
/// fn bonus(level: u32) -> u32 {
///     level * 10
/// }
/// let spec = match_spec!(|{{user, _}, score, #{'level => 2}}| if is_atom(user) =>
///     #{user => (score + 1) * 2 + const(bonus(2)), 'of => object()}
/// )?;
/// let object = term!({{ann, 7}, 3, #{level => 2, since => 1998}})?;
/// assert_eq!(
///     spec.run(object.as_ref())?,
///     Some(term!(#{ann => 28, of => (&object)})?)
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SpecError`](crate::SpecError): what [`MatchSpec::from_term`](crate::MatchSpec::from_term) says
/// of the result, such as [`NoSuchFunction`](crate::SpecError::NoSuchFunction);
/// [`VariableInValue`](crate::SpecError::VariableInValue); and
/// [`Term`](crate::SpecError::Term) for a Rust value that has no term. What is not written as above
/// does not compile:
///
/// ```compile_fail
/// heirloom::match_spec!(|x| if 1 < x < 3 => x);
/// ```
///
/// # Cost
/// The specification is compiled each time the macro is run, in time linear in its size: keep it if
/// it is used again.
///
/// The macro takes one token after the other: beyond some forty operands in one expression, twenty
/// pairs in one map or twenty clauses the compiler asks for a higher `recursion_limit`.
#[macro_export]
macro_rules! match_spec {
    ($($clauses:tt)+) => {{
        let mut builder = $crate::__private::SpecBuilder::new();
        $crate::__match_spec!(@split builder [] $($clauses)+);
        builder.finish()
    }};
}

/// The rules behind [`match_spec!`]. They tell tokens apart and leave all else to the builder, the
/// precedence of operators too.
///
/// `@split` finds the ends of clauses; each becomes a block of its own, so that its names end with
/// it. `@names` declares the names of a head. `@operand` and `@operator` take turns along an
/// expression or a pattern, in a context `[mode kind state]`:
///
/// * mode: `pattern` in a head, `literal` in a key of a map there, otherwise `expression`;
/// * kind: what is being read, hence what may follow and what to do at the end;
/// * state: `compared` after a comparison that another one must not follow, otherwise `free`.
#[doc(hidden)]
#[macro_export]
macro_rules! __match_spec {
    // Four tokens a step, since each step counts against the recursion limit.
    (@split $b:ident []) => {};
    (@split $b:ident [$($c:tt)*] ; $($rest:tt)*) => {
        { $crate::__match_spec!(@clause $b $($c)*); }
        $crate::__match_spec!(@split $b [] $($rest)*);
    };
    (@split $b:ident [$($c:tt)*] $x:tt ; $($rest:tt)*) => {
        $crate::__match_spec!(@split $b [$($c)* $x] ; $($rest)*);
    };
    (@split $b:ident [$($c:tt)*] $x:tt $y:tt ; $($rest:tt)*) => {
        $crate::__match_spec!(@split $b [$($c)* $x $y] ; $($rest)*);
    };
    (@split $b:ident [$($c:tt)*] $x:tt $y:tt $z:tt ; $($rest:tt)*) => {
        $crate::__match_spec!(@split $b [$($c)* $x $y $z] ; $($rest)*);
    };
    (@split $b:ident [$($c:tt)*] $w:tt $x:tt $y:tt $z:tt $($rest:tt)*) => {
        $crate::__match_spec!(@split $b [$($c)* $w $x $y $z] $($rest)*);
    };
    (@split $b:ident [$($c:tt)*] $($last:tt)*) => {
        { $crate::__match_spec!(@clause $b $($c)* $($last)*); }
    };

    (@clause $b:ident | $x:tt | $($rest:tt)+) => {
        $crate::__match_spec!(@parts $b [$x] $($rest)+);
    };
    (@clause $b:ident | $x:tt $y:tt | $($rest:tt)+) => {
        $crate::__match_spec!(@parts $b [$x $y] $($rest)+);
    };
    // Without a space before the arrow, Rust reads `|=` and `>`.
    (@clause $b:ident | $x:tt |=> $($rest:tt)*) => {
        $crate::__match_spec!(@parts $b [$x] => $($rest)*);
    };
    (@clause $b:ident | $x:tt $y:tt |=> $($rest:tt)*) => {
        $crate::__match_spec!(@parts $b [$x $y] => $($rest)*);
    };
    (@clause $b:ident $($wrong:tt)*) => {
        ::core::compile_error!("a clause is `|head| if guard => body` or `|head| => body`");
    };
    (@parts $b:ident [$($head:tt)+] $($rest:tt)+) => {
        $b.open_clause();
        $($crate::__match_spec!(@names $b $head);)+
        $crate::__match_spec!(@operand [pattern head free] $b $($head)+);
        $crate::__match_spec!(@guard $b $($rest)+);
    };
    (@guard $b:ident if $($rest:tt)*) => {
        $crate::__match_spec!(@operand [expression guard free] $b $($rest)*);
    };
    (@guard $b:ident => $($rest:tt)*) => {
        $b.close_guards();
        $crate::__match_spec!(@operand [expression body free] $b $($rest)*);
    };
    (@guard $b:ident $($wrong:tt)*) => {
        ::core::compile_error!("a head is followed by `if guard => body` or `=> body`");
    };

    // A minus would be taken for the beginning of a literal.
    (@names $b:ident -) => {};
    (@names $b:ident $l:literal) => {};
    (@names $b:ident atom) => {};
    (@names $b:ident const) => {};
    (@names $b:ident { $($t:tt)* }) => { $($crate::__match_spec!(@names $b $t);)* };
    (@names $b:ident [ $($t:tt)* ]) => { $($crate::__match_spec!(@names $b $t);)* };
    (@names $b:ident $i:ident) => {
        // A name may have no other use than to be equal to itself.
        #[allow(unused_variables)]
        let $i = $b.declare();
    };
    (@names $b:ident $other:tt) => {};

    // Brackets whose elements are single tokens are read in one step.
    (@elements [$m:tt $k:tt] $b:ident $($x:tt),+ $(,)?) => {
        $(
            $crate::__match_spec!(@operand [$m element free] $b $x);
            $b.end_element();
        )+
        $crate::__match_spec!(@end $k $b);
    };
    (@elements [$m:tt $k:tt] $b:ident $($e:tt)*) => {
        $crate::__match_spec!(@operand [$m $k free] $b $($e)*);
    };

    (@operand [$m:tt tuple $s:tt] $b:ident) => { $crate::__match_spec!(@end tuple $b); };
    (@operand [$m:tt list $s:tt] $b:ident) => { $crate::__match_spec!(@end list $b); };
    (@operand [$m:tt key $s:tt] $b:ident) => { $crate::__match_spec!(@end value $b); };
    (@operand [$m:tt arguments $s:tt] $b:ident) => { $crate::__match_spec!(@end arguments $b); };
    (@operand $c:tt $b:ident) => {
        ::core::compile_error!("a pattern or an expression is missing at the end");
    };
    (@operand [pattern key $s:tt] $b:ident $($rest:tt)+) => {
        $crate::__match_spec!(@operand [literal pattern_key $s] $b $($rest)+);
    };
    (@operand [pattern $k:tt $s:tt] $b:ident _ $($rest:tt)*) => {
        $b.anything();
        $crate::__match_spec!(@operator [pattern $k $s] $b $($rest)*);
    };
    // Before the next rule, which would take the second minus for the beginning of a literal.
    (@operand [expression $k:tt $s:tt] $b:ident - - $($rest:tt)*) => {
        $b.prefix("-");
        $crate::__match_spec!(@operand [expression $k $s] $b - $($rest)*);
    };
    (@operand $c:tt $b:ident - $l:literal $($rest:tt)*) => {
        $b.literal(-$l);
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident - $($rest:tt)*) => {
        $b.prefix("-");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident + $($rest:tt)*) => {
        $b.prefix("+");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident ! $($rest:tt)*) => {
        $b.prefix("not");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operand $c:tt $b:ident const ( $e:expr ) $($rest:tt)*) => {
        $b.value(&$e);
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand $c:tt $b:ident atom ( $e:expr ) $($rest:tt)*) => {
        $b.atom(&$e);
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident object () $($rest:tt)*) => {
        $b.object();
        $crate::__match_spec!(@operator [expression $k $s] $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident bindings () $($rest:tt)*) => {
        $b.bindings();
        $crate::__match_spec!(@operator [expression $k $s] $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident $f:ident ( $($e:tt)* ) $($rest:tt)*) => {
        $b.open_call(::core::stringify!($f));
        $crate::__match_spec!(@elements [expression arguments] $b $($e)*);
        $crate::__match_spec!(@operator [expression $k $s] $b $($rest)*);
    };
    (@operand [expression $k:tt $s:tt] $b:ident ( $($e:tt)* ) $($rest:tt)*) => {
        $b.open_group();
        $crate::__match_spec!(@operand [expression group free] $b $($e)*);
        $crate::__match_spec!(@operator [expression $k $s] $b $($rest)*);
    };
    (@operand [$m:tt $k:tt $s:tt] $b:ident { $($e:tt)* } $($rest:tt)*) => {
        $b.open_tuple();
        $crate::__match_spec!(@elements [$m tuple] $b $($e)*);
        $crate::__match_spec!(@operator [$m $k $s] $b $($rest)*);
    };
    (@operand [$m:tt $k:tt $s:tt] $b:ident [ $($e:tt)* ] $($rest:tt)*) => {
        $b.open();
        $crate::__match_spec!(@elements [$m list] $b $($e)*);
        $crate::__match_spec!(@operator [$m $k $s] $b $($rest)*);
    };
    (@operand [$m:tt $k:tt $s:tt] $b:ident # { $($e:tt)* } $($rest:tt)*) => {
        $b.open();
        $crate::__match_spec!(@operand [$m key free] $b $($e)*);
        $crate::__match_spec!(@operator [$m $k $s] $b $($rest)*);
    };
    (@operand $c:tt $b:ident $l:literal $($rest:tt)*) => {
        $b.literal($l);
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand $c:tt $b:ident $l:lifetime $($rest:tt)*) => {
        $b.quoted(::core::stringify!($l));
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand [literal $k:tt $s:tt] $b:ident $($wrong:tt)*) => {
        ::core::compile_error!("the key of a map in a head must be a literal");
    };
    // `@names` has not declared this one.
    (@operand [pattern $k:tt $s:tt] $b:ident atom $($rest:tt)*) => {
        ::core::compile_error!("`atom` cannot be a name in a head; an atom is written `atom(text)`");
    };
    (@operand $c:tt $b:ident $i:ident $($rest:tt)*) => {
        $b.operand(&$i);
        $crate::__match_spec!(@operator $c $b $($rest)*);
    };
    (@operand [pattern $k:tt $s:tt] $b:ident $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "no pattern begins with `", ::core::stringify!($($wrong)*),
            "`; a Rust value is written `const(value)`",
        ));
    };
    (@operand $c:tt $b:ident $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "no expression begins with `", ::core::stringify!($($wrong)*), "`",
        ));
    };

    (@operator [$m:tt $k:tt $s:tt] $b:ident) => { $crate::__match_spec!(@end $k $b); };
    (@operator [$m:tt tuple $s:tt] $b:ident , $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m tuple free] $b $($rest)*);
    };
    (@operator [$m:tt list $s:tt] $b:ident , $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m list free] $b $($rest)*);
    };
    (@operator [$m:tt list $s:tt] $b:ident | $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m tail free] $b $($rest)*);
    };
    (@operator [$m:tt arguments $s:tt] $b:ident , $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m arguments free] $b $($rest)*);
    };
    (@operator [$m:tt key $s:tt] $b:ident => $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m value free] $b $($rest)*);
    };
    (@operator [literal pattern_key $s:tt] $b:ident => $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [pattern value free] $b $($rest)*);
    };
    (@operator [$m:tt value $s:tt] $b:ident , $($rest:tt)*) => {
        $b.end_element();
        $crate::__match_spec!(@operand [$m key free] $b $($rest)*);
    };
    (@operator [expression guard $s:tt] $b:ident => $($rest:tt)*) => {
        $b.close_guards();
        $crate::__match_spec!(@operand [expression body free] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident || $($rest:tt)*) => {
        $b.infix("orelse");
        $crate::__match_spec!(@operand [expression $k free] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident && $($rest:tt)*) => {
        $b.infix("andalso");
        $crate::__match_spec!(@operand [expression $k free] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident == $($rest:tt)*) => {
        $b.infix("==");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident != $($rest:tt)*) => {
        $b.infix("/=");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident =:= $($rest:tt)*) => {
        $b.infix("=:=");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident =/= $($rest:tt)*) => {
        $b.infix("=/=");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident < $($rest:tt)*) => {
        $b.infix("<");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident <= $($rest:tt)*) => {
        $b.infix("=<");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident > $($rest:tt)*) => {
        $b.infix(">");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt free] $b:ident >= $($rest:tt)*) => {
        $b.infix(">=");
        $crate::__match_spec!(@operand [expression $k compared] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident + $($rest:tt)*) => {
        $b.infix("+");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident - $($rest:tt)*) => {
        $b.infix("-");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident * $($rest:tt)*) => {
        $b.infix("*");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident / $($rest:tt)*) => {
        $b.infix("/");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operator [expression $k:tt $s:tt] $b:ident % $($rest:tt)*) => {
        $b.infix("rem");
        $crate::__match_spec!(@operand [expression $k $s] $b $($rest)*);
    };
    (@operator [expression $k:tt compared] $b:ident $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "nothing that may follow a comparison begins with `", ::core::stringify!($($wrong)*),
            "`; comparisons cannot be chained, and a Rust expression is written `const(expression)`",
        ));
    };
    (@operator $c:tt $b:ident $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "nothing that may follow here begins with `", ::core::stringify!($($wrong)*),
            "`; a Rust expression is written `const(expression)`",
        ));
    };

    (@end element $b:ident) => {};
    (@end tuple $b:ident) => { $b.close_tuple(); };
    (@end list $b:ident) => { $b.close_list(); };
    (@end tail $b:ident) => { $b.close_improper_list(); };
    (@end value $b:ident) => { $b.close_map(); };
    (@end arguments $b:ident) => { $b.close_call(); };
    (@end group $b:ident) => { $b.close_group(); };
    (@end head $b:ident) => { $b.close_head(); };
    (@end body $b:ident) => { $b.close_clause(); };
    (@end $k:tt $b:ident) => {
        ::core::compile_error!("`=>` is missing at the end");
    };
}
