//! Asks all sentinels at once who the master is.

use super::{PATIENCE, client, within};
use crate::error::RedisError;
use crate::url::{Host, RedisUrl};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use redis::{AsyncConnectionConfig, TlsCertificates};
use std::collections::HashMap;

/// The master that more sentinels name than any other: one that was cut off from its fellows may name a deposed one.
/// Answers as soon as most of all agree; a dead sentinel then costs no time.
pub(super) async fn find_master(
    url: &RedisUrl,
    master: &str,
    certificates: Option<&TlsCertificates>,
) -> Result<Host, RedisError> {
    let mut answers: FuturesUnordered<_> =
        url.hosts.iter().map(|sentinel| ask(url, sentinel, master, certificates)).collect();
    let mut votes: HashMap<Host, usize> = HashMap::new();
    let mut trouble = RedisError::Broken("no sentinel answered".to_owned());
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(host) => {
                let count = votes.entry(host.clone()).or_default();
                *count += 1;
                if *count > url.hosts.len() / 2 {
                    return Ok(host);
                }
            }
            Err(error) => trouble = error,
        }
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map(|(host, _)| host).ok_or(trouble)
}

async fn ask(
    url: &RedisUrl,
    sentinel: &Host,
    master: &str,
    certificates: Option<&TlsCertificates>,
) -> Result<Host, RedisError> {
    let named = |error| match error {
        RedisError::Broken(why) => RedisError::Broken(format!("sentinel {sentinel}: {why}")),
        other => other,
    };
    let client = client(sentinel, url.tls, &url.sentinel_credentials, 0, certificates)?;
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(None);
    let question = async {
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(master).query_async(&mut connection).await
    };
    let answer: Option<(String, u16)> = within(PATIENCE, question).await.map_err(named)?;
    let unknown = || RedisError::Broken(format!("sentinel {sentinel} knows no master {master}"));
    answer.map(|(name, port)| Host { name, port }).ok_or_else(unknown)
}
