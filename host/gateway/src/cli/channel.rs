//! `jixinda channel`: channels (通道) and what they may carry, over the admin API.

use super::pair::Pair;
use super::server::{Server, ServerArgs};
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
    /// List the channels in their order.
    List,
    /// Show one channel with its bindings.
    Show {
        /// Its name or id.
        channel: String,
    },
    /// Make a channel.
    Add {
        /// Its name; unique.
        name: String,
        /// Name or id of the account that it sends with.
        #[arg(long)]
        account: String,
        #[command(flatten)]
        limits: Limits,
    },
    /// Change a channel; what is not named stays.
    Change {
        /// Its name or id.
        channel: String,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        limits: Limits,
        /// Let it reach all countries.
        #[arg(long, conflicts_with = "countries")]
        any_country: bool,
        /// Let it reach all carriers.
        #[arg(long, conflicts_with = "carriers")]
        any_carrier: bool,
        /// Forget what a segment costs.
        #[arg(long, conflicts_with = "price")]
        no_price: bool,
        /// Take your own limits away; those of the provider stay.
        #[arg(long, conflicts_with = "rules")]
        no_rules: bool,
    },
    /// Let it carry messages.
    Enable {
        /// Its name or id.
        channel: String,
    },
    /// Stop it; its messages wait, or go another way.
    Disable {
        /// Its name or id.
        channel: String,
    },
    /// Remove a channel with its bindings.
    Remove {
        /// Its name or id.
        channel: String,
    },
    /// Let it carry a template, or change how.
    BindTemplate {
        /// The channel's name or id.
        channel: String,
        /// The template's code or id.
        template: String,
        /// The provider's own code for the template.
        #[arg(long)]
        provider_code: Option<String>,
        /// Our name of a parameter and the provider's: code=otp; repeatable, in the provider's order. None: our own names.
        #[arg(long = "param", value_name = "FROM=TO")]
        params: Vec<Pair>,
    },
    /// Let it no longer carry a template.
    UnbindTemplate {
        /// The channel's name or id.
        channel: String,
        /// The template's code or id.
        template: String,
    },
    /// Let it carry a sign name, or change how.
    BindSignName {
        /// The channel's name or id.
        channel: String,
        /// The sign name's code, text or id.
        sign_name: String,
        /// The provider's own code for the sign name.
        #[arg(long)]
        provider_code: Option<String>,
        /// A carrier that it is registered with: mobile, unicom, telecom or broadnet; repeatable. None: all.
        #[arg(long = "carrier", value_name = "CARRIER")]
        carriers: Vec<String>,
    },
    /// Let it no longer carry a sign name.
    UnbindSignName {
        /// The channel's name or id.
        channel: String,
        /// The sign name's code, text or id.
        sign_name: String,
    },
}

#[derive(clap::Args)]
struct Limits {
    /// Its place in the order; lower goes first.
    #[arg(long, allow_negative_numbers = true)]
    position: Option<i32>,
    /// Calls in flight at most.
    #[arg(long)]
    max_concurrency: Option<u32>,
    /// Messages a second at most; 0 for as fast as the provider takes them.
    #[arg(long)]
    rate_per_second: Option<u32>,
    /// Calling code of a country that it reaches: 86; repeatable. None: all countries.
    #[arg(long = "country", value_name = "CODE")]
    countries: Vec<u16>,
    /// Carrier of mainland China that it reaches: mobile, unicom, telecom or broadnet; repeatable. None: all carriers.
    #[arg(long = "carrier", value_name = "CARRIER")]
    carriers: Vec<String>,
    /// Its share beside channels of the same position, 1 to 1000; 100 where you say nothing.
    #[arg(long)]
    weight: Option<u32>,
    /// What a segment costs: 0.045
    #[arg(long, value_name = "DECIMAL")]
    price: Option<String>,
    /// Currency of the price (ISO 4217).
    #[arg(long, requires = "price", default_value = "CNY")]
    currency: String,
    /// Your own limits beside the provider's, as JSON: {"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 1}]}
    #[arg(long, value_name = "JSON", value_parser = read_json)]
    rules: Option<Value>,
}

