//! What nodes share through Redis: the only crate that knows it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
