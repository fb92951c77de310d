//! `jixinda plugin call FILE`: one text by hand, with the HTTP exchange in sight.

use super::super::pair::Pair;
use super::super::{open, output, settings};
use crate::account_settings::settle;
use crate::author::case::{MessageInput, outgoing};
use crate::author::{Answer, Bench, Exchange, Recorder, Surroundings, example};
use jixinda_domain::clock::SystemClock;
use jixinda_domain::provider::CallRef;
use jixinda_domain::{Clock as _, MessageClass, Outcome, PhoneNumber};
use jixinda_runtime::egress::{AddressPolicy, Egress, EgressOptions};
use jixinda_runtime::{AccountAccess, Secrets};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
pub struct Args {
    /// The component.
    file: PathBuf,
    #[command(flatten)]
    text: Text,
}

/// What is sent, and through which account.
#[derive(clap::Args, Clone)]
pub struct Text {
    /// A JSON file with the account's settings, secrets included.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, laid over the file; repeatable. A URL of your choice goes where the plugin has its endpoint:
    /// --set endpoint=http://127.0.0.1:9000
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Pair>,
    /// A secret that is taken from an environment variable; repeatable.
    #[arg(long, value_name = "KEY=VARIABLE")]
    secret_from_env: Vec<Pair>,
    /// A private network (CIDR) that it may reach, for a stand-in on this machine: 127.0.0.0/8.
    #[arg(long, value_name = "CIDR")]
    allow_network: Vec<ipnet::IpNet>,
    /// The number it goes to.
    #[arg(long)]
    to: Option<String>,
    /// The text, without the sign name.
    #[arg(long)]
    text: Option<String>,
    /// The sign name, without brackets.
    #[arg(long)]
    sign_name: Option<String>,
    /// The provider's code of the sign name.
    #[arg(long)]
    sign_code: Option<String>,
    /// The provider's code of the template.
    #[arg(long)]
    template_code: Option<String>,
    /// A parameter of the template, in the provider's order; repeatable.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<Pair>,
    /// otp, notice or marketing.
    #[arg(long, default_value = "notice", value_parser = class)]
    category: MessageClass,
}

fn class(word: &str) -> Result<MessageClass, String> {
    word.parse().map_err(|_| "otp, notice or marketing".to_owned())
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::ensure!(args.text.is_wanted(), "--to is needed: which number is the text for?");
    open::log("warn,plugin=debug")?;
    open::runtime()?.block_on(send(&args.file, &args.text))
}

impl Text {
    /// Whether a text is to be sent at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.to.is_some()
    }
}

/// Sends and tells everything; what the plugin logs goes to standard error.
pub(super) async fn send(file: &Path, text: &Text) -> anyhow::Result<()> {
    let bytes = super::read(file)?;
    let egress =
        EgressOptions { addresses: AddressPolicy::allowing(text.allow_network.clone()), ..EgressOptions::default() };
    let recorder = Arc::new(Recorder::new(Egress::new(egress.clone())));
    let real = Surroundings::Real { clock: Arc::new(SystemClock), upstream: recorder.clone(), egress };
    let bench = Bench::open(&bytes, real).await?;
    let account = account(&bench, text)?;
    let number = PhoneNumber::parse(text.to.as_deref().unwrap_or_default())?;
    let input = MessageInput {
        to: Some(number.e164().to_owned()),
        country_code: Some(number.country_code().into()),
        category: Some(text.category),
        sign_name: text.sign_name.clone(),
        sign_code: Some(text.sign_code.clone().unwrap_or_default()),
        text: text.text.clone(),
        template_code: Some(text.template_code.clone().unwrap_or_default()),
        params: Some(text.params.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect()),
    };
    let message = outgoing((0, &input));
    let millis = SystemClock.now().as_millis();
    let call = CallRef { id: format!("cal_{millis:026}"), serial: millis.to_string() };
    let (outcomes, _) = bench.send(&account, &call, &[message]).await;
    for exchange in recorder.take() {
        show(&account, &exchange);
    }
    for outcome in &outcomes {
        output::say(&account.scrub(&serde_json::to_string_pretty(&json!(outcome))?));
    }
    // Scripts ask the exit code.
    let accepted = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted { .. }));
    anyhow::ensure!(accepted, "the text was not accepted");
    Ok(())
}

fn account(bench: &Bench, text: &Text) -> anyhow::Result<AccountAccess> {
    let schema: Value = serde_json::from_str(&bench.plugin().descriptor().config_schema)?;
    let mut config = match &text.config {
        Some(file) => settings::from_file(file)?,
        None => Map::new(),
    };
    for Pair { key, value } in &text.set {
        config.insert(key.clone(), settings::typed(&schema, key, value)?);
    }
    for Pair { key, value } in &text.secret_from_env {
        config.insert(key.clone(), settings::from_env(value)?.into());
    }
    let settled = settle(bench.plugin(), config, &Secrets::new())
        .map_err(|wrong| anyhow::anyhow!("the account's settings: {wrong}"))?;
    example::account(bench.plugin(), settled, None)
}

fn show(account: &AccountAccess, exchange: &Exchange) {
    let request = &exchange.request;
    let mut lines = vec![format!("> {} {}", request.method, request.url)];
    lines.extend(request.headers.iter().map(|(name, value)| format!("> {name}: {value}")));
    lines.extend(body_lines(">", &request.body.bytes()));
    match &exchange.answer {
        Answer::Response { status, headers, body } => {
            lines.push(format!("< {status}"));
            lines.extend(headers.iter().map(|(name, value)| format!("< {name}: {value}")));
            lines.extend(body_lines("<", &body.bytes()));
        }
        Answer::Error { problem, sent } => {
            let left = if *sent { "after it had left" } else { "nothing had left" };
            lines.push(format!("! no answer: {problem:?}, {left}"));
        }
    }
    for line in lines {
        output::say(&account.scrub(&line));
    }
}

fn body_lines(mark: &str, body: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(body).lines().map(|line| format!("{mark} {line}")).collect()
}
