//! The crash harness (崩溃演练): a gateway under mixed traffic is killed, stopped, starved of its disk, locked out of its store, cut off
//! from its provider and lied to about the time; then every acknowledged text is looked for at the provider.
//!
//! A [`Plan`] says what happens, drawn from a seed or written by a test. [`play`] sets the stage, lets `traffic` write into the `ledger`,
//! has each step of the plan made by `disturb`, and hands both sides' memory to `audit`. `table` puts many runs on a page. `unfinished`
//! measures one start with a full store. What the runs promise is in docs/RELIABILITY.md.

mod audit;
mod books;
mod clock;
mod counts;
mod dice;
mod disk;
mod disturb;
mod ledger;
mod options;
mod plan;
mod recovery;
mod request;
mod run;
mod table;
mod traffic;
mod unfinished;
mod weather;

pub use counts::Counts;
pub use dice::Dice;
pub use disk::SmallDisk;
pub use disturb::Setup;
pub use options::Options;
pub use plan::{Disturbance, Kind, Plan, Step};
pub use recovery::Recovery;
pub use run::{Done, Report, play};
pub use table::{Table, line};
pub use unfinished::{Unfinished, measure_unfinished};
pub use weather::Weather;
