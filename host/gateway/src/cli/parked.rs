//! `jixinda parked`: messages that wait for a person (人工处理), over the admin API.

use super::output;
use super::server::{Output, Server, ServerArgs, say_json};
use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the newest hundred, and how many there are for each reason.
    List,
    /// Send messages off again.
    Retry {
        #[command(flatten)]
        which: Which,
        /// Through this channel (name or id) and no other.
        #[arg(long)]
        channel: Option<String>,
        /// Those too that may have been sent already: they may arrive twice.
        #[arg(long)]
        accept_doubles: bool,
        /// How long they are worth sending from now on, in seconds; by default as long as their class is.
        #[arg(long, value_name = "SECONDS")]
        expires_in: Option<u64>,
    },
    /// End messages with a note.
    Close {
        #[command(flatten)]
        which: Which,
        /// What was found out.
        #[arg(long = "as", value_enum, default_value_t = ClosedAs::Cancelled)]
        outcome: ClosedAs,
        /// Why. The application reads it too, in the history and in its webhook.
        #[arg(long)]
        note: String,
    },
}

/// Which messages: their ids, or what they have in common.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Which {
    /// msg_…
    #[arg(conflicts_with_all = ["cause", "application", "template", "all"])]
    ids: Vec<String>,
    /// All with this reason, as `parked list` shows it.
    #[arg(long)]
    cause: Option<String>,
    /// All of this application (app_…).
    #[arg(long)]
    application: Option<String>,
    /// All of this template (tpl_…).
    #[arg(long)]
    template: Option<String>,
    /// All there are, ten thousand at a time.
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClosedAs {
    Cancelled,
    Delivered,
    Undelivered,
}

const COLUMNS: [(&str, &str); 5] =
    [("ID", "id"), ("TO", "to"), ("CLASS", "class"), ("SINCE", "updated_at"), ("CAUSE", "cause")];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => {
            let answer = server.get(&["parked"])?;
            server.show_list(&answer, "messages", &COLUMNS);
            if server.output() == Output::Table {
                server.show_list(&answer, "reasons", &[("CAUSE", "cause"), ("COUNT", "count")]);
            }
        }
        Command::Retry { which, channel, accept_doubles, expires_in } => {
            let mut body = which.body();
            body.extend(channel.map(|channel| ("channel".to_owned(), channel.into())));
            body.extend(expires_in.map(|seconds| ("expires_in".to_owned(), seconds.into())));
            body.insert("accept_doubles".to_owned(), accept_doubles.into());
            report(&server, &server.post(&["parked", "retry"], &body.into())?, "retried");
        }
        Command::Close { which, outcome, note } => {
            let mut body = which.body();
            body.insert("as".to_owned(), format!("{outcome:?}").to_lowercase().into());
            body.insert("note".to_owned(), note.into());
            report(&server, &server.post(&["parked", "close"], &body.into())?, "closed");
        }
    }
    Ok(())
}

impl Which {
    fn body(self) -> Map<String, Value> {
        let mut body = Map::new();
        if !self.ids.is_empty() {
            body.insert("ids".to_owned(), self.ids.into());
            return body;
        }
        let mut matching = Map::new();
        let common = [("cause", self.cause), ("application", self.application), ("template", self.template)];
        for (name, value) in common {
            matching.extend(value.map(|value| (name.to_owned(), Value::from(value))));
        }
        body.insert("matching".to_owned(), json!(matching));
        body
    }
}

fn report(server: &Server, answer: &Value, word: &str) {
    if server.output() == Output::Json {
        return say_json(answer);
    }
    output::say(&format!("{word}: {}", answer[word]));
    for skipped in answer["skipped"].as_array().into_iter().flatten() {
        let text = |name: &str| skipped[name].as_str().unwrap_or_default();
        output::say(&format!("passed over {}: {}", text("id"), text("reason")));
    }
}
