//! The real Aliyun component through the runtime, against the provider simulator.

use crate::support::sandbox::{Sandbox, call, kinds, messages, words};
use crate::support::{components, until};
use jixinda_domain::clock::{Clock as _, SystemClock};
use jixinda_domain::provider::{CallbackCall, Fate, OutgoingMessage, SentMessage};
use jixinda_domain::{Deferral, Outcome, ReceiptStatus, Scope};
use jixinda_runtime::{AccountAccess, Plugin, Secrets};
use provider_simulator::{Account, Faults, Options, Simulator};
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = "LTAIexampleKeyId";
const SECRET: &str = "exampleKeySecret";

struct Aliyun {
    sandbox: Sandbox,
    simulator: Simulator,
    plugin: Arc<Plugin>,
}

impl Aliyun {
    async fn start() -> Self {
        let sandbox = Sandbox::start(&[("aliyun.wasm", components::aliyun())]).await;
        let simulator = Simulator::start(Options::default()).await.expect("a simulator");
        simulator.register(Account::aliyun(KEY, SECRET)).expect("an account");
        let plugin = sandbox.runtime.plugin("aliyun").expect("it serves");
        Self { sandbox, simulator, plugin }
    }

    fn account_with(&self, settings: &Value, secret: &str) -> AccountAccess {
        let grant = self.simulator.url().parse().expect("a grant");
        let secrets: Secrets = [("access_key_secret".to_owned(), secret.to_owned())].into();
        AccountAccess::new("acc_1".to_owned(), settings.to_string(), None, vec![grant], secrets)
    }

    fn account(&self) -> AccountAccess {
        self.account_with(&json!({ "access_key_id": KEY, "endpoint": self.simulator.url() }), SECRET)
    }

    async fn send(&self, messages: &[OutgoingMessage]) -> Vec<Outcome> {
        self.sandbox.runtime.send(&self.plugin, &self.account(), &call(), messages).await
    }

    fn break_it(&self, faults: Value) {
        let faults: Faults = serde_json::from_value(faults).expect("faults");
        self.simulator.set_faults(KEY, faults).expect("a known account");
    }

    fn taken(&self, number: &str) -> usize {
        self.simulator.texts(number).iter().filter(|text| text.taken).count()
    }
}

