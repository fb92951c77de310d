//! `jixinda send`: one text, as an application sends it.

use super::caller::{CallerArgs, Follow};
use anyhow::Context as _;
use jixinda_sdk::{IdempotencyKey, NewMessage};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    caller: CallerArgs,
    /// The number: mainland 13800000000, others as +14155550100.
    #[arg(value_name = "NUMBER")]
    to: String,
    /// The template's code or id.
    #[arg(long)]
    template: String,
    /// The sign name's code, text or id.
    #[arg(long)]
    sign_name: String,
    /// A parameter of the template; once for each.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Not before this time, for example 2026-12-01T08:00:00+08:00.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    send_at: Option<OffsetDateTime>,
    /// How long it is worth sending, in seconds; by default as long as its class is.
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// Your own word for it.
    #[arg(long)]
    reference: Option<String>,
    /// Said again within 24 hours with the same key, nothing is sent a second time.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    follow: Follow,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let caller = args.caller.client()?;
    let mut message = NewMessage::new(args.to, args.template, args.sign_name);
    for (name, value) in args.params {
        message = message.param(name, value);
    }
    if let Some(at) = args.send_at {
        message = message.send_at(at);
    }
    if let Some(seconds) = args.expires_in {
        message = message.expires_in(Duration::from_secs(seconds));
    }
    if let Some(reference) = args.reference {
        message = message.reference(reference);
    }
    let key = args.idempotency_key.map_or_else(|| Ok(IdempotencyKey::random()), IdempotencyKey::new)?;
    let accepted = caller.client().send_as(&message, &key)?;
    if !args.follow.wait {
        return caller.show(&accepted);
    }
    caller.show_story(&caller.follow(&accepted.id, &args.follow)?)
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter looks like code=123456")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn moment(text: &str) -> anyhow::Result<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).context("a time looks like 2026-12-01T08:00:00+08:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("code").is_err());
        assert!(moment("tomorrow").expect_err("no time").to_string().contains("2026-12-01"));
    }
}
