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
    fn a_schema_is_told_as_settings() {
        let schema = json!({"required": ["key"], "properties": {
            "key": {"type": "string", "writeOnly": true}, "timeout": {"type": "integer", "default": 5}}});
        let rows = settings(&schema);
        assert_eq!(rows[0], json!({"name": "key", "type": "string", "needed": true, "secret": true, "default": null}));
        assert_eq!(rows[1]["default"], 5);
    }
}