fn otp() -> Vec<OutgoingMessage> {
    messages(1).into_iter().map(|message| OutgoingMessage { category: "otp", ..message }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_is_sent_with_either_signature() {
    let aliyun = Aliyun::start().await;
    for (count, version) in (1..).zip(["v3", "v1"]) {
        let settings =
            json!({ "access_key_id": KEY, "endpoint": aliyun.simulator.url(), "signature_version": version });
        let account = aliyun.account_with(&settings, SECRET);
        let outcomes = aliyun.sandbox.runtime.send(&aliyun.plugin, &account, &call(), &otp()).await;
        assert_eq!(kinds(&outcomes), ["accepted"], "{version}: {outcomes:?}");
        assert!(outcomes[0].upstream_id().is_some());
        assert_eq!(aliyun.taken("13800000000"), count, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_notices_is_one_request() {
    let aliyun = Aliyun::start().await;
    let outcomes = aliyun.send(&messages(50)).await;
    assert_eq!(kinds(&outcomes), ["accepted"; 50]);
    let ids: std::collections::BTreeSet<_> = outcomes.iter().map(Outcome::upstream_id).collect();
    assert_eq!(ids.len(), 1, "one request has one BizId");
    let summary = aliyun.simulator.summary();
    assert_eq!((summary.numbers, summary.doubled), (50, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_codes_become_our_outcomes() {
    let aliyun = Aliyun::start().await;
    let outcome_of = async |code: &str| {
        aliyun.break_it(json!({ "error": { "code": code } }));
        let [outcome] = aliyun.send(&otp()).await.try_into().expect("one outcome");
        assert_eq!(outcome.cause().map(|cause| cause.code.as_str()), Some(code));
        outcome
    };
    let limited = outcome_of("isv.BUSINESS_LIMIT_CONTROL").await;
    let deferral = |outcome: &Outcome| match outcome {
        Outcome::Deferred { reason, scope, .. } => Some((*reason, *scope)),
        _ => None,
    };
    assert_eq!(deferral(&limited), Some((Deferral::RateLimited, Scope::Recipient)), "{limited:?}");
    let poor = outcome_of("isv.AMOUNT_NOT_ENOUGH").await;
    assert_eq!(deferral(&poor), Some((Deferral::NoBalance, Scope::Account)), "{poor:?}");
    assert_eq!(outcome_of("isv.MOBILE_NUMBER_ILLEGAL").await.kind(), "rejected");
    assert_eq!(outcome_of("isp.SYSTEM_ERROR").await.kind(), "uncertain");
    assert_eq!(aliyun.taken("13800000000"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_the_account_s_fault() {
    let aliyun = Aliyun::start().await;
    let settings = json!({ "access_key_id": KEY, "endpoint": aliyun.simulator.url() });
    let account = aliyun.account_with(&settings, "not the secret");
    let outcomes = aliyun.sandbox.runtime.send(&aliyun.plugin, &account, &call(), &otp()).await;
    assert!(
        matches!(outcomes[0], Outcome::Deferred { reason: Deferral::AuthFailed, scope: Scope::Account, .. }),
        "{outcomes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_after_sending_leaves_us_uncertain() {
    let aliyun = Aliyun::start().await;
    for when in ["before_read", "after_read", "half_answer"] {
        aliyun.break_it(json!({ "reset": { "when": when } }));
        let outcomes = aliyun.send(&otp()).await;
        assert_eq!(kinds(&outcomes), ["uncertain"], "{when}: {outcomes:?}");
    }
    assert_eq!(aliyun.taken("13800000000"), 2, "all but the one that was not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_safe_to_retry() {
    let aliyun = Aliyun::start().await;
    let port = aliyun.simulator.open_listener().await.expect("a listener").port();
    aliyun.simulator.close_listener(port).await.expect("closed");
    let url = format!("http://127.0.0.1:{port}");
    let secrets: Secrets = [("access_key_secret".to_owned(), SECRET.to_owned())].into();
    let settings = json!({ "access_key_id": KEY, "endpoint": url }).to_string();
    let grants = vec![url.parse().expect("a grant")];
    let account = AccountAccess::new("acc_1".to_owned(), settings, None, grants, secrets);
    let outcomes = aliyun.sandbox.runtime.send(&aliyun.plugin, &account, &call(), &otp()).await;
    assert!(
        matches!(outcomes[0], Outcome::Deferred { reason: Deferral::Unreachable, scope: Scope::Account, .. }),
        "{outcomes:?}"
    );
    assert!(words(&outcomes[0]).starts_with("connect"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_and_replies_are_read() {
    let aliyun = Aliyun::start().await;
    let pushed = json!([
        { "phone_number": "13800000000", "success": true, "biz_id": "932702304080415357^0", "out_id": "msg_0",
          "send_time": "2024-01-02 09:44:09", "report_time": "2024-01-02 09:44:12", "err_code": "DELIVERED",
          "err_msg": "ok", "sms_size": "2" },
        { "phone_number": "13800000001", "send_time": "2024-01-02 09:45:00", "content": "退订", "sign_name": "示例签名",
          "dest_code": "01", "sequence_id": 7 },
    ]);
    let call = CallbackCall {
        method: "POST".to_owned(),
        body: pushed.to_string().into_bytes(),
        remote_address: "203.0.113.7".to_owned(),
        ..CallbackCall::default()
    };
    let account = aliyun.account();
    let (events, reply) = aliyun.sandbox.runtime.callback(&aliyun.plugin, &account, &call).await.expect("an answer");
    let events = events.expect("understood");
    assert_eq!(reply.status, 200);
    let [receipt] = events.receipts.as_slice() else { panic!("one receipt: {events:?}") };
    assert_eq!((receipt.status, receipt.message_id.as_deref()), (ReceiptStatus::Delivered, Some("msg_0")));
    assert_eq!((receipt.recipient.as_deref(), receipt.segments), (Some("+8613800000000"), Some(2)));
    let [inbound] = events.inbound.as_slice() else { panic!("one inbound text: {events:?}") };
    assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000001", "退订"));

    let forged = CallbackCall { method: "POST".to_owned(), body: b"no JSON".to_vec(), ..CallbackCall::default() };
    let (refused, reply) = aliyun.sandbox.runtime.callback(&aliyun.plugin, &account, &forged).await.expect("an answer");
    assert!(refused.is_err());
    assert_eq!(reply.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_tells_the_lost_from_the_taken() {
    let aliyun = Aliyun::start().await;
    let at = SystemClock.now();
    aliyun.break_it(json!({ "reset": { "when": "after_read" } }));
    assert_eq!(kinds(&aliyun.send(&otp()).await), ["uncertain"]);
    aliyun.break_it(json!({}));
    let sent = |id: &str, recipient: &str| SentMessage {
        id: id.to_owned(),
        serial: "0".to_owned(),
        call: call(),
        upstream_id: None,
        recipient: recipient.to_owned(),
        at,
    };
    let asked = [sent("msg_0", "+8613800000000"), sent("msg_7", "+8613800000007")];
    let account = aliyun.account();
    let mut fates = aliyun.sandbox.runtime.lookup(&aliyun.plugin, &account, &asked).await.expect("fates");
    assert_eq!(fates.pop(), Some(Fate::Absent));
    let Some(Fate::Known(receipt)) = fates.pop() else { panic!("it was taken: {fates:?}") };
    assert_eq!(receipt.message_id.as_deref(), Some("msg_0"));
    until("the provider knows it as delivered", || (aliyun.taken("13800000000") == 1).then_some(())).await;
}
