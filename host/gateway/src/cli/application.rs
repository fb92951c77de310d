//! `jixinda application`: applications (应用) and their access keys, over the admin API.

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
    /// List the applications.
    List,
    /// Show one application with its keys.
    Show {
        /// Its name or id.
        application: String,
    },
    /// Make an application with its first key; the secret is shown only now.
    Add {
        /// Its name; unique.
        name: String,
        /// A network (CIDR) that it may call from; repeatable. None: it may call from everywhere.
        #[arg(long = "network", value_name = "CIDR")]
        networks: Vec<String>,
        /// Accept signed requests (MAC) only, no bare secret.
        #[arg(long)]
        no_bearer: bool,
        /// Its share of a busy channel, against those of other applications: 1 (default) to 100.
        #[arg(long)]
        weight: Option<u32>,
    },
    /// Change an application; what is not named stays.
    Change {
        /// Its name or id.
        application: String,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        /// A network (CIDR) that it may call from; repeatable. Replaces all of them.
        #[arg(long = "network", value_name = "CIDR", conflicts_with = "any_network")]
        networks: Vec<String>,
        /// Let it call from everywhere.
        #[arg(long)]
        any_network: bool,
        /// Whether a bare secret (Bearer) is accepted.
        #[arg(long, value_name = "true|false")]
        bearer: Option<bool>,
        /// Its share of a busy channel, against those of other applications: 1 to 100.
        #[arg(long)]
        weight: Option<u32>,
    },
    /// Accept its keys.
    Enable {
        /// Its name or id.
        application: String,
    },
    /// Refuse all of its keys.
    Disable {
        /// Its name or id.
        application: String,
    },
    /// Make another key; the secret is shown only now.
    KeyAdd {
        /// The application's name or id.
        application: String,
        /// A test key: everything is checked and recorded, and no person is reached.
        #[arg(long)]
        test: bool,
    },
    /// Refuse one key.
    KeyDisable {
        /// The application's name or id.
        application: String,
        /// key_…
        key: String,
    },
    /// Accept one key again.
    KeyEnable {
        /// The application's name or id.
        application: String,
        /// key_…
        key: String,
    },
}

const COLUMNS: [(&str, &str); 6] = [
    ("ID", "id"),
    ("NAME", "name"),
    ("ACTIVE", "active"),
    ("WEIGHT", "weight"),
    ("NETWORKS", "networks"),
    ("BEARER", "allow_bearer"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["applications"])?, "applications", &COLUMNS),
        Command::Show { application } => server.show(&server.get(&["applications", &application])?),
        Command::Add { name, networks, no_bearer, weight } => {
            let body = json!({"name": name, "networks": networks, "allow_bearer": !no_bearer, "weight": weight});
            let answer = server.post(&["applications"], &body)?;
            match server.output() {
                Output::Json => say_json(&answer),
                Output::Table => {
                    server.show(&answer["application"]);
                    show_key(&answer["key"]);
                }
            }
        }
        Command::Change { application, name, networks, any_network, bearer, weight } => {
            let mut body = Map::new();
            body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
            body.extend(bearer.map(|bearer| ("allow_bearer".to_owned(), Value::from(bearer))));
            body.extend(weight.map(|weight| ("weight".to_owned(), Value::from(weight))));
            if any_network || !networks.is_empty() {
                body.insert("networks".to_owned(), networks.into());
            }
            server.show(&server.patch(&["applications", &application], &body.into())?);
        }
        Command::Enable { application } => set_active(&server, &application, true)?,
        Command::Disable { application } => set_active(&server, &application, false)?,
        Command::KeyAdd { application, test } => {
            let key = server.post(&["applications", &application, "keys"], &json!({"test": test}))?;
            match server.output() {
                Output::Json => say_json(&key),
                Output::Table => show_key(&key),
            }
        }
        Command::KeyDisable { application, key } => set_key_active(&server, &application, &key, false)?,
        Command::KeyEnable { application, key } => set_key_active(&server, &application, &key, true)?,
    }
    Ok(())
}

fn set_active(server: &Server, application: &str, active: bool) -> anyhow::Result<()> {
    server.show(&server.patch(&["applications", application], &json!({"active": active}))?);
    Ok(())
}

fn set_key_active(server: &Server, application: &str, key: &str, active: bool) -> anyhow::Result<()> {
    server.show(&server.patch(&["applications", application, "keys", key], &json!({"active": active}))?);
    Ok(())
}

fn show_key(key: &Value) {
    let word = |name: &str| key[name].as_str().unwrap_or_default();
    output::say(&format!("access key (its secret is shown only now): {}.{}", word("id"), word("secret")));
}
