//! `jixinda routing ranking|events|probe`: how channels stand, what changed and why, over the admin API.

use crate::cli::server::{Output, ServerArgs};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub struct RankingArgs {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(clap::Args)]
pub struct EventsArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Only of this channel: name or id.
    #[arg(long, conflicts_with = "provider")]
    channel: Option<String>,
    /// Only of this provider's plugin.
    #[arg(long)]
    provider: Option<String>,
    /// How many, the latest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(clap::Args)]
pub struct ProbeArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The channel's name or id.
    channel: String,
}

const COLUMNS: [(&str, &str); 9] = [
    ("CHANNEL", "name"),
    ("LEVEL", "position"),
    ("STATE", "state"),
    ("CLASS", "class"),
    ("SHARE", "share"),
    ("SCORE", "score"),
    ("ACCEPTANCE", "acceptance"),
    ("DELIVERY", "delivery"),
    ("SPEED", "speed"),
];

pub fn ranking(args: RankingArgs) -> anyhow::Result<()> {
    let server = args.server.client()?;
    let ranking = server.get(&["rankings"])?;
    if server.output() == Output::Json {
        server.show(&ranking);
        return Ok(());
    }
    let channels = ranking["channels"].as_array().map_or(&[][..], Vec::as_slice);
    let rows: Vec<Value> = channels.iter().flat_map(rows).collect();
    server.show_list(&json!({"rows": rows}), "rows", &COLUMNS);
    Ok(())
}

/// A row for each class.
fn rows(channel: &Value) -> Vec<Value> {
    let standing = &channel["standing"];
    let state = match (standing["state"].as_str(), standing["cause"].as_str()) {
        (Some(state), Some(cause)) => format!("{state} ({cause})"),
        (Some(state), None) => state.to_owned(),
        (None, _) => "not known".to_owned(),
    };
    let classes = ["otp", "notice", "marketing"].map(|class| {
        let place = &standing["places"][class];
        let rating = &place["rating"];
        let share = match place["demotion"].as_str() {
            Some(demotion) => format!("{} ({demotion})", percent(&place["share"])),
            None => percent(&place["share"]),
        };
        let score = match (rating["score"].as_f64(), rating["deviation"].as_f64()) {
            (Some(score), Some(deviation)) => format!("{score:.3} ± {deviation:.3}"),
            _ => "-".to_owned(),
        };
        json!({
            "name": channel["name"],
            "position": channel["position"],
            "state": state,
            "class": class,
            "share": share,
            "score": score,
            "acceptance": percent(&rating["acceptance"]["value"]),
            "delivery": percent(&rating["delivery"]["value"]),
            "speed": percent(&rating["speed"]["value"]),
        })
    });
    classes.into()
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or("-".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

pub fn events(args: EventsArgs) -> anyhow::Result<()> {
    let server = args.server.client()?;
    let mut query = vec![("limit", args.limit.to_string())];
    query.extend(args.channel.map(|channel| ("channel", channel)));
    query.extend(args.provider.map(|provider| ("provider", provider)));
    let columns = [
        ("AT", "at"),
        ("CHANNEL", "name"),
        ("PROVIDER", "provider"),
        ("CLASS", "class"),
        ("DESTINATION", "destination"),
        ("WHAT", "kind"),
        ("CAUSE", "cause"),
        ("EVIDENCE", "evidence"),
    ];
    server.show_list(&server.find(&["rankings", "events"], &query)?, "events", &columns);
    Ok(())
}

pub fn probe(args: ProbeArgs) -> anyhow::Result<()> {
    let server = args.server.client()?;
    server.post(&["rankings", &args.channel, "probe"], &json!({}))?;
    server.done("it gets one text at a time, and comes back step by step");
    Ok(())
}
