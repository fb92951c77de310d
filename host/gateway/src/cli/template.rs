//! `jixinda template`: templates (模板), over the admin API.

use super::pair::Pair;
use super::server::ServerArgs;
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
    /// List the templates.
    List,
    /// Show one template.
    Show {
        /// Its code or id.
        template: String,
    },
    /// Make a template.
    Add {
        /// What applications call it by; unique.
        code: String,
        /// otp (验证码), notice (通知) or marketing (营销).
        #[arg(long)]
        class: String,
        /// The text, with its parameters as ${name}, without the sign name.
        #[arg(long)]
        content: String,
        /// For people; the code where it is left out.
        #[arg(long)]
        name: Option<String>,
        /// The longest value of a parameter, in characters: code=6; repeatable. 100 where it is left out.
        #[arg(long = "limit", value_name = "PARAM=CHARS")]
        limits: Vec<Pair>,
    },
    /// Change a template; what is not named stays.
    Change {
        /// Its code or id.
        template: String,
        /// otp (验证码), notice (通知) or marketing (营销).
        #[arg(long)]
        class: Option<String>,
        /// The text, with its parameters as ${name}, without the sign name.
        #[arg(long)]
        content: Option<String>,
        /// For people.
        #[arg(long)]
        name: Option<String>,
        /// The longest value of a parameter, in characters: code=6; repeatable. Replaces all limits.
        #[arg(long = "limit", value_name = "PARAM=CHARS")]
        limits: Vec<Pair>,
    },
    /// Remove a template that no channel is bound to.
    Remove {
        /// Its code or id.
        template: String,
    },
}

const COLUMNS: [(&str, &str); 5] =
    [("ID", "id"), ("CODE", "code"), ("NAME", "name"), ("CLASS", "class"), ("CONTENT", "content")];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["templates"])?, "templates", &COLUMNS),
        Command::Show { template } => server.show(&server.get(&["templates", &template])?),
        Command::Add { code, class, content, name, limits } => {
            let mut body = changes(Some(class), Some(content), name, limits)?;
            body.insert("code".to_owned(), code.into());
            server.show(&server.post(&["templates"], &body.into())?);
        }
        Command::Change { template, class, content, name, limits } => {
            let body = changes(class, content, name, limits)?;
            server.show(&server.patch(&["templates", &template], &body.into())?);
        }
        Command::Remove { template } => {
            server.delete(&["templates", &template])?;
            server.done(&format!("{template} is removed"));
        }
    }
    Ok(())
}

fn changes(
    class: Option<String>,
    content: Option<String>,
    name: Option<String>,
    limits: Vec<Pair>,
) -> anyhow::Result<Map<String, Value>> {
    let mut body = Map::new();
    for (field, value) in [("class", class), ("content", content), ("name", name)] {
        body.extend(value.map(|value| (field.to_owned(), Value::from(value))));
    }
    if !limits.is_empty() {
        let limits: anyhow::Result<Vec<Value>> = limits.into_iter().map(limit).collect();
        body.insert("params".to_owned(), limits?.into());
    }
    Ok(body)
}

fn limit(Pair { key, value }: Pair) -> anyhow::Result<Value> {
    let chars: u32 =
        value.parse().map_err(|_| anyhow::anyhow!("--limit {key}={value}: {value:?} is not a number of characters"))?;
    Ok(json!({"name": key, "max_length": chars}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_of_characters() {
        let pair = |value: &str| Pair { key: "code".to_owned(), value: value.to_owned() };
        assert_eq!(limit(pair("6")).expect("a limit"), json!({"name": "code", "max_length": 6}));
        assert!(limit(pair("six")).expect_err("no number").to_string().contains("--limit code=six"));
    }
}
