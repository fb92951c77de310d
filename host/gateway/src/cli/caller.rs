//! Speaking to a running gateway as an application does, over `/v1`, by the SDK: what `jixinda send` and `jixinda status` share.

use super::server::{Output, say_json};
use super::{output, table};
use anyhow::Context as _;
use jixinda_domain::clock::Stopwatch;
use jixinda_sdk::{Client, MessageStatus, Story, blocking};
use serde_json::Value;
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

/// Whether somebody waits for a message's end, and how long.
#[derive(clap::Args)]
pub struct Follow {
    /// Wait until it is at its end, and show what happened.
    #[arg(long)]
    pub wait: bool,
    /// How long to wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "wait")]
    patience: u64,
}

/// An application at a terminal.
pub struct Caller {
    client: blocking::Client,
    output: Output,
}

const HISTORY: [(&str, &str); 4] = [("AT", "at"), ("STATUS", "status"), ("BY", "by"), ("WHAT", "what")];
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
        let history = story.history.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        output::say(&table::list(&history, &HISTORY));
        Ok(())
    }

    /// Looks at a message: once, or until it is at its end or the patience is. One that was sent waits for its receipt.
    pub fn follow(&self, id: &str, how: &Follow) -> anyhow::Result<Story> {
        // Whoever has just sent it learns its id at least.
        let look = || self.client.get(id).with_context(|| format!("{id} cannot be looked at"));
        if !how.wait {
            return look();
        }
        let (begun, mut shown) = (Stopwatch::start(), None);
        loop {
            let story = look()?;
            let status = story.message.status.clone();
            // What is parked waits for a person, what is overdue for nothing that is likely to come.
            if status.is_final() || status == MessageStatus::Parked || story.message.receipt_overdue {
                return Ok(story);
            }
            if begun.elapsed() > Duration::from_secs(how.patience) {
                anyhow::bail!("after {} s {id} is still {status}; look again with `jixinda status {id}`", how.patience);
            }
            if shown.as_ref() != Some(&status) && self.output == Output::Table {
                output::say(&format!("{id} is {status}"));
                shown = Some(status);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
