//! `jixinda provider`: which plugins serve, and what became of each file of the plugin folder, over the admin API.

use super::server::{Output, Server, ServerArgs, say_json};
use super::{output, table};
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
    /// List the providers that are served, and the files of the plugin folder.
    List,
    /// Show one provider, with the settings that its accounts take.
    Show {
        /// Its id, for example aliyun.
        provider: String,
    },
    /// Look at the plugin folder now instead of at the next event.
    Rescan,
}

const PROVIDERS: [(&str, &str); 6] = [
    ("PROVIDER", "provider"),
    ("VERSION", "version"),
    ("GENERATION", "generation"),
    ("FILE", "file"),
    ("SINCE", "since"),
    ("CALLS", "calls"),
];
const FILES: [(&str, &str); 5] =
    [("FILE", "file"), ("STATE", "state"), ("PROVIDER", "provider"), ("VERSION", "version"), ("REASON", "reason")];
const CANARIES: [(&str, &str); 8] = [
    ("CANARY OF", "provider"),
    ("VERSION", "version"),
    ("GENERATION", "generation"),
    ("SHARE", "share"),
    ("CALLS", "calls"),
    ("FAULTS", "faults"),
    ("MESSAGES", "messages"),
    ("REFUSALS", "refusals"),
];
const SETTINGS: [(&str, &str); 5] =
    [("SETTING", "name"), ("TYPE", "type"), ("NEEDED", "needed"), ("SECRET", "secret"), ("DEFAULT", "default")];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => list(&server),
        Command::Show { provider } => show(&server, &provider),
        Command::Rescan => {
            server.post(&["providers", "rescan"], &json!({}))?;
            server.done("the plugin folder is looked at");
            Ok(())
        }
    }
}

/// Also what `plugin list` shows of a running gateway.
pub fn list(server: &Server) -> anyhow::Result<()> {
    let answer = server.get(&["providers"])?;
    if server.output() == Output::Json {
        say_json(&answer);
        return Ok(());
    }
    let rows = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
    output::say(&table::list(&rows("providers"), &PROVIDERS));
    output::say("");
    output::say(&table::list(&rows("files"), &FILES));
    let canaries: Vec<Value> = rows("providers").iter().flat_map(canary).collect();
    if !canaries.is_empty() {
        output::say("");
        output::say(&table::list(&canaries, &CANARIES));
    }
    Ok(())
}

fn show(server: &Server, provider: &str) -> anyhow::Result<()> {
    let answer = server.get(&["providers", provider])?;
    if server.output() == Output::Json {
        say_json(&answer);
        return Ok(());
    }
    output::say(&table::fields(&answer["provider"]));
    output::say("");
    output::say(&table::list(&settings(&answer["config_schema"]), &SETTINGS));
    Ok(())
}

/// A row for each generation of a canary: the one that serves, and the one that is tried.
fn canary(provider: &Value) -> Vec<Value> {
    let tried = &provider["canary"];
    let Some(share) = tried["share"].as_f64() else { return Vec::new() };
    let row = |plugin: &Value, share: f64, evidence: &Value| {
        json!({"provider": provider["provider"], "version": plugin["version"], "generation": plugin["generation"],
            "share": format!("{} %", (share * 1000.0).round() / 10.0), "calls": evidence["calls"],
            "faults": evidence["faults"], "messages": evidence["messages"], "refusals": evidence["refusals"]})
    };
    let evidence = &tried["evidence"];
    vec![row(provider, 1.0 - share, &evidence["old"]), row(tried, share, &evidence["new"])]
}

fn settings(schema: &Value) -> Vec<Value> {
    let needed =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let row = |(name, property): (String, Value)| {
        json!({"needed": needed(&name), "type": property["type"], "secret": property["writeOnly"] == true,
               "default": property["default"], "name": name})
    };
    properties.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_two_rows() {
        let evidence = |calls| json!({"calls": calls, "faults": 0, "messages": calls, "refusals": 1});
        let mut provider = json!({"provider": "aliyun", "version": "0.1.0", "generation": 1, "canary": null});
        assert!(canary(&provider).is_empty());
        provider["canary"] = json!({"version": "0.1.1", "generation": 2, "share": 0.05,
            "evidence": {"old": evidence(38), "new": evidence(2)}});
        let rows = canary(&provider);
        let words = |row: &Value| format!("{} {} {}", row["version"], row["share"], row["calls"]);
        assert_eq!(rows.iter().map(words).collect::<Vec<_>>(), [r#""0.1.0" "95 %" 38"#, r#""0.1.1" "5 %" 2"#]);
    }

    #[test]
    fn a_schema_is_told_as_settings() {
        let schema = json!({"required": ["key"], "properties": {
            "key": {"type": "string", "writeOnly": true}, "timeout": {"type": "integer", "default": 5}}});
        let rows = settings(&schema);
        assert_eq!(rows[0], json!({"name": "key", "type": "string", "needed": true, "secret": true, "default": null}));
        assert_eq!(rows[1]["default"], 5);
    }
}
