//! A channel that is dead, slow, throttled and well again, in the real gateway under 500 texts a second: nothing is lost, and whoever
//! submits does not notice.

use super::failover::second_channel;
use super::*;
use jixinda_test_support::{Client, engines};
use provider_simulator::Simulator;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::task::JoinSet;

/// Texts that flow until it is stopped, and how long each took to be accepted.
struct Stream {
    stop: Arc<AtomicBool>,
    next: Arc<AtomicU64>,
    took: Arc<Mutex<Vec<(Instant, Duration)>>>,
    failed: Arc<AtomicU64>,
    clients: JoinSet<()>,
    start: Instant,
}

impl Stream {
    /// 600 a second from 30 clients, so that a busy machine still carries 500.
    fn start(api: &Client) -> Self {
        let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (took, failed) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU64::new(0)));
        let mut clients = JoinSet::new();
        for _ in 0..30 {
            let (api, stop, next, took, failed) =
                (api.clone(), stop.clone(), next.clone(), took.clone(), failed.clone());
            clients.spawn(async move {
                let mut beat = tokio::time::interval(Duration::from_millis(50));
                while !stop.load(Ordering::Relaxed) {
                    beat.tick().await;
                    let number = number(next.fetch_add(1, Ordering::Relaxed));
                    let begun = Instant::now();
                    let answer = api.post("/v1/messages", &notice(&number)).await;
                    took.lock().expect("not poisoned").push((begun, begun.elapsed()));
                    if !answer.is_ok_and(|answer| answer.status == 202) {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        Self { stop, next, took, failed, clients, start: Instant::now() }
    }

    fn sent(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Waits until so many more were sent.
    async fn flow(&self, texts: u64) {
        let wanted = self.sent() + texts;
        until("texts to flow", PATIENCE, || async { (self.sent() >= wanted).then_some(()) }).await.expect("they flow");
    }

    /// Stops it. Every text must have been accepted and arrived once, and those after `fault` as quickly as those before.
    async fn end(mut self, fault: Instant, simulators: [&Simulator; 2]) {
        self.stop.store(true, Ordering::Relaxed);
        while self.clients.join_next().await.is_some() {}
        let sent = self.sent();
        let per_second = sent as f64 / self.start.elapsed().as_secs_f64();
        assert_eq!(self.failed.load(Ordering::Relaxed), 0, "every text was accepted");
        // A debug build beside a database server of its own shares two cores with it.
        let (least, slack) = if engines::has_mysql() { (250.0, 500) } else { (500.0, 100) };
        assert!(per_second >= least, "only {per_second:.0} texts a second flowed");
        let numbers: Vec<String> = (0..sent).map(number).collect();
        // What was refused was received as well, and is no text that arrived.
        let arrived = |number: &String| -> usize {
            let texts = simulators.iter().flat_map(|simulator| simulator.texts(number));
            texts.filter(|text| text.taken).count()
        };
        let missing = || numbers.iter().filter(|number| arrived(number) == 0).count();
        until("all to arrive", PATIENCE, || async { (missing() == 0).then_some(()) })
            .await
            .unwrap_or_else(|_| panic!("{} of {sent} are missing", missing()));
        assert_eq!(numbers.iter().filter(|number| arrived(number) > 1).count(), 0, "no notice arrives twice");
        let took = std::mem::take(&mut *self.took.lock().expect("not poisoned"));
        let p99 = |from: &dyn Fn(Instant) -> bool| {
            let mut took: Vec<Duration> = took.iter().filter(|(at, _)| from(*at)).map(|(_, took)| *took).collect();
            took.sort_unstable();
            took.get(took.len() * 99 / 100).copied().unwrap_or_default()
        };
        let (before, after) = (p99(&|at| at < fault), p99(&|at| at >= fault));
        // A debug build on a busy machine has its own ups and downs.
        assert!(
            after <= before * 2 + Duration::from_millis(slack),
            "p99 of acceptance: {before:?} before, {after:?} after"
        );
    }
}

/// Waits until more texts than so many have come there: what was accepted is on its way.
async fn carries(simulator: &Simulator, texts: u64) {
    let there = || async { (simulator.summary().texts > texts).then_some(()) };
    until("a channel to carry texts", PATIENCE, there).await.expect("it does");
}

fn number(index: u64) -> String {
    format!("{}", 13_800_000_000 + index)
}

/// A stage with two channels and a gateway that reacts to `settings`.
async fn two_channels(settings: &[(&str, &str)]) -> (Stage, Simulator) {
    let quick = [
        ("DISPATCH__LOOKUP_AFTER_MS", "500"),
        ("DISPATCH__LOOKUP_EVERY_MS", "500"),
        ("ROUTING__DEMOTION_S", "3"),
        ("ROUTING__PROBE_STEP_S", "2"),
    ];
    let stage = stage_with(&[&quick[..], settings].concat()).await;
    let second = second_channel(&stage).await;
    (stage, second)
}

/// The first event of a kind about the first channel, since an earlier one of a kind where it is named.
async fn event(admin: &Client, kind: &str, after: Option<&Value>) -> Value {
    until(&format!("the first channel to be {kind}"), PATIENCE, || {
        let admin = admin.clone();
        async move {
            let events = admin.get("/rankings/events?channel=aliyun-1&limit=1000").await.ok()?.json["events"].clone();
            let earlier = after.and_then(|event| event["id"].as_str().map(str::to_owned)).unwrap_or_default();
            let mut matching = events.as_array()?.iter().rev().filter(|event| event["kind"] == kind);
            matching.find(|event| event["id"].as_str() > Some(earlier.as_str())).cloned()
        }
    })
    .await
    .expect("it is")
}

fn at(event: &Value) -> jixinda_domain::Timestamp {
    let text = event["at"].as_str().expect("a time");
    jixinda_domain::Timestamp::parse_rfc3339(text).expect("RFC 3339")
}

fn now() -> jixinda_domain::Timestamp {
    use jixinda_domain::Clock as _;
    jixinda_domain::clock::SystemClock.now()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_channel_is_left_within_a_second_and_comes_back() {
    let (stage, second) = two_channels(&[]).await;
    let admin = stage.gateway.admin();
    let stream = Stream::start(&stage.api());
    stream.flow(1500).await;
    let (fault, died_at) = (Instant::now(), now());
    let port = stage.simulator.address().port();
    stage.simulator.close_listener(port).await.expect("closed");
    let suspended = event(&admin, "suspended", None).await;
    let reaction = at(&suspended).since(died_at);
    assert!(reaction <= Duration::from_secs(1), "{reaction:?}: {suspended}");
    assert_eq!(suspended["cause"], "unreachable");
    let taken = second.summary().texts;
    stream.flow(1500).await;
    carries(&second, taken + 500).await;
    stage.simulator.reopen_listener(port).await.expect("open again");
    let active = event(&admin, "active", Some(&suspended)).await;
    assert_eq!(active["cause"], "proved");
    let taken = stage.simulator.summary().texts;
    stream.flow(1500).await;
    carries(&stage.simulator, taken + 500).await;
    stream.end(fault, [&stage.simulator, &second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_channel_loses_its_load_and_gets_it_back() {
    // Four times quicker than by default, so that the test need not take minutes.
    let (stage, second) = two_channels(&[("ROUTING__SLOW_CALL_MS__NOTICE", "2000")]).await;
    let admin = stage.gateway.admin();
    let stream = Stream::start(&stage.api());
    stream.flow(1500).await;
    let (fault, slowed_at) = (Instant::now(), now());
    faults(&stage, json!({"latency": {"fixed_ms": 4000}}));
    let demoted = event(&admin, "demoted", None).await;
    let reaction = at(&demoted).since(slowed_at);
    assert!(reaction <= Duration::from_secs(30), "{reaction:?}: {demoted}");
    assert_eq!(demoted["cause"], "slow");
    stream.flow(1500).await;
    let (slow, other) = (stage.simulator.summary().texts, second.summary().texts);
    stream.flow(1000).await;
    let (slow, other) = (stage.simulator.summary().texts - slow, second.summary().texts - other);
    assert!(other > 9 * slow, "{slow} to the slow one, {other} to the other");
    faults(&stage, json!({}));
    let restored = event(&admin, "restored", Some(&demoted)).await;
    assert_eq!(restored["class"], "notice");
    stream.end(fault, [&stage.simulator, &second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_channel_is_spared_and_the_rest_goes_elsewhere() {
    let (stage, second) = two_channels(&[]).await;
    let admin = stage.gateway.admin();
    let stream = Stream::start(&stage.api());
    stream.flow(1500).await;
    let fault = Instant::now();
    faults(&stage, json!({"error": {"code": "Throttling.User", "share": 0.5}}));
    let pace = |admin: Client| async move {
        let ranking = admin.get("/rankings").await.ok()?.json;
        ranking["channels"][0]["pace"]["texts_per_second_at_most"].as_f64()
    };
    let cut = until("the pace to be cut", PATIENCE, || {
        let admin = admin.clone();
        async move { pace(admin).await.filter(|rate| *rate < 400.0) }
    });
    cut.await.expect("it is");
    let (spared, taken) = (stage.simulator.summary().texts, second.summary().texts);
    stream.flow(2000).await;
    carries(&second, taken + 1000).await;
    let (spared, taken) = (stage.simulator.summary().texts - spared, second.summary().texts - taken);
    assert!(taken > spared, "most of it goes elsewhere: {taken}, and {spared} to the throttled one");
    faults(&stage, json!({}));
    let taken = stage.simulator.summary().texts;
    stream.flow(2000).await;
    carries(&stage.simulator, taken).await;
    let events = admin.get("/rankings/events?channel=aliyun-1").await.expect("an answer").json;
    assert_eq!(events["events"], json!([]), "too fast is our own doing: its health is not touched");
    stream.end(fault, [&stage.simulator, &second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_says_why_this_channel_and_not_the_other() {
    let (stage, _second) = two_channels(&[]).await;
    let admin = stage.gateway.admin();
    let api = stage.api();
    let explained = async |id: &str, no: usize| {
        let story = admin.get(&format!("/messages/{id}")).await.expect("an answer").json;
        story["attempts"][no]["explanation"].clone()
    };
    let id = accepted(&api, &notice("13800000001")).await;
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!(story["attempts"][0].get("explanation"), None, "an application does not see our channels' scores");
    let told = explained(&id, 0).await;
    let why = |told: &Value, candidate: usize| told["candidates"][candidate]["why"].as_str().expect("words").to_owned();
    assert!(why(&told, 0).starts_with("picked, with a chance of 100.0 %: level 0"), "{told}");
    assert_eq!(told["candidates"][0]["name"], "aliyun-1");
    assert!(why(&told, 1).starts_with("not picked: those before it take everything"), "{told}");
    assert!(told["candidates"][1]["standing"]["place"]["rating"]["score"].as_f64() > Some(0.9), "{told}");

    faults(&stage, json!({"error": {"code": "isv.AMOUNT_NOT_ENOUGH", "share": 1.0}}));
    let id = accepted(&api, &notice("13800000002")).await;
    becomes(&api, &id, "delivered").await;
    let told = explained(&id, 1).await;
    assert!(why(&told, 0).starts_with("it was suspended as no_balance, until "), "{told}");
    assert_eq!(told["reason"], "only_one");

    // The same words after a restart, and the suspension still holds.
    let mut stage = stage;
    stage.gateway.terminate().await.expect("it stops");
    stage.gateway.start_again().await.expect("it starts");
    assert_eq!(explained(&id, 1).await, told);
    let id = accepted(&api, &notice("13800000003")).await;
    becomes(&api, &id, "delivered").await;
    assert!(why(&explained(&id, 0).await, 0).starts_with("it was suspended as no_balance, until "));
    // A person says that it is paid: it is tried, and carries texts again.
    faults(&stage, json!({}));
    let probed = admin.post("/rankings/aliyun-1/probe", &json!({})).await.expect("an answer").ok().expect("ok").json;
    assert_eq!(probed["standing"]["state"], "probing");
    let id = accepted(&api, &notice("13800000004")).await;
    becomes(&api, &id, "delivered").await;
    assert_eq!(explained(&id, 0).await["reason"], "probe");
    assert_eq!(admin.post("/rankings/aliyun-1/probe", &json!({})).await.expect("an answer").status, 409);
    let history = admin.get("/rankings/aliyun-1/history").await.expect("an answer").json;
    let states: Vec<&Value> =
        history["standings"].as_array().expect("a list").iter().map(|one| &one["standing"]["state"]).collect();
    assert!(states.contains(&&json!("suspended")) && states.contains(&&json!("active")), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_a_provider_is_sure_to_refuse_is_not_handed_to_it() {
    let (stage, second) = two_channels(&[]).await;
    let api = stage.api();
    // Aliyun takes one code a minute for a number and a sign name: the next one goes to the other account.
    for _ in 0..2 {
        becomes(&api, &accepted(&api, &otp("13800000001")).await, "delivered").await;
    }
    assert_eq!((stage.simulator.texts("13800000001").len(), second.texts("13800000001").len()), (1, 1));
    assert_eq!(stage.simulator.summary().requests, 1, "no call in vain");
    // The operator may be stricter, by what was sent before too, and a restart forgets neither.
    becomes(&api, &accepted(&api, &notice("13800000003")).await, "delivered").await;
    let rules = json!({"frequency": [{"per": ["recipient", "country-code"], "window_seconds": 3600, "max": 1}]});
    stage
        .gateway
        .admin()
        .call("PATCH", "/channels/aliyun-1", &json!({"rules": rules}))
        .await
        .expect("an answer")
        .ok()
        .expect("ok");
    let mut stage = stage;
    until("the past to be counted", PATIENCE, || async {
        becomes(&api, &accepted(&api, &notice("13800000003")).await, "delivered").await;
        (second.texts("13800000003").len() == 1).then_some(())
    })
    .await
    .expect("it is");
    becomes(&api, &accepted(&api, &notice("13800000002")).await, "delivered").await;
    stage.gateway.terminate().await.expect("it stops");
    stage.gateway.start_again().await.expect("it starts");
    until("the day before to be counted", PATIENCE, || async {
        let id = accepted(&api, &notice("13800000002")).await;
        becomes(&api, &id, "delivered").await;
        (second.texts("13800000002").len() == 1).then_some(())
    })
    .await
    .expect("it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_carriers_and_weights_decide_and_are_named() {
    let (stage, second) = two_channels(&[]).await;
    let admin = stage.gateway.admin();
    let api = stage.api();
    let excluded = async |id: &str, candidate: usize| {
        becomes(&api, id, "delivered").await;
        let story = admin.get(&format!("/messages/{id}")).await.expect("an answer").json;
        story["attempts"][0]["explanation"]["candidates"][candidate]["excluded"].clone()
    };
    let policy = json!({"application": "shop", "class": "notice", "excluded": ["aliyun-1"]});
    let made = admin.post("/routing-policies", &policy).await.expect("an answer").ok().expect("made").json;
    let id = accepted(&api, &notice("13800000001")).await;
    assert_eq!(excluded(&id, 0).await, "policy");
    assert_eq!(excluded(&accepted(&api, &otp("13800000001")).await, 0).await, Value::Null, "codes are not concerned");

    // 130 is a range of Unicom, 138 one of Mobile.
    let way = format!("/routing-policies/{}", made["id"].as_str().expect("an id"));
    admin.call("DELETE", &way, &json!({})).await.expect("an answer").ok().expect("gone");
    let carriers = json!({"carriers": ["mobile"]});
    admin.call("PATCH", "/channels/aliyun-1", &carriers).await.expect("an answer").ok().expect("changed");
    assert_eq!(excluded(&accepted(&api, &notice("13000000001")).await, 0).await, "destination");
    assert_eq!(excluded(&accepted(&api, &notice("13800000003")).await, 0).await, Value::Null);

    // One in four by weight, of what both may carry.
    let weighted = json!({"strategy": "weighted", "weights": {"aliyun-1": 100, "aliyun-2": 300}});
    admin.post("/routing-policies", &weighted).await.expect("an answer").ok().expect("made");
    let before = (stage.simulator.summary().texts, second.summary().texts);
    for index in 0..400 {
        accepted(&api, &notice(&number(1000 + index))).await;
    }
    let arrived = || (stage.simulator.summary().texts - before.0, second.summary().texts - before.1);
    until("all to arrive", PATIENCE, || async { (arrived().0 + arrived().1 == 400).then_some(()) })
        .await
        .expect("they do");
    // Four standard deviations of a binomial distribution are 35.
    assert!((65..=135).contains(&arrived().0), "{:?}", arrived());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_added_beside_known_ones_begins_with_one_text() {
    let stage = stage_with(&[]).await;
    let (admin, api) = (stage.gateway.admin(), stage.api());
    for index in 0..60 {
        accepted(&api, &notice(&number(index))).await;
    }
    stage.simulator.wait_until(|summary| summary.texts >= 60, PATIENCE).await.expect("all arrive");
    let second = second_channel(&stage).await;
    let events = admin.get("/rankings/events?channel=aliyun-2").await.expect("an answer").json;
    assert!(events["events"].as_array().is_some_and(|events| events.iter().all(|event| event["kind"] != "active")));
    let id = accepted(&api, &notice(&number(100))).await;
    becomes(&api, &id, "delivered").await;
    assert_eq!(second.summary().texts, 1, "the next text shows what it is like");
    for index in 200..300 {
        accepted(&api, &notice(&number(index))).await;
    }
    stage.simulator.wait_until(|summary| summary.texts >= 60 + 90, PATIENCE).await.expect("the known one carries most");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_to_one_number_is_held_to_the_providers_limits() {
    let (stage, second) = two_channels(&[]).await;
    let codes: Vec<Value> = (0..12).map(|_| otp("13800000001")).collect();
    let batch = stage.api().post("/v1/messages/batch", &json!({"messages": codes})).await.expect("an answer").json;
    assert_eq!(batch["accepted"], 12);
    until("one for each account", PATIENCE, || async {
        (stage.simulator.summary().texts + second.summary().texts == 2).then_some(())
    })
    .await
    .expect("they go");
    // What waits for the minute to pass has been looked at by the time another number's text is through.
    becomes(&stage.api(), &accepted(&stage.api(), &otp("13800000002")).await, "delivered").await;
    assert_eq!(stage.simulator.texts("13800000001").len() + second.texts("13800000001").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_at_work_takes_new_credentials_and_codes_and_wakes_what_waits() {
    let stage = stage_with(&[]).await;
    let (admin, api) = (stage.gateway.admin(), stage.api());
    becomes(&api, &accepted(&api, &notice("13800000001")).await, "delivered").await;
    // The provider's copy of the template has another code now.
    let bound = json!({"provider_code": "SMS_777"});
    admin.call("PUT", "/channels/aliyun-1/templates/shipped", &bound).await.expect("an answer").ok().expect("bound");
    becomes(&api, &accepted(&api, &notice("13800000002")).await, "delivered").await;
    assert_eq!(stage.simulator.texts("13800000002")[0].template, "SMS_777");
    // A wrong secret: refused, suspended for a minute at least. The text waits for that, and no longer than the mistake lasts.
    let config = |secret: &str| {
        json!({"config": {"access_key_id": jixinda_test_support::ACCESS_KEY_ID, "access_key_secret": secret,
            "endpoint": stage.simulator.url()}})
    };
    admin.call("PATCH", "/accounts/main", &config("wrong")).await.expect("an answer").ok().expect("changed");
    let id = accepted(&api, &notice("13800000003")).await;
    event(&admin, "suspended", None).await;
    admin.call("PATCH", "/accounts/main", &config("exampleKeySecret")).await.expect("an answer").ok().expect("mended");
    becomes(&api, &id, "delivered").await;
}
