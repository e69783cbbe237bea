//! Support for the tests: a sequential model of ETS, and what runs the same calls on the model and
//! on the crate.
//!
//! * [`value`] and [`order`]: Erlang values, [`call`]: steps and answers as data, [`expected`]: which
//!   answers are right.
//! * [`contents`], with [`updates`], [`walks`] and [`queries`]: one table. [`cursor`]: a query that goes
//!   on while the table changes. [`spec`]: match specifications. [`options`], [`dispatch`], [`world`]:
//!   tables with owners and names. All this is the model. It shares no code with the crate, not even
//!   the terms.
//! * [`engine`]: the same steps on the crate, by way of [`convert`]; nothing else here knows the
//!   crate.
//! * [`text`]: values from Erlang's syntax, for the vectors that the model is checked with.
//! * [`generate`]: random steps; [`run`]: a sequence of steps on both, compared step by step.

// Each test program uses a part of it.
#![allow(dead_code)]

pub mod call;
pub mod contents;
pub mod convert;
pub mod cursor;
pub mod dispatch;
pub mod engine;
pub mod expected;
pub mod generate;
pub mod options;
pub mod order;
pub mod queries;
pub mod run;
pub mod spec;
pub mod text;
pub mod updates;
pub mod value;
pub mod walks;
pub mod world;
