//! `jixinda inbound-route`: whose inbound texts (上行) are, over the admin API.

use super::server::ServerArgs;
use clap::Subcommand;
use serde_json::{Map, Value};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the rules.
    List,
    /// Give texts that fit to an application. Of several rules that fit, the one that asks for most decides.
    Add {
        /// Whose they are: name or id.
        application: String,
        /// Only those that come to this account: name or id.
        #[arg(long)]
        account: Option<String>,
        /// Only those sent to this number, as the provider writes it.
        #[arg(long)]
        recipient: Option<String>,
        /// Only those with this sub-number.
        #[arg(long)]
        extension: Option<String>,
        /// Only those that begin with this, in any case.
        #[arg(long)]
        keyword: Option<String>,
    },
    /// Remove a rule.
    Remove {
        /// inr_…
        id: String,
    },
}

const COLUMNS: [(&str, &str); 6] = [
    ("ID", "id"),
    ("APPLICATION", "application"),
    ("ACCOUNT", "account"),
    ("RECIPIENT", "recipient"),
    ("EXTENSION", "extension"),
    ("KEYWORD", "keyword"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["inbound-routes"])?, "inbound_routes", &COLUMNS),
        Command::Add { application, account, recipient, extension, keyword } => {
            let mut body = Map::from_iter([("application".to_owned(), Value::from(application))]);
            let asked =
                [("account", account), ("recipient", recipient), ("extension", extension), ("keyword", keyword)];
            for (name, value) in asked {
                body.extend(value.map(|value| (name.to_owned(), Value::from(value))));
            }
            server.show(&server.post(&["inbound-routes"], &body.into())?);
        }
        Command::Remove { id } => {
            server.delete(&["inbound-routes", &id])?;
            server.done("it is gone");
        }
    }
    Ok(())
}
