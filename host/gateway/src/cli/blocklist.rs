//! `jixinda blocklist` and `jixinda opt-out`: numbers that nothing (黑名单), or no advertising (退订), is sent to.

use super::output;
use super::server::{Output, Server, ServerArgs, say_json};
use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the first two hundred numbers, and how many there are.
    List,
    /// Show one number; fails where it is not listed.
    Show {
        /// 13800000000, or +14155550100.
        number: String,
    },
    /// List a number.
    Add {
        /// 13800000000, or +14155550100.
        number: String,
        /// Why, for people.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Take a number off the list.
    Remove {
        /// 13800000000, or +14155550100.
        number: String,
    },
    /// List all numbers of a CSV file: the first column is the number, the second, where there is one, a note.
    Import {
        /// The file, UTF-8 or GBK.
        file: PathBuf,
        /// The note of numbers whose row has none.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Write the whole list as CSV to standard output.
    Export,
}

#[derive(clap::Args)]
pub struct OptOutArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: OptOutCommand,
}

#[derive(Subcommand)]
enum OptOutCommand {
    /// List the first two hundred.
    List,
    /// Show those of one number.
    Show {
        /// 13800000000, or +14155550100.
        number: String,
    },
    /// Forget those of one number, because the person asked for texts again.
    Remove {
        /// 13800000000, or +14155550100.
        number: String,
    },
}

const COLUMNS: [(&str, &str); 3] = [("NUMBER", "number"), ("NOTE", "note"), ("SINCE", "created_at")];
const OPT_OUT_COLUMNS: [(&str, &str); 5] = [
    ("NUMBER", "number"),
    ("APPLICATION", "application"),
    ("SIGN NAME", "sign_name"),
    ("WORD", "word"),
    ("SINCE", "created_at"),
];
const LOOK_EVERY: Duration = Duration::from_millis(300);

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => {
            let answer = server.get(&["blocklist"])?;
            server.show_list(&answer, "blocked_numbers", &COLUMNS);
            server.done(&format!("{} in all", answer["total"]));
        }
        Command::Show { number } => server.show(&server.get(&["blocklist", &number])?),
        Command::Add { number, note } => {
            server.show(&server.post(&["blocklist"], &json!({"number": number, "note": note}))?);
        }
        Command::Remove { number } => {
            server.delete(&["blocklist", &number])?;
            server.done("it is off the list");
        }
        Command::Import { file, note } => import(&server, &file, &note)?,
        Command::Export => output::write(&server.download(&["blocklist", "export"])?)?,
    }
    Ok(())
}

pub fn run_opt_out(args: OptOutArgs) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        OptOutCommand::List => server.show_list(&server.get(&["opt-outs"])?, "opt_outs", &OPT_OUT_COLUMNS),
        OptOutCommand::Show { number } => {
            server.show_list(&server.get(&["opt-outs", &number])?, "opt_outs", &OPT_OUT_COLUMNS);
        }
        OptOutCommand::Remove { number } => {
            server.delete(&["opt-outs", &number])?;
            server.done("it may get such texts again");
        }
    }
    Ok(())
}

fn import(server: &Server, file: &std::path::Path, note: &str) -> anyhow::Result<()> {
    let content = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut status = server.upload(&["blocklist", "import"], &[("note", note)], "text/csv", content)?;
    while status["state"] == "running" {
        output::progress(&format!("{} of {} numbers stored", status["stored"], status["numbers"]));
        std::thread::sleep(LOOK_EVERY);
        status = server.get(&["blocklist", "import"])?;
    }
    output::progress_end();
    if server.output() == Output::Json {
        say_json(&status);
    } else {
        tell(&status);
    }
    anyhow::ensure!(
        status["state"] == "done",
        "the import stopped: {}",
        status["error"].as_str().unwrap_or("no reason")
    );
    Ok(())
}

fn tell(status: &Value) {
    output::say(&format!(
        "{} rows: {} numbers stored, {} of them new; {} rows repeated an earlier one, {} held no number",
        status["rows"], status["stored"], status["added"], status["duplicates"], status["invalid"]
    ));
    for row in status["invalid_examples"].as_array().into_iter().flatten() {
        output::say(&format!("line {}: {}", row["line"], row["reason"].as_str().unwrap_or_default()));
    }
}
