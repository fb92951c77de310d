//! One provider on the stage: its component, an account on both sides, two channels, two templates and a sign name.

use jixinda_test_support::{Client, Gateway, GatewayOptions, component, until};
use provider_simulator::{Account, Options, Provider, Simulator};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const SIGN_NAME: &str = "示例签名";

/// What differs between providers.
pub struct Provided {
    /// The plugin's id.
    pub id: &'static str,
    pub simulated: Provider,
    /// Both halves of the credentials at the simulator.
    pub key: &'static str,
    pub secret: &'static str,
    /// The account's settings, for a simulator at this URL.
    pub config: fn(&str) -> Value,
    /// How the account is set up at the simulator.
    pub options: Value,
    /// Receipts and inbound texts wait to be fetched.
    pub polled: bool,
    /// The provider's codes of the two templates; none where it takes texts.
    pub codes: Option<[&'static str; 2]>,
    /// The provider's code of the sign name.
    pub sign_code: Option<&'static str>,
}

/// A provider that is asked for one thing and shows one outcome.
pub struct Row {
    /// The simulator's fault.
    pub fault: Value,
    /// The outcome of the first attempt, and its reason where it has one.
    pub outcome: &'static str,
    pub reason: Option<&'static str>,
    /// The provider's code.
    pub code: &'static str,
    /// The provider took it all the same.
    pub taken: bool,
}

/// A fault that answers with a code of the provider.
pub fn refusing(code: &'static str, outcome: &'static str, reason: &'static str) -> Row {
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    Row { fault: json!({"error": {"code": code}}), outcome, reason, code, taken: false }
}

/// The same for the number alone, where the provider has a status for each.
pub fn refusing_number(code: &'static str, outcome: &'static str, reason: &'static str) -> Row {
    Row { fault: json!({"text_error": {"code": code}}), ..refusing(code, outcome, reason) }
}

/// The request was read, and nothing ever came back.
pub fn losing() -> Row {
    let fault = json!({"reset": {"when": "after_read", "times": 1}});
    Row { fault, outcome: "uncertain", reason: None, code: "connection-lost", taken: true }
}

/// Where the component is when the gateway starts.
pub enum Components<'a> {
    /// In the folder already.
    There(&'a Path),
    /// Dropped into the folder of the running gateway.
    Dropped(&'a Path),
}

/// The running scene.
pub struct Scene {
    pub simulator: Simulator,
    pub gateway: Gateway,
    api: Client,
    key: &'static str,
}

impl Scene {
    /// Sets it with the provider's own component.
    pub async fn set(provided: &Provided) -> Self {
        Self::set_with(provided, Components::There(&component(&format!("dist/{}.wasm", provided.id)))).await
    }

    /// Sets it: everything bound to the first channel, and the second template to a second channel of the same account too.
    pub async fn set_with(provided: &Provided, components: Components<'_>) -> Self {
        let simulator = Simulator::start(Options::default()).await.expect("the simulator starts");
        // Providers that are asked are asked quickly.
        let settings = [
            ("POLLING__EVERY_MS", "100"),
            ("ROUTING__ACCOUNT_S", "[3.0, 30.0]"),
            ("DISPATCH__RECEIPT_LOOKUPS_MS", "[200, 400, 800, 1600, 3200, 6400, 60000]"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options = GatewayOptions { settings, ..GatewayOptions::default() };
        let gateway = match components {
            Components::There(file) => Gateway::start(options, &[file.to_owned()]).await.expect("the gateway starts"),
            Components::Dropped(file) => {
                let gateway = Gateway::start(options, &[]).await.expect("the gateway starts");
                let (name, folder) = (file.file_name().expect("a name"), gateway.plugins());
                std::fs::copy(file, folder.join(".copying")).expect("copied");
                std::fs::rename(folder.join(".copying"), folder.join(name)).expect("renamed");
                gateway
            }
        };
        let admin = gateway.admin();
        let path = format!("/providers/{}", provided.id);
        until("the component to serve", PATIENCE, || {
            let (admin, path) = (admin.clone(), path.clone());
            async move { admin.get(&path).await.is_ok_and(|answer| answer.status == 200).then_some(()) }
        })
        .await
        .expect("it serves");
        let config = (provided.config)(&simulator.url());
        let account = json!({"name": "main", "provider": provided.id, "config": config});
        let account = post(&admin, "/accounts", &account).await;
        let mut simulated =
            Account::new(provided.simulated, provided.key, provided.secret).with_options(provided.options.clone());
        simulated = if provided.polled {
            simulated.polled()
        } else {
            simulated.with_callback(account["callback_url"].as_str().expect("an address"))
        };
        simulator.register(simulated.with_balance("321")).expect("registered");
        post(
            &admin,
            "/templates",
            &json!({"code": "login", "class": "otp", "content": "您的验证码是${code}，5分钟内有效。"}),
        )
        .await;
        let pickup = json!({"code": "pickup", "class": "notice", "content": "${name}，您的包裹在${place}。"});
        post(&admin, "/templates", &pickup).await;
        post(&admin, "/sign-names", &json!({"code": "example", "text": SIGN_NAME})).await;
        for (channel, position) in [("first", 1), ("second", 2)] {
            post(&admin, "/channels", &json!({"name": channel, "account": "main", "position": position})).await;
            let sign = json!({"provider_code": provided.sign_code});
            put(&admin, &format!("/channels/{channel}/sign-names/example"), &sign).await;
        }
        let code = |index: usize| provided.codes.map(|codes| codes[index]);
        put(&admin, "/channels/first/templates/login", &json!({"provider_code": code(0)})).await;
        // The provider's copy counts from the place to the name.
        let params = json!([{"from": "place", "to": "1"}, {"from": "name", "to": "2"}]);
        put(&admin, "/channels/second/templates/pickup", &json!({"provider_code": code(1), "params": params})).await;
        let application = post(&admin, "/applications", &json!({"name": "shop"})).await;
        let secret = |field: &str| application["key"][field].as_str().expect("a key").to_owned();
        let api = gateway.api(&format!("{}.{}", secret("id"), secret("secret")));
        Self { simulator, gateway, api, key: provided.key }
    }

    /// The whole ordinary day of a provider.
    pub async fn ordinary_day(provided: &Provided) -> Self {
        let scene = Self::set(provided).await;
        // One channel carries the codes, the other the notices; both are at one account.
        let code = scene.send(&login("13800000001")).await;
        let notice = scene.send(&pickup("13800000002")).await;
        let (code, notice) = (scene.becomes(&code, "delivered").await, scene.becomes(&notice, "delivered").await);
        assert_ne!(code["attempts"][0]["channel"], notice["attempts"][0]["channel"]);
        let messages: Vec<Value> = (100..130).map(|number| pickup(&format!("13800000{number}"))).collect();
        let batch = scene.api.post("/v1/messages/batch", &json!({"messages": messages})).await.expect("an answer").json;
        assert_eq!(batch["accepted"], 30, "{batch}");
        for result in batch["results"].as_array().expect("results") {
            scene.becomes(result["id"].as_str().expect("an id"), "delivered").await;
        }
        assert!(scene.simulator.doubled().is_empty());
        scene
    }

    /// Each row in a world of its own: an account that was refused is left alone for a while.
    pub async fn outcomes(provided: &Provided, rows: Vec<Row>) {
        for row in rows {
            let scene = Self::set(provided).await;
            let faults = serde_json::from_value(row.fault.clone()).expect("faults");
            scene.simulator.set_faults(provided.key, faults).expect("set");
            let id = scene.send(&pickup("13800000001")).await;
            let story = scene.after_its_first_attempt(&id).await;
            let attempt = &story["attempts"][0];
            let shown = (attempt["outcome"].as_str(), attempt["reason"].as_str(), attempt["cause"]["code"].as_str());
            assert_eq!(shown, (Some(row.outcome), row.reason, Some(row.code)), "{}: {story}", row.fault);
            if row.taken {
                // Its receipt heals it, and nobody sends it again.
                scene.becomes(&id, "delivered").await;
                assert!(scene.simulator.doubled().is_empty());
            }
        }
    }

    /// A person answers a text; the application reads it once.
    pub async fn hears_a_person(&self) -> Value {
        let id = self.send(&pickup("13800000003")).await;
        self.becomes(&id, "delivered").await;
        let text = json!({"account": self.key, "number": "13800000003", "content": "退订T"});
        self.simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("pushed");
        let inbound = until("the answer", PATIENCE, || {
            let api = self.api.clone();
            async move {
                api.get("/v1/inbound").await.ok()?.json["inbound"].as_array().filter(|texts| !texts.is_empty()).cloned()
            }
        });
        let inbound = inbound.await.expect("it arrives");
        assert_eq!(inbound.len(), 1);
        assert_eq!((&inbound[0]["from"], &inbound[0]["text"]), (&json!("+8613800000003"), &json!("退订T")));
        inbound[0].clone()
    }

    /// What the provider says is left.
    pub async fn balance(&self) -> Value {
        let answer = self.gateway.admin().get("/accounts/main/balance").await.expect("an answer");
        answer.ok().expect("a balance").json
    }

    /// What the provider remembers of a number.
    pub fn received(&self, number: &str) -> provider_simulator::ReceivedText {
        let mut texts = self.simulator.texts(number);
        assert_eq!(texts.len(), 1, "{texts:?}");
        texts.remove(0)
    }

    pub async fn send(&self, submission: &Value) -> String {
        let answer = self.api.post("/v1/messages", submission).await.expect("an answer");
        assert_eq!(answer.status, 202, "{}", answer.json);
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    pub async fn becomes(&self, id: &str, status: &str) -> Value {
        self.waits(id, status, |story| story["status"] == status).await
    }

    pub async fn after_its_first_attempt(&self, id: &str) -> Value {
        self.waits(id, "tried", |story| !story["attempts"][0].is_null()).await
    }

    async fn waits(&self, id: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/v1/messages/{id}");
        let found = until(what, PATIENCE, || {
            let (api, path) = (self.api.clone(), path.clone());
            let good = &good;
            async move { api.get(&path).await.ok().map(|answer| answer.json).filter(|story| good(story)) }
        });
        match found.await {
            Ok(story) => story,
            Err(error) => {
                let story = self.api.get(&path).await.expect("an answer").json;
                panic!("{error}: {story}\n{}", self.gateway.log())
            }
        }
    }
}

pub fn login(number: &str) -> Value {
    json!({"to": number, "template": "login", "sign_name": SIGN_NAME, "params": {"code": "824913"}})
}

pub fn pickup(number: &str) -> Value {
    json!({"to": number, "template": "pickup", "sign_name": SIGN_NAME, "params": {"name": "王女士", "place": "3号柜"}})
}

async fn post(admin: &Client, path: &str, body: &Value) -> Value {
    admin.post(path, body).await.expect("an answer").ok().unwrap_or_else(|error| panic!("{path}: {error}")).json
}

async fn put(admin: &Client, path: &str, body: &Value) {
    admin.call("PUT", path, body).await.expect("an answer").ok().unwrap_or_else(|error| panic!("{path}: {error}"));
}
