//! Routing on the bench.
