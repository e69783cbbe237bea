//! The one place that names `std::sync`: everything else imports from here, so that another implementation can be put in.

// Not every part of the crate needs every primitive in every configuration.
#![allow(unused_imports)]

pub(crate) use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock, Weak, atomic};
