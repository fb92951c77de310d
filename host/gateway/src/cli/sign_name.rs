//! `jixinda sign-name`: sign names (短信签名), over the admin API.

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
    /// List the sign names.
    List,
    /// Show one sign name.
    Show {
        /// Its code, text or id.
        sign_name: String,
    },
    /// Make a sign name.
    Add {
        /// What stands before the text, without its brackets.
        text: String,
        /// What applications call it by; the text itself where it is left out.
        #[arg(long)]
        code: Option<String>,
    },
    /// Remove a sign name that no channel is bound to.
    Remove {
        /// Its code, text or id.
        sign_name: String,
    },
}

const COLUMNS: [(&str, &str); 4] = [("ID", "id"), ("CODE", "code"), ("TEXT", "text"), ("CREATED", "created_at")];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["sign-names"])?, "sign_names", &COLUMNS),
        Command::Show { sign_name } => server.show(&server.get(&["sign-names", &sign_name])?),
        Command::Add { text, code } => {
            let mut body = Map::from_iter([("text".to_owned(), Value::from(text))]);
            body.extend(code.map(|code| ("code".to_owned(), Value::from(code))));
            server.show(&server.post(&["sign-names"], &body.into())?);
        }
        Command::Remove { sign_name } => {
            server.delete(&["sign-names", &sign_name])?;
            server.done(&format!("{sign_name} is removed"));
        }
    }
    Ok(())
}
