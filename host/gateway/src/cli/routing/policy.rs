//! `jixinda routing policy`: which channels may carry what, and how to choose between them, over the admin API.

use crate::cli::pair::Pair;
use crate::cli::server::{Server, ServerArgs};
use anyhow::Context as _;
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
    /// List the policies.
    List,
    /// Say what holds for some messages, or change it; what is not named stays.
    Set {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        words: Words,
    },
    /// Show what holds for a template's messages, all policies laid over each other.
    Effective {
        /// The application's name or id.
        application: String,
        /// The template's code or id.
        template: String,
    },
    /// Remove a policy.
    Remove {
        /// rpo_…
        id: String,
    },
}

/// Which messages; none of them: all messages.
#[derive(clap::Args)]
struct Scope {
    /// Only messages of this application: name or id.
    #[arg(long)]
    application: Option<String>,
    /// Only messages of this template: code or id.
    #[arg(long)]
    template: Option<String>,
    /// Only messages of this class: otp, notice or marketing.
    #[arg(long)]
    class: Option<String>,
}

#[derive(clap::Args)]
struct Words {
    /// What decides between channels: priority, weighted, cheapest or quality.
    #[arg(long, conflicts_with = "no_strategy")]
    strategy: Option<String>,
    /// Leave it to more general policies.
    #[arg(long)]
    no_strategy: bool,
    /// Only these channels, in this order: name or id; repeatable.
    #[arg(long = "pin", value_name = "CHANNEL", conflicts_with = "no_pins")]
    pinned: Vec<String>,
    /// Let it go through other channels again.
    #[arg(long)]
    no_pins: bool,
    /// Not this channel: name or id; repeatable. Replaces all of them.
    #[arg(long = "exclude", value_name = "CHANNEL", conflicts_with = "no_exclusions")]
    excluded: Vec<String>,
    /// Exclude no channel.
    #[arg(long)]
    no_exclusions: bool,
    /// A channel and its weight, in place of its own: aliyun-1=300; repeatable. Replaces all of them.
    #[arg(long = "weight", value_name = "CHANNEL=WEIGHT", conflicts_with = "no_weights")]
    weights: Vec<Pair>,
    /// Leave weights to the channels.
    #[arg(long)]
    no_weights: bool,
    /// Why, for people.
    #[arg(long)]
    note: Option<String>,
}

impl Words {
    fn into_body(self) -> anyhow::Result<Map<String, Value>> {
        let mut body = Map::new();
        if self.no_strategy {
            body.insert("strategy".to_owned(), Value::Null);
        }
        body.extend(self.strategy.map(|word| ("strategy".to_owned(), word.into())));
        for (name, list, none) in
            [("pinned", self.pinned, self.no_pins), ("excluded", self.excluded, self.no_exclusions)]
        {
            if none || !list.is_empty() {
                body.insert(name.to_owned(), list.into());
            }
        }
        if self.no_weights || !self.weights.is_empty() {
            let mut weights = Map::new();
            for Pair { key, value } in self.weights {
                let weight: u32 = value.parse().with_context(|| format!("--weight {key}: expected a number"))?;
                weights.insert(key, weight.into());
            }
            body.insert("weights".to_owned(), weights.into());
        }
        body.extend(self.note.map(|note| ("note".to_owned(), note.into())));
        Ok(body)
    }
}

impl Scope {
    /// Whether this is a policy of that scope. It is named by the words that the gateway knows its parts by.
    fn is_of(&self, policy: &Value) -> bool {
        let same = |word: &Option<String>, names: [&str; 2]| match word {
            Some(word) => names.iter().any(|name| policy[*name] == **word),
            None => policy[names[0]].is_null() && policy[names[1]].is_null(),
        };
        same(&self.application, ["application", "application_id"])
            && same(&self.template, ["template", "template_id"])
            && same(&self.class, ["class", "class"])
    }
}

const COLUMNS: [(&str, &str); 9] = [
    ("ID", "id"),
    ("APPLICATION", "application"),
    ("TEMPLATE", "template"),
    ("CLASS", "class"),
    ("STRATEGY", "strategy"),
    ("PINNED", "pinned"),
    ("EXCLUDED", "excluded"),
    ("WEIGHTS", "weights"),
    ("NOTE", "note"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["routing-policies"])?, "routing_policies", &COLUMNS),
        Command::Set { scope, words } => server.show(&set(&server, scope, words.into_body()?)?),
        Command::Effective { application, template } => {
            let kind = [("application", application), ("template", template)];
            server.show(&server.find(&["routing-policies", "effective"], &kind)?);
        }
        Command::Remove { id } => {
            server.delete(&["routing-policies", &id])?;
            server.done("it is gone");
        }
    }
    Ok(())
}

/// Changes the policy of the scope, or makes it.
fn set(server: &Server, scope: Scope, mut body: Map<String, Value>) -> anyhow::Result<Value> {
    let known = server.get(&["routing-policies"])?;
    let policies = known["routing_policies"].as_array().map_or(&[][..], Vec::as_slice);
    if let Some(id) = policies.iter().find(|policy| scope.is_of(policy)).and_then(|policy| policy["id"].as_str()) {
        return server.patch(&["routing-policies", id], &body.into());
    }
    let parts = [("application", scope.application), ("template", scope.template), ("class", scope.class)];
    body.extend(parts.into_iter().filter_map(|(name, word)| Some((name.to_owned(), json!(word?)))));
    server.post(&["routing-policies"], &body.into())
}
