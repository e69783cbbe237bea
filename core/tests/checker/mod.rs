//! Is a history of concurrent calls linearizable? A checker, and what it needs to judge the calls
//! of a table.
//!
//! * [`spec`]: the calls and what a table answers to them one after the other: three keys, plain
//!   vectors.
//! * [`history`]: calls as they were recorded, and which of them must come before which.
//! * [`walks`]: what a step of a walk says of a hash table, where it is no call of one moment.
//! * [`search`]: looks for an order of the calls that explains all answers.
//! * [`program`]: random calls for the threads of a history.
//! * `judged`: the checker itself, tried on right and on wrong histories.
//! * [`recorder`]: threads that make such calls and record what they were answered.
//! * [`subject`]: makes these calls on a real table; the only file here that knows the crate.

pub mod history;
mod judged;
pub mod program;
pub mod recorder;
pub mod search;
pub mod spec;
pub mod subject;
pub mod walks;
