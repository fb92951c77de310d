//! `/v1/messages`: one file a verb. They read and write JSON; the rules are in `intake`.

pub mod batch;
pub mod cancel;
pub mod create;
mod explanation;
pub mod get;
mod history;
pub mod list;
mod submission;
mod view;

pub use list::{ListAnswer, ListQuery};
pub use view::{CauseView, MessageView, StoryView};
