//! A test case of a plugin: a folder with what the gateway asks (`input.json`), what the provider is asked and answers
//! (`provider.json`), and what must come of it (`expected.json`).

mod input;
mod verdict;

use super::bench::Bench;
use super::example;
use super::exchange::Exchange;
use crate::account_settings::settle;
use anyhow::Context as _;
pub use input::{Ask, Input, MessageInput, callback, outgoing};
use jixinda_domain::Outcome;
use jixinda_domain::clock::Stopwatch;
use jixinda_runtime::Secrets;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
pub use verdict::Verdict;

/// One folder of a cases directory.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    folder: PathBuf,
    pub input: Input,
}

/// Whether a run compares with the files or writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Compare,
    /// The requests and the result are written as they are now; answers stay.
    Update,
}

/// Reads all cases below a folder, by name.
///
/// # Errors
/// Where the folder or an input cannot be read, or there is no case.
pub fn all(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut cases = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.join("input.json").is_file() {
            cases.push(Case::read(&path)?);
        } else if path.join("provider.json").is_file() || path.join("expected.json").is_file() {
            anyhow::bail!("{} has no input.json: is it misnamed?", path.display());
        }
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    anyhow::ensure!(!cases.is_empty(), "{} has no case: a case is a folder with an input.json", folder.display());
    Ok(cases)
}

impl Case {
    /// Reads one.
    ///
    /// # Errors
    /// Where its input is not what it should be.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let input = read(&folder.join("input.json"))?.context("input.json is missing")?;
        Ok(Self { name, folder: folder.to_owned(), input })
    }

    /// The recorded exchanges; none where there is no file.
    ///
    /// # Errors
    /// Where the file is not what it should be.
    pub fn exchanges(&self) -> anyhow::Result<Vec<Exchange>> {
        Ok(read(&self.folder.join("provider.json"))?.unwrap_or_default())
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where its files cannot be read or written, or its account does not fit the schema.
    pub async fn run(&self, bench: &Bench, mode: Mode) -> anyhow::Result<Verdict> {
        let account = self.account(bench)?;
        let exchanges = self.exchanges()?;
        let answers = exchanges.len();
        bench.clock.set(self.input.at);
        bench.script.expect(exchanges);
        let (came, heard) = input::ask(bench, &account, &self.input.ask).await;
        let came = tidy(came);
        if mode == Mode::Update {
            anyhow::ensure!(
                heard.exchanges.len() == answers,
                "it makes {} requests, and provider.json has answers to {answers}: write what the provider answers to each first",
                heard.exchanges.len()
            );
            write(&self.folder.join("provider.json"), &serde_json::to_value(&heard.exchanges)?)?;
            write(&self.folder.join("expected.json"), &came)?;
            return Ok(Verdict::updated(self));
        }
        let expected: Option<Value> = read(&self.folder.join("expected.json"))?;
        let expected =
            expected.context("expected.json is missing: write it, or run with --update and read what it says")?;
        Ok(Verdict::of(self, &tidy(expected), &came, heard.objections))
    }

    /// Runs it many times and answers how long each call took: a fresh instance, the plugin's work, the scripted answers.
    ///
    /// # Errors
    /// Where its files cannot be read, or its account does not fit the schema.
    pub async fn time(&self, bench: &Bench, calls: usize) -> anyhow::Result<Vec<Duration>> {
        let (account, exchanges) = (self.account(bench)?, self.exchanges()?);
        bench.clock.set(self.input.at);
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            bench.script.expect(exchanges.clone());
            let start = Stopwatch::start();
            input::ask(bench, &account, &self.input.ask).await;
            times.push(start.elapsed());
        }
        Ok(times)
    }

    /// Asks the real provider with real settings and keeps its answers, scrubbed of the secrets. Answers how many there were.
    ///
    /// # Errors
    /// Where the settings do not fit, or the file cannot be written.
    pub async fn record(
        &self,
        bench: &Bench,
        config: serde_json::Map<String, Value>,
        recorder: &super::Recorder,
    ) -> anyhow::Result<usize> {
        let settled =
            settle(bench.plugin(), config, &Secrets::new()).map_err(|wrong| anyhow::anyhow!("config: {wrong}"))?;
        let account = example::account(bench.plugin(), settled, Some(example::CALLBACK_URL.to_owned()))?;
        input::ask(bench, &account, &self.input.ask).await;
        let exchanges = recorder.take();
        anyhow::ensure!(!exchanges.is_empty(), "it asked the provider for nothing; the case is unchanged");
        let unanswered = exchanges.iter().find(|exchange| matches!(exchange.answer, super::Answer::Error { .. }));
        if let Some(exchange) = unanswered {
            let url = account.scrub(&exchange.request.url);
            anyhow::bail!(
                "no answer came from {url}; the case is unchanged. On this machine's own network: --allow-network 127.0.0.0/8"
            );
        }
        let kept: Vec<Exchange> = exchanges.iter().map(|exchange| exchange.kept(|text| account.scrub(text))).collect();
        write(&self.folder.join("provider.json"), &serde_json::to_value(&kept)?)?;
        Ok(kept.len())
    }

    fn account(&self, bench: &Bench) -> anyhow::Result<jixinda_runtime::AccountAccess> {
        let settled = example::overlaid(bench.plugin(), &self.input.config)?;
        example::account(bench.plugin(), settled, Some(example::CALLBACK_URL.to_owned()))
    }
}

/// The outcome kinds that cases of `send` expect: what the conformance suite asks to be shown.
pub fn kinds(cases: &[Case]) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for case in cases {
        let Ok(Some(expected)) = read::<Value>(&case.folder.join("expected.json")) else { continue };
        let outcomes: Vec<Outcome> = serde_json::from_value(expected["outcomes"].clone()).unwrap_or_default();
        kinds.extend(outcomes.iter().map(Outcome::kind));
    }
    kinds
}

/// Nulls say nothing: a case may leave them out.
fn tidy(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            object.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, tidy(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(tidy).collect(),
        other => other,
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    serde_json::from_str(&text).map(Some).with_context(|| path.display().to_string())
}

/// Writes JSON as people read it.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, value: &Value) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
