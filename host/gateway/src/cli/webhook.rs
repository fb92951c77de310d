//! `jixinda webhook`: where applications are told what became of their messages, and what they were told, over the admin API.

use super::output;
use super::server::{Output, Server, ServerArgs, say_json};
use clap::Subcommand;
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
    /// List the endpoints of an application.
    List {
        /// The application's name or id.
        application: String,
    },
    /// Add an endpoint; its signing key is shown only now.
    Add {
        /// The application's name or id.
        application: String,
        /// Where events are posted to.
        url: String,
        /// A kind of event: message.updated or message.inbound; repeatable. None: both.
        #[arg(long = "event", value_name = "KIND")]
        events: Vec<String>,
        /// A status to be told of; repeatable. None: all.
        #[arg(long = "status", value_name = "STATUS")]
        statuses: Vec<String>,
    },
    /// Change an endpoint; what is not named stays.
    Update {
        #[command(flatten)]
        endpoint: Endpoint,
        /// A new address.
        #[arg(long)]
        url: Option<String>,
        /// Whether events are recorded and delivered.
        #[arg(long, value_name = "true|false")]
        active: Option<bool>,
        /// A kind of event; repeatable. Replaces all of them.
        #[arg(long = "event", value_name = "KIND")]
        events: Vec<String>,
        /// A status to be told of; repeatable. Replaces all of them.
        #[arg(long = "status", value_name = "STATUS", conflicts_with = "any_status")]
        statuses: Vec<String>,
        /// Tell of every status.
        #[arg(long)]
        any_status: bool,
    },
    /// Remove an endpoint with all that waits for it.
    Remove(Endpoint),
    /// Make a new signing key, shown only now; the old one signs too for a while.
    Rotate(Endpoint),
    /// Send an event of the kind webhook.test now, and say what the endpoint answered.
    Test(Endpoint),
    /// List deliveries, newest first.
    Deliveries {
        /// Of one application.
        #[arg(long)]
        application: Option<String>,
        /// Of one endpoint: whk_…
        #[arg(long)]
        webhook: Option<String>,
        /// waiting, delivered or parked.
        #[arg(long)]
        state: Option<String>,
        /// About one message: msg_…
        #[arg(long)]
        message: Option<String>,
        /// How many at most, 1 to 200.
        #[arg(long)]
        limit: Option<u32>,
        /// The next_cursor of an earlier answer.
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Tell parked events again, or those that happened since a time.
    Replay {
        #[command(flatten)]
        endpoint: Endpoint,
        /// One event only: evt_…
        #[arg(long, conflicts_with_all = ["since", "state"])]
        event: Option<String>,
        /// What happened at or after this time (RFC 3339).
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// parked (the default), waiting, delivered or all.
        #[arg(long)]
        state: Option<String>,
    },
}

#[derive(clap::Args)]
struct Endpoint {
    /// The application's name or id.
    application: String,
    /// The endpoint: whk_…
    webhook: String,
}

impl Endpoint {
    fn path(&self) -> [&str; 4] {
        ["applications", &self.application, "webhooks", &self.webhook]
    }

    fn below<'a>(&'a self, what: &'a str) -> Vec<&'a str> {
        [&self.path()[..], &[what]].concat()
    }
}

const COLUMNS: [(&str, &str); 6] = [
    ("ID", "id"),
    ("URL", "url"),
    ("ACTIVE", "active"),
    ("EVENTS", "events"),
    ("STATUSES", "statuses"),
    ("OFF BECAUSE", "off_reason"),
];
const DELIVERY_COLUMNS: [(&str, &str); 8] = [
    ("EVENT", "event"),
    ("WEBHOOK", "webhook"),
    ("TYPE", "type"),
    ("STATUS", "status"),
    ("STATE", "state"),
    ("TRIES", "tries"),
    ("HAPPENED", "occurred_at"),
    ("DUE", "due_at"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List { application } => {
            let answer = server.get(&["applications", &application, "webhooks"])?;
            server.show_list(&answer, "webhooks", &COLUMNS);
        }
        Command::Add { application, url, events, statuses } => {
            let mut body = Map::from_iter([("url".to_owned(), Value::from(url))]);
            insert_lists(&mut body, events, statuses);
            let answer = server.post(&["applications", &application, "webhooks"], &body.into())?;
            match server.output() {
                Output::Json => say_json(&answer),
                Output::Table => {
                    server.show(&answer["webhook"]);
                    show_secret(&answer);
                }
            }
        }
        Command::Update { endpoint, url, active, events, statuses, any_status } => {
            let mut body = Map::new();
            body.extend(url.map(|url| ("url".to_owned(), Value::from(url))));
            body.extend(active.map(|active| ("active".to_owned(), Value::from(active))));
            insert_lists(&mut body, events, statuses);
            if any_status {
                body.insert("statuses".to_owned(), json!([]));
            }
            server.show(&server.patch(&endpoint.path(), &body.into())?);
        }
        Command::Remove(endpoint) => {
            server.delete(&endpoint.path())?;
            server.done("removed");
        }
        Command::Rotate(endpoint) => {
            let answer = server.post(&endpoint.below("rotate"), &json!({}))?;
            match server.output() {
                Output::Json => say_json(&answer),
                Output::Table => show_secret(&answer),
            }
        }
        Command::Test(endpoint) => server.show(&server.post(&endpoint.below("test"), &json!({}))?),
        Command::Deliveries { application, webhook, state, message, limit, cursor } => {
            let limit = limit.map(|limit| limit.to_string());
            let filter = [
                ("application", application),
                ("webhook", webhook),
                ("state", state),
                ("message", message),
                ("limit", limit),
                ("cursor", cursor),
            ];
            let filter: Vec<(&str, String)> =
                filter.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            server.show_list(&server.find(&["webhook-deliveries"], &filter)?, "deliveries", &DELIVERY_COLUMNS);
        }
        Command::Replay { endpoint, event, since, state } => replay(&server, &endpoint, event, since, state)?,
    }
    Ok(())
}

fn replay(
    server: &Server,
    endpoint: &Endpoint,
    event: Option<String>,
    since: Option<String>,
    state: Option<String>,
) -> anyhow::Result<()> {
    let answer = match event {
        Some(event) => server.post(&["webhook-deliveries", &endpoint.webhook, &event, "replay"], &json!({}))?,
        None => {
            let mut body = Map::new();
            body.extend(since.map(|since| ("since".to_owned(), Value::from(since))));
            body.extend(state.map(|state| ("state".to_owned(), Value::from(state))));
            server.post(&endpoint.below("replay"), &body.into())?
        }
    };
    server.show(&answer);
    Ok(())
}

fn insert_lists(body: &mut Map<String, Value>, events: Vec<String>, statuses: Vec<String>) {
    for (name, list) in [("events", events), ("statuses", statuses)] {
        if !list.is_empty() {
            body.insert(name.to_owned(), list.into());
        }
    }
}

fn show_secret(answer: &Value) {
    let secret = answer["secret"].as_str().unwrap_or_default();
    output::say(&format!("signing key (shown only now): {secret}"));
}
