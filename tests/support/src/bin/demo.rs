//! The demo: a gateway, a provider simulator, one text from the HTTP request to its receipt, told step by step.
#![expect(clippy::print_stdout, reason = "a demo speaks on its standard output")]

use clap::Parser;
use jixinda_test_support::{GatewayOptions, SIGN_NAME, Stage, StageOptions, until};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Sends one text through the Aliyun component to the provider simulator and shows what happens.
#[derive(Parser)]
struct Options {
    /// The Aliyun component.
    #[arg(long)]
    component: PathBuf,
    /// Stop when the text was delivered.
    #[arg(long)]
    once: bool,
    /// Time that building took before, for the total.
    #[arg(long, default_value_t = 0)]
    spent_ms: u64,
    /// Where the gateway is to listen; a free port where it is left out.
    #[arg(long)]
    port: Option<u16>,
}

const NUMBER: &str = "13800000000";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence with its causes.
            let _ = writeln!(std::io::stderr(), "demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let start = Instant::now();
    let gateway = GatewayOptions { port: options.port, ..GatewayOptions::default() };
    let stage =
        Stage::set(StageOptions { gateway, component: options.component.clone(), ..StageOptions::default() }).await?;
    println!("gateway    {}   (plugins in {})", stage.gateway.url(), stage.gateway.plugins().display());
    println!("simulator  {}   (Aliyun's wire format)", stage.simulator.url());
    let submission = json!({"to": NUMBER, "template": "login", "sign_name": SIGN_NAME, "params": {"code": "824913"}});
    println!("\nPOST /v1/messages  {submission}");
    let accepted = stage.api().post("/v1/messages", &submission).await?.ok()?;
    println!("{}  {}   (on the disk)", accepted.status, accepted.json);
    let id = accepted.json["id"].as_str().unwrap_or_default().to_owned();
    let api = stage.api();
    let story = until("the text to be delivered", Duration::from_secs(30), || {
        let (api, path) = (api.clone(), format!("/v1/messages/{id}"));
        async move {
            let story = api.get(&path).await.ok()?.json;
            (story["status"] == "delivered").then_some(story)
        }
    })
    .await?;
    let seen = stage.simulator.texts(NUMBER);
    println!("\nthe simulator saw, with a good signature: {}", serde_json::to_string(&seen)?);
    println!("\nattempts  {}", story["attempts"]);
    println!("receipts  {}", story["receipts"]);
    println!("status    {}", story["status"].as_str().unwrap_or_default());
    let total = Duration::from_millis(options.spent_ms) + start.elapsed();
    println!(
        "\ndelivered; from nothing to here it took {:.1} s, without building {:.1} s",
        total.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
    if options.once {
        return Ok(());
    }
    println!("\nThe gateway stays up: {}  (admin token {})", stage.gateway.url(), stage.gateway.token());
    println!("An application's key: {}", stage.key);
    println!("Try: curl -H 'Authorization: Bearer {}' {}/v1/messages", stage.key, stage.gateway.url());
    println!("Ctrl-C ends it.");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
