//! `jixinda node`: the processes that share the store, over the admin API.

use super::output;
use super::server::{Output, ServerArgs, say_json};
use super::table;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the nodes that live, what plugins serve there, and what differs.
    List,
}

const NODES: [(&str, &str); 7] = [
    ("NODE", "name"),
    ("ROLE", "role"),
    ("VERSION", "version"),
    ("PLUGINS", "plugins"),
    ("STARTED", "started_at"),
    ("SEEN", "seen_at"),
    ("ID", "id"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let Command::List = args.command;
    let server = args.server.client()?;
    let answer = server.get(&["nodes"])?;
    if server.output() == Output::Json {
        say_json(&answer);
        return Ok(());
    }
    let rows: Vec<Value> = answer["nodes"].as_array().into_iter().flatten().map(row).collect();
    output::say(&table::list(&rows, &NODES));
    for warning in answer["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        output::say(&format!("warning: {warning}"));
    }
    Ok(())
}

fn row(node: &Value) -> Value {
    let word = |plugin: &Value, name: &str| plugin[name].as_str().unwrap_or_default().to_owned();
    let plugins: Vec<String> = node["plugins"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|plugin| format!("{} {}", word(plugin, "provider"), word(plugin, "version")))
        .collect();
    let mut row = node.clone();
    row["plugins"] = json!(plugins.join(", "));
    row
}
