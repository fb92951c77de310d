//! The runtime of provider components, with real components in it.

mod aliyun;
mod canary;
mod egress;
mod faults;
mod folder;
mod folder_contest;
mod gate;
mod record;
mod speech;
mod swap;