fn read_json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

impl Limits {
    fn into_body(self) -> Map<String, Value> {
        let mut body = Map::new();
        body.extend(self.position.map(|position| ("position".to_owned(), position.into())));
        body.extend(self.max_concurrency.map(|calls| ("max_concurrency".to_owned(), calls.into())));
        body.extend(self.rate_per_second.map(|rate| ("rate_per_second".to_owned(), rate.into())));
        body.extend(self.weight.map(|weight| ("weight".to_owned(), weight.into())));
        body.extend(self.price.map(|value| ("price".to_owned(), json!({"value": value, "unit": self.currency}))));
        body.extend(self.rules.map(|rules| ("rules".to_owned(), rules)));
        if !self.countries.is_empty() {
            body.insert("countries".to_owned(), self.countries.into());
        }
        if !self.carriers.is_empty() {
            body.insert("carriers".to_owned(), self.carriers.into());
        }
        body
    }
}

const COLUMNS: [(&str, &str); 10] = [
    ("ID", "id"),
    ("NAME", "name"),
    ("ACCOUNT", "account_id"),
    ("ENABLED", "enabled"),
    ("POSITION", "position"),
    ("CALLS", "max_concurrency"),
    ("RATE", "rate_per_second"),
    ("WEIGHT", "weight"),
    ("PRICE", "price"),
    ("CARRIERS", "carriers"),
];

pub fn run(args: Args) -> anyhow::Result<()> {
    let server = args.server.client()?;
    match args.command {
        Command::List => server.show_list(&server.get(&["channels"])?, "channels", &COLUMNS),
        Command::Show { channel } => server.show(&server.get(&["channels", &channel])?),
        Command::Add { name, account, limits } => {
            let mut body = limits.into_body();
            body.insert("name".to_owned(), name.into());
            body.insert("account".to_owned(), account.into());
            server.show(&server.post(&["channels"], &body.into())?);
        }
        Command::Change { channel, name, limits, any_country, any_carrier, no_price, no_rules } => {
            let mut body = limits.into_body();
            body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
            let cleared = [
                (any_country, "countries", json!([])),
                (any_carrier, "carriers", json!([])),
                (no_price, "price", Value::Null),
                (no_rules, "rules", Value::Null),
            ];
            body.extend(
                cleared.into_iter().filter(|(asked, ..)| *asked).map(|(_, name, none)| (name.to_owned(), none)),
            );
            server.show(&server.patch(&["channels", &channel], &body.into())?);
        }
        Command::Enable { channel } => set_enabled(&server, &channel, true)?,
        Command::Disable { channel } => set_enabled(&server, &channel, false)?,
        Command::Remove { channel } => {
            server.delete(&["channels", &channel])?;
            server.done(&format!("{channel} is removed"));
        }
        Command::BindTemplate { channel, template, provider_code, params } => {
            let params: Vec<Value> =
                params.into_iter().map(|Pair { key, value }| json!({"from": key, "to": value})).collect();
            let body = json!({"provider_code": provider_code, "params": params});
            server.show(&server.put(&["channels", &channel, "templates", &template], &body)?);
        }
        Command::UnbindTemplate { channel, template } => {
            server.delete(&["channels", &channel, "templates", &template])?;
            server.done(&format!("{channel} no longer carries {template}"));
        }
        Command::BindSignName { channel, sign_name, provider_code, carriers } => {
            let body = json!({"provider_code": provider_code, "carriers": carriers});
            server.show(&server.put(&["channels", &channel, "sign-names", &sign_name], &body)?);
        }
        Command::UnbindSignName { channel, sign_name } => {
            server.delete(&["channels", &channel, "sign-names", &sign_name])?;
            server.done(&format!("{channel} no longer carries {sign_name}"));
        }
    }
    Ok(())
}

fn set_enabled(server: &Server, channel: &str, enabled: bool) -> anyhow::Result<()> {
    server.show(&server.patch(&["channels", channel], &json!({"enabled": enabled}))?);
    Ok(())
}
