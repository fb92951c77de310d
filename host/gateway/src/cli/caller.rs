//! Speaking to a running gateway as an application does, over `/v1`, by the SDK: what `jixinda send` and `jixinda status` share.

use super::server::{Output, say_json};
use super::{output, table};
use anyhow::Context as _;
use jixinda_domain::clock::Stopwatch;
use jixinda_sdk::{Client, MessageStatus, Story, blocking};
use serde_json::{Value, json};
use std::time::Duration;

/// Which gateway, which application, and how the answer is shown.
#[derive(clap::Args)]
pub struct CallerArgs {
    /// Address of the gateway.
    #[arg(long, env = "JIXINDA_SERVER", default_value = "http://127.0.0.1:8770", value_name = "URL")]
    server: String,
    /// Key of an application, key_….secret: `jixinda application key-add NAME` makes one. A test key (`--test`) reaches nobody.
    #[arg(long, env = "JIXINDA_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Certificates (PEM) to trust beside the public ones.
    #[arg(long, value_name = "FILE")]
    ca: Option<std::path::PathBuf>,
    /// How the answer is shown.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// An application at a terminal.
pub struct Caller {
    client: blocking::Client,
    output: Output,
}

/// How often a message is looked at while somebody waits for its end.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl CallerArgs {
    /// A client for this gateway. Requests are signed; the secret stays here.
    pub fn client(self) -> anyhow::Result<Caller> {
        let key = self.key.filter(|key| !key.is_empty()).context(
            "no application key: give --key or set JIXINDA_KEY to key_….secret; `jixinda application key-add NAME` makes one",
        )?;
        let mut builder = Client::builder(self.server).key(key).user_agent("jixinda");
        if let Some(file) = self.ca {
            let pem = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            builder = builder.root_certificate(pem);
        }
        Ok(Caller { client: blocking::Client::new(builder.build()?)?, output: self.output })
    }
}

impl Caller {
    pub fn client(&self) -> &blocking::Client {
        &self.client
    }

    /// Shows anything: fields for people, JSON for programs.
    pub fn show(&self, thing: &impl serde::Serialize) -> anyhow::Result<()> {
        let thing = serde_json::to_value(thing)?;
        match self.output {
            Output::Json => say_json(&thing),
            Output::Table => output::say(&table::fields(&thing)),
        }
        Ok(())
    }

    /// Shows a message and what happened to it.
    pub fn show_story(&self, story: &Story) -> anyhow::Result<()> {
        if self.output == Output::Json {
            return self.show(story);
        }
        let mut fields = serde_json::to_value(&story.message)?;
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
            if let Some(cause) = &story.message.cause {
                fields.insert("cause".to_owned(), Value::from(format!("{}: {}", cause.code, cause.detail)));
            }
        }
        output::say(&table::fields(&fields));
        output::say("");
        output::say(&table::list(
            &rows(&story.history)?,
            &[("AT", "at"), ("STATUS", "status"), ("BY", "by"), ("WHAT", "what")],
        ));
        Ok(())
    }

    /// Looks at a message until it is at its end, or the patience is; a message that was sent waits for its receipt.
    pub fn wait_for_end(&self, id: &str, patience: Duration) -> anyhow::Result<Story> {
        let (begun, mut shown) = (Stopwatch::start(), None);
        loop {
            let story = self.client.get(id)?;
            let status = story.message.status.clone();
            // What is parked waits for a person, what is overdue for nothing that is likely to come.
            if status.is_final() || status == MessageStatus::Parked || story.message.receipt_overdue {
                return Ok(story);
            }
            if begun.elapsed() > patience {
                anyhow::bail!(
                    "after {} s {id} is still {status}; look again with `jixinda status {id}`",
                    patience.as_secs()
                );
            }
            if shown.as_ref() != Some(&status) && self.output == Output::Table {
                output::say(&format!("{id} is {status}"));
                shown = Some(status);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

fn rows(history: &[jixinda_sdk::HistoryEntry]) -> anyhow::Result<Vec<Value>> {
    match json!(history) {
        Value::Array(rows) => Ok(rows),
        _ => anyhow::bail!("a history is a list"),
    }
}
