//! `jixinda account`: accounts (账号) at providers, over the admin API. Settings are read by the types of the provider's schema.

use super::pair::Pair;
use super::server::{Server, ServerArgs};
use super::settings;
use clap::Subcommand;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the accounts.
    List,
    /// Show one account; of its secrets only the names.
    Show {
        /// Its name or id.
        account: String,
    },
    /// Make an account. `jixinda provider show PROVIDER` lists the settings it takes.
    Add {
        /// Its name; unique.
        name: String,
        /// Which provider it is at: aliyun.
        #[arg(long)]
        provider: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Change an account; settings and secrets that are not named stay.
    Change {
        /// Its name or id.
        account: String,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Settings,
        /// Take a setting back to the provider's default; repeatable.
        #[arg(long, value_name = "KEY")]
        unset: Vec<String>,
        /// Make a new callback address; the old one ends at once.
        #[arg(long)]
        new_callback: bool,
    },
    /// Let its channels carry messages.
    Enable {
        /// Its name or id.
        account: String,
    },
    /// Stop its channels; their messages wait, or go another way.
    Disable {
        /// Its name or id.
        account: String,
    },
    /// Ask the provider what is left to spend.
    Balance {
        /// Its name or id.
        account: String,
    },
    /// Remove an account that no channel uses.
    Remove {
        /// Its name or id.
        account: String,
    },
}

/// Where settings come from; later ones outrank earlier ones.
#[derive(clap::Args)]
pub struct Settings {
    /// A JSON file with settings, secrets included.
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// A setting, read as the type that the provider's schema gives it; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Pair>,
    /// A secret that is taken from an environment variable; repeatable.
    #[arg(long, value_name = "KEY=VARIABLE")]
    secret_from_env: Vec<Pair>,
    /// A secret that is asked for, or read as one line from standard input; repeatable.
    #[arg(long = "secret", value_name = "KEY")]
    secrets: Vec<String>,
}

const COLUMNS: [(&str, &str); 5] =
    [("ID", "id"), ("NAME", "name"), ("PROVIDER", "provider"), ("ENABLED", "enabled"), ("CALLBACK", "callback_url")];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["accounts"])?, "accounts", &COLUMNS),
        Command::Show { account } => server.show(&server.get(&["accounts", &account])?),
        Command::Add { name, provider, settings } => {
            let config = settings.read(&server, &provider)?;
            let body = json!({"name": name, "provider": provider, "config": config});
            server.show(&server.post(&["accounts"], &body)?);
        }
        Command::Change { account, name, settings, unset, new_callback } => {
            let mut body = Map::new();
            body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
            if new_callback {
                body.insert("new_callback_token".to_owned(), true.into());
            }
            if !settings.is_empty() || !unset.is_empty() {
                body.insert("config".to_owned(), changed(&server, &account, settings, &unset)?.into());
            }
            server.show(&server.patch(&["accounts", &account], &body.into())?);
        }
        Command::Enable { account } => set_enabled(&server, &account, true)?,
        Command::Disable { account } => set_enabled(&server, &account, false)?,
        Command::Balance { account } => server.show(&server.get(&["accounts", &account, "balance"])?),
        Command::Remove { account } => {
            server.delete(&["accounts", &account])?;
            server.done(&format!("{account} is removed"));
        }
    }
    Ok(())
}

fn set_enabled(server: &Server, account: &str, enabled: bool) -> anyhow::Result<()> {
    server.show(&server.patch(&["accounts", account], &json!({"enabled": enabled}))?);
    Ok(())
}

/// The API takes all settings anew: those in force, and over them what is named.
fn changed(server: &Server, account: &str, settings: Settings, unset: &[String]) -> anyhow::Result<Map<String, Value>> {
    let known = server.get(&["accounts", account])?;
    let mut config = known["config"].as_object().cloned().unwrap_or_default();
    for key in unset {
        config.remove(key);
    }
    config.extend(settings.read(server, known["provider"].as_str().unwrap_or_default())?);
    Ok(config)
}

impl Settings {
    fn is_empty(&self) -> bool {
        self.config_file.is_none() && self.set.is_empty() && self.secret_from_env.is_empty() && self.secrets.is_empty()
    }

    fn read(self, server: &Server, provider: &str) -> anyhow::Result<Map<String, Value>> {
        let schema = server.get(&["providers", provider])?["config_schema"].take();
        let mut config = match &self.config_file {
            Some(file) => settings::from_file(file)?,
            None => Map::new(),
        };
        for Pair { key, value } in self.set {
            let value = settings::typed(&schema, &key, &value)?;
            config.insert(key, value);
        }
        for Pair { key, value } in self.secret_from_env {
            config.insert(key, settings::from_env(&value)?.into());
        }
        for key in self.secrets {
            let secret = settings::ask(&key)?;
            config.insert(key, secret.into());
        }
        Ok(config)
    }
}
