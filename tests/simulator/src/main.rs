//! The program `provider-simulator`: flags in, a simulator until Ctrl-C. Everything else is in the library.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use provider_simulator::{Account, Options, Provider, Remember, Simulator};

/// Plays SMS providers: real wire formats, checked request MACs, receipts, and faults on request.
///
/// Its first line of output is `listening on http://ADDRESS:PORT`. Providers' requests go to that URL, each with the provider's
/// own path, the control API to `/control/…`; the crate's README.md lists its calls. It runs until it is interrupted.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Flags {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Register an account, of Aliyun where no provider is named; may be repeated. The control API registers with options
    #[arg(long = "account", value_name = "[PROVIDER:]KEY,SECRET[,CALLBACK_URL]", value_parser = parse_account)]
    accounts: Vec<Account>,

    /// Seed of all random faults: the same seed and the same requests give the same faults
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,

    /// Keep only counters for each number, so that millions of texts fit in memory; lookups then know only a number's last
    /// text, by BizId but not by OutId
    #[arg(long)]
    no_details: bool,

    /// Accept a nonce more than once, for load generators that replay one signed request
    #[arg(long)]
    allow_nonce_reuse: bool,

    /// Waits between the tries of a push, in milliseconds; the last one repeats
    #[arg(long, value_name = "MS,…", value_delimiter = ',', default_values_t = [200, 500, 1_000])]
    push_retries: Vec<u64>,

    /// Tries of a push before it is given up
    #[arg(long, value_name = "NUMBER", default_value_t = 60)]
    push_tries: u32,

    /// How long a callback may take to answer a push, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    push_timeout: u64,

    /// Pushes in flight at once, for each account
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    pushes_in_flight: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut flags = Flags::parse();
    let accounts = std::mem::take(&mut flags.accounts);
    let simulator = Simulator::start(flags.into()).await?;
    for account in accounts {
        simulator.register(account)?;
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", simulator.url())?;
    stdout.flush()?;
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

impl From<Flags> for Options {
    fn from(flags: Flags) -> Self {
        Self {
            listen: flags.listen,
            seed: flags.seed,
            remember: if flags.no_details { Remember::Counts } else { Remember::Details },
            allow_nonce_reuse: flags.allow_nonce_reuse,
            push_retries: flags.push_retries.into_iter().map(Duration::from_millis).collect(),
            push_tries: flags.push_tries,
            push_timeout: Duration::from_millis(flags.push_timeout),
            pushes_in_flight: flags.pushes_in_flight,
        }
    }
}

fn parse_account(text: &str) -> Result<Account, String> {
    let named = text.split_once(':').and_then(|(name, rest)| Some((name.parse().ok()?, rest)));
    let (provider, text) = named.unwrap_or((Provider::Aliyun, text));
    let mut parts = text.splitn(3, ',').filter(|part| !part.is_empty());
    let (Some(key), Some(secret)) = (parts.next(), parts.next()) else {
        return Err("expected KEY,SECRET or KEY,SECRET,CALLBACK_URL, perhaps with PROVIDER: before it".to_owned());
    };
    let account = Account::new(provider, key, secret);
    Ok(match parts.next() {
        Some(url) => account.with_callback(url),
        None => account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_may_name_its_provider() {
        let (url, provider) = ("http://127.0.0.1:9/cb", Provider::Montnets);
        assert_eq!(parse_account("k,s"), Ok(Account::aliyun("k", "s")));
        assert_eq!(parse_account(&format!("k,s,{url}")), Ok(Account::aliyun("k", "s").with_callback(url)));
        let account = Account::new(provider, "k", "s");
        assert_eq!(parse_account("montnets:k,s"), Ok(account.clone()));
        assert_eq!(parse_account(&format!("montnets:k,s,{url}")), Ok(account.with_callback(url)));
        assert!(parse_account("montnets:k").is_err());
    }
}
