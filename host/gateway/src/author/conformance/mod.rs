//! The conformance suite: what every provider component must keep to, whoever wrote it and in whatever language.
//!
//! One file for each side of a plugin. A check that a plugin cannot be put to is skipped, with the reason.

mod describing;
mod hearing;
mod report;
mod sending;
mod upstreams;

use super::bench::Bench;
use super::case::Case;
use jixinda_runtime::AccountAccess;
pub use report::{Finding, Report};

/// Runs the whole suite. The cases show what no stranger can guess: how this provider says yes and no.
///
/// # Errors
/// Where the schema's example does not give an account to work with: nothing else can be checked then.
pub async fn run(bench: &Bench, cases: &[Case]) -> anyhow::Result<Report> {
    let mut report = Report::default();
    describing::check(bench, &mut report).await;
    let account = match bench.example_account() {
        Ok(account) => account,
        Err(wrong) => {
            report.add("the schema accepts its own example", Finding::Failed(format!("{wrong:#}")));
            return Ok(report);
        }
    };
    report.add("the schema accepts its own example", Finding::Passed);
    let subject = Subject { bench, account, cases };
    sending::check(&subject, &mut report).await;
    hearing::check(&subject, &mut report).await;
    Ok(report)
}

/// What is being checked.
struct Subject<'a> {
    bench: &'a Bench,
    /// Of the schema's example.
    account: AccountAccess,
    cases: &'a [Case],
}
