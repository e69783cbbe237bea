//! Terms as text, in Erlang's own syntax.

mod print;
