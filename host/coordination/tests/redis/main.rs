//! The queue and the exchange over every form of Redis: one server, Sentinels, a Cluster of six nodes. Real servers, each of the test's own.

mod queue;

use jixinda_coordination::{Redis, RedisUrl};
use jixinda_test_servers::proxy::Proxy;
use jixinda_test_servers::redis::{Options, Redis as Server};
use jixinda_test_servers::redis_cluster::RedisCluster;
use jixinda_test_servers::sentinel::{SentinelOptions, Sentinels};
use jixinda_test_servers::until;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

async fn connect(url: &str) -> Redis {
    let url: RedisUrl = url.parse().expect("an address");
    let redis = Redis::connect(&url, "test");
    let mut state = redis.state();
    tokio::time::timeout(PATIENCE, state.wait_for(|up| *up)).await.expect("in time").expect("it lives");
    redis
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server() {
    let server = Server::start().await.expect("Redis starts");
    queue::keeps_its_promises(&connect(&server.url()).await).await;
    queue::tells_when_it_was_emptied(&connect(&server.url()).await, || async {
        server.flush().await.expect("emptied");
    })
    .await;
    queue::news_reach_others_and_not_oneself(&connect(&server.url()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_behind_tls() {
    let options = Options { tls: true, password: Some("secret".to_owned()), ..Options::default() };
    let server = Server::start_with(options).await.expect("Redis starts");
    let url = server.tls_url().expect("it listens for TLS");
    queue::keeps_its_promises(&connect(&url).await).await;
    queue::news_reach_others_and_not_oneself(&connect(&url).await).await;
    // Tried again and again, and never trusted: the way there counts how often.
    let proxy = Proxy::start(server.tls_port().expect("it listens for TLS"));
    let stranger: RedisUrl = format!("rediss://:secret@127.0.0.1:{}", proxy.port()).parse().expect("an address");
    let stranger = Redis::connect(&stranger, "test");
    until("three tries", PATIENCE, || async { (proxy.connections() >= 3).then_some(()) }).await.expect("it tries");
    assert!(!stranger.is_up(), "nobody vouches for this server");
}

/// The user of docs/SCALING.md: it may do what a node does, with its own keys, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_the_least_rights() {
    let page = include_str!("../../../../docs/SCALING.md");
    let line = page.lines().find(|line| line.starts_with("ACL SETUSER jixinda ")).expect("the page names a user");
    let server = Server::start().await.expect("Redis starts");
    let words: Vec<&str> = line.split(' ').collect();
    let answer = server.command(&words).await.expect("it answers");
    assert!(answer.starts_with("+OK"), "{answer}");
    let url = format!("redis://jixinda:a-long-password@127.0.0.1:{}", server.port());
    let url: RedisUrl = url.parse().expect("an address");
    let redis = Redis::connect(&url, "jixinda");
    let mut state = redis.state();
    tokio::time::timeout(PATIENCE, state.wait_for(|up| *up)).await.expect("in time").expect("it lives");
    queue::keeps_its_promises(&redis).await;
    queue::news_reach_others_and_not_oneself(&redis).await;
    let denied = server.command(&["ACL", "LOG"]).await.expect("it answers");
    assert!(denied.starts_with("*0"), "something was denied: {denied}");
    let other = Redis::connect(&url, "someone-else");
    assert!(!queue::takes_an_id(&other).await, "keys of others are closed to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_and_comes_back() {
    let mut server = Server::start().await.expect("Redis starts");
    let redis = connect(&server.url()).await;
    server.kill();
    let mut state = redis.state();
    tokio::time::timeout(PATIENCE, state.wait_for(|up| !*up)).await.expect("it notices").expect("it lives");
    server.start_again().await.expect("starts");
    tokio::time::timeout(PATIENCE, state.wait_for(|up| *up)).await.expect("it comes back").expect("it lives");
    queue::keeps_its_promises(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_and_another_master() {
    let options = SentinelOptions { password: Some("secret".to_owned()), ..SentinelOptions::default() };
    let mut sentinels = Sentinels::start(options).await.expect("Sentinels start");
    let redis = connect(&sentinels.url()).await;
    queue::keeps_its_promises(&redis).await;
    sentinels.kill_master().await.expect("a replica is promoted");
    until("the new master to take ids", PATIENCE, || async { queue::takes_an_id(&redis).await.then_some(()) })
        .await
        .expect("without a restart");
    queue::keeps_its_promises(&redis).await;
    queue::news_reach_others_and_not_oneself(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_six_and_a_master_that_dies() {
    let mut cluster = RedisCluster::start(None).await.expect("a cluster starts");
    let redis = connect(&cluster.url()).await;
    queue::keeps_its_promises(&redis).await;
    queue::news_reach_others_and_not_oneself(&redis).await;
    queue::tells_when_it_was_emptied(&redis, || async {
        cluster.flush().await.expect("emptied");
    })
    .await;
    cluster.kill_master_of("{otp}").await.expect("its replica is promoted");
    until("the other master to take ids", PATIENCE, || async { queue::takes_an_id(&redis).await.then_some(()) })
        .await
        .expect("without a restart");
    queue::keeps_its_promises(&redis).await;
}
