//! `compare cache`: Heirloom's tables as caches, beside moka, quick_cache, mini-moka and foyer's cache in memory.
//!
//! Objects are `u64` to `u64` of weight 1, limits are numbers of objects, and everything else is as a contender has it by
//! itself; the peers share one hash function. A cache from which something was evicted may answer a lookup with nothing, but
//! never with another key's value: that ends the run.
//!
//! * [`memory`]: a cache that was filled, and the same after as many other objects went through it.
//! * [`throughput`]: keys from Zipf's distribution with exponent 0.99 over a million, in a cache for a tenth of them and in
//!   one that is larger than all of them; lookups, lookups with 5 % inserts, and an insert after each miss. How often a key was
//!   there is told beside the rates: a hit does other work than a miss.
//! * [`hit_ratios`]: lookups, and an insert after each miss, by one thread, on the [`workload`]s.
//! * [`expiry`]: when objects are gone that live 200 ms.
//! * [`burst`]: how long the slowest call takes when a million objects are over at once.
//!
//! moka and mini-moka write down what has happened and evict later. Where hit ratios and memory are measured they are told to do
//! it every [`SETTLE_EVERY`] requests, so that they hold no more than the others. Throughput is measured as it comes.

pub mod burst;
mod command;
pub mod contender;
pub mod expiry;
pub mod hit_ratios;
pub mod memory;
pub mod plan;
pub mod report;
pub mod results;
pub mod throughput;
pub mod workload;

pub use command::{Options, compare};

/// Requests between two moments at which a cache does what it has put off.
pub const SETTLE_EVERY: usize = 1_000;
