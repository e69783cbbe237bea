//! Comparison of Heirloom's tables with the maps a Rust program would otherwise use, with real ETS, and with
//! what the machine's memory allows. Run it with
//! `cargo run --release -p heirloom-benches --bin compare -- hash`.
//!
//! # What is compared
//!
//! One process holds the same objects in every contender: Heirloom (a public `set`), dashmap, papaya, scc's
//! `HashMap` and `HashIndex`, `RwLock<hashbrown::HashMap>`, and ETS in an Erlang node of its own if there is an
//! `erl` on the path. The Rust peers share one hash function; Heirloom and ETS have their own. Every map grows
//! from empty with its default settings and the system's allocator.
//!
//! * Objects: `{int, int}` (`u64` to `u64` for the peers) and `{binary16, binary64}` (`[u8; 16]` to `[u8; 64]`,
//!   copied out by a read).
//! * Operations: 100 %, 95 % and 50 % reads, the rest inserts that overwrite; and churn, half inserts and half
//!   deletes over twice as many keys as the table has objects, so that half of the keys are present.
//! * Keys: uniform, or Zipf with exponent 0.99, with ranks scattered over the key space.
//!
//! # How it is measured
//!
//! A *cell* is one combination of object, number of objects, operations, keys and threads. In each round of a
//! cell every contender has one short slice, in an order that rotates from round to round, so that noise from
//! outside hits all alike; the figure is the median of the rounds. A slice starts with a warm-up that is not
//! counted. Time in which a single thread was ready but another process had its core is taken off, as the kernel counts it;
//! figures of several threads to which that happened are marked.
//! The threads live as long as the run. Keys come from streams drawn beforehand (see [`workload`]).
//! Every value that is read is checked to be one that belongs to its key; a wrong one ends the run.
//!
//! # Reading order
//!
//! [`workload`], [`contender`], [`measure`], [`limits`], [`report`].

#![forbid(unsafe_code)]

pub mod contender;
pub mod error;
pub mod ets;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod plan;
pub mod report;
pub mod results;
pub mod workload;
