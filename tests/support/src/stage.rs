//! The whole scene: simulator, gateway, and one of each noun that a text needs.

use crate::client::Client;
use crate::gateway::{Gateway, GatewayOptions};
use crate::wait::until;
use anyhow::Context as _;
use provider_simulator::{Account, Options, Simulator};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// The credentials of the simulated account (invented).
pub const ACCESS_KEY_ID: &str = "LTAIexampleKeyId";
const ACCESS_KEY_SECRET: &str = "exampleKeySecret";
/// The sign name on the stage.
pub const SIGN_NAME: &str = "示例签名";

/// How the scene is set.
#[derive(Clone, Debug, Default)]
pub struct StageOptions {
    /// How the gateway is started.
    pub gateway: GatewayOptions,
    /// How the simulator is started.
    pub simulator: Options,
    /// The Aliyun component.
    pub component: PathBuf,
    /// Calls in flight of the channel; the gateway's default where it is not told.
    pub max_concurrency: Option<u32>,
}

/// A gateway with one account, one channel, three templates (`login`, `shipped`, `sale`: one of each class), one sign name and one
/// application.
pub struct Stage {
    /// The provider's side.
    pub simulator: Simulator,
    /// Ours.
    pub gateway: Gateway,
    /// `access_key_id.secret` of the application.
    pub key: String,
    /// The account's id.
    pub account: String,
    /// Where the provider calls.
    pub callback_url: String,
}

impl Stage {
    /// Sets the scene.
    ///
    /// # Errors
    /// Where any of it refuses.
    pub async fn set(options: StageOptions) -> anyhow::Result<Self> {
        let simulator = Simulator::start(options.simulator.clone()).await?;
        let gateway = Gateway::start(options.gateway.clone(), std::slice::from_ref(&options.component)).await?;
        let admin = gateway.admin();
        until("the component to serve", Duration::from_secs(60), || {
            let admin = admin.clone();
            async move { admin.get("/providers/aliyun").await.is_ok_and(|answer| answer.status == 200).then_some(()) }
        })
        .await?;
        let account = add_account(&admin, "main", &simulator.url()).await?;
        let callback_url = text(&account, "callback_url")?;
        simulator.register(Account::aliyun(ACCESS_KEY_ID, ACCESS_KEY_SECRET).with_callback(&callback_url))?;
        let concurrency = options.max_concurrency.unwrap_or(32);
        let channel = json!({"name": "aliyun-1", "account": "main", "max_concurrency": concurrency});
        admin.post("/channels", &channel).await?.ok()?;
        for template in templates() {
            admin.post("/templates", &template).await?.ok()?;
        }
        admin.post("/sign-names", &json!({"code": "example", "text": SIGN_NAME})).await?.ok()?;
        bind(&admin, "aliyun-1").await?;
        let application = admin.post("/applications", &json!({"name": "shop"})).await?.ok()?.json;
        let key = format!("{}.{}", text(&application["key"], "id")?, text(&application["key"], "secret")?);
        Ok(Self { simulator, gateway, key, account: text(&account, "id")?, callback_url })
    }

    /// A client in the application's name.
    pub fn api(&self) -> Client {
        self.gateway.api(&self.key)
    }
}

/// Adds an account at the simulated provider.
///
/// # Errors
/// Where the gateway refuses it.
pub async fn add_account(admin: &Client, name: &str, endpoint: &str) -> anyhow::Result<Value> {
    let config = json!({"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET, "endpoint": endpoint});
    let account = json!({"name": name, "provider": "aliyun", "config": config});
    Ok(admin.post("/accounts", &account).await?.ok()?.json)
}

/// Binds all templates and the sign name to a channel.
///
/// # Errors
/// Where the gateway refuses it.
pub async fn bind(admin: &Client, channel: &str) -> anyhow::Result<()> {
    for (template, code) in [("login", "SMS_000001"), ("shipped", "SMS_000002"), ("sale", "SMS_000003")] {
        admin
            .call("PUT", &format!("/channels/{channel}/templates/{template}"), &json!({"provider_code": code}))
            .await?
            .ok()?;
    }
    admin.call("PUT", &format!("/channels/{channel}/sign-names/example"), &json!({})).await?.ok()?;
    Ok(())
}

fn templates() -> [Value; 3] {
    [
        json!({"code": "login", "class": "otp", "content": "您的验证码是${code}，5分钟内有效。", "params": [{"name": "code", "max_length": 8}]}),
        json!({"code": "shipped", "class": "notice", "content": "您的订单${order}已发货。"}),
        json!({"code": "sale", "class": "marketing", "content": "${shop}全场五折，今日有效。"}),
    ]
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    Ok(value[field].as_str().with_context(|| format!("{field} is missing in {value}"))?.to_owned())
}
