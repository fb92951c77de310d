//! What holds of routing for any candidates, outages, traffic and clocks. Each file is about one promise.

mod limits;
mod ranking;
mod recovery;
mod selection;
