//! The directory: applications, keys, templates, sign names, channels, accounts, bindings and policies as one immutable picture in
//! memory.
//!
//! Requests and routing read it without a lock or a query; whoever changes something in the store has it read again.

mod policies;

use crate::config::Config;
use crate::seal::Sealer;
use jixinda_domain::{
    AccessKeyId, Account, AccountId, Application, ApplicationId, Channel, ChannelId, EffectivePolicy, InboundRoute,
    MessageClass, RoutingPolicy, SignName, SignNameBinding, SignNameId, Template, TemplateBinding, TemplateId,
    Timestamp, WebhookEndpoint, WebhookEndpointId,
};
use jixinda_runtime::{AccountAccess, HostGrant, Secrets};
use jixinda_store::Store;
use policies::Policies;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Default)]
pub struct Directory {
    pub applications: BTreeMap<ApplicationId, Arc<Application>>,
    pub keys: HashMap<AccessKeyId, Credential>,
    pub templates: BTreeMap<TemplateId, Arc<Template>>,
    pub sign_names: BTreeMap<SignNameId, Arc<SignName>>,
    pub accounts: BTreeMap<AccountId, Arc<AccountEntry>>,
    pub channels: BTreeMap<ChannelId, Arc<ChannelEntry>>,
    pub inbound_routes: Vec<InboundRoute>,
    pub webhooks: BTreeMap<WebhookEndpointId, Arc<WebhookEntry>>,
    templates_by_code: HashMap<String, TemplateId>,
    sign_names_by_word: HashMap<String, SignNameId>,
    routes: HashMap<(TemplateId, SignNameId), Arc<[Arc<ChannelEntry>]>>,
    policies: Policies,
}

/// An access key, opened.
pub struct Credential {
    pub application: Arc<Application>,
    pub secret: Vec<u8>,
    pub test: bool,
    pub active: bool,
}

/// An account, opened.
pub struct AccountEntry {
    pub account: Account,
    /// What its plugin gets.
    pub access: AccountAccess,
    /// All settings, secrets included: for checking against a schema, never for showing.
    pub settings: Value,
}

/// A channel with all that it may carry.
pub struct ChannelEntry {
    pub channel: Channel,
    pub account: Arc<AccountEntry>,
    pub templates: HashMap<TemplateId, TemplateBinding>,
    pub sign_names: HashMap<SignNameId, SignNameBinding>,
}

/// A webhook endpoint, opened.
pub struct WebhookEntry {
    pub endpoint: WebhookEndpoint,
    pub key: Vec<u8>,
    /// The key before that one, and until when it signs too.
    pub previous_key: Option<(Vec<u8>, Timestamp)>,
}

impl Directory {
    pub async fn load(store: &dyn Store, sealer: &Sealer, config: &Config) -> anyhow::Result<Self> {
        let mut directory = Self::default();
        for application in store.applications().await? {
            directory.applications.insert(application.id, Arc::new(application));
        }
        directory.add_keys(store, sealer).await?;
        for template in store.templates().await? {
            directory.templates_by_code.insert(template.code.clone(), template.id);
            directory.templates_by_code.insert(template.id.to_string(), template.id);
            directory.templates.insert(template.id, Arc::new(template));
        }
        for sign_name in store.sign_names().await? {
            for word in [sign_name.text.clone(), sign_name.code.clone(), sign_name.id.to_string()] {
                directory.sign_names_by_word.insert(word, sign_name.id);
            }
            directory.sign_names.insert(sign_name.id, Arc::new(sign_name));
        }
        for account in store.accounts().await? {
            directory.accounts.insert(account.id, Arc::new(open_account(account, sealer, config)?));
        }
        directory.add_channels(store).await?;
        directory.policies = Policies::new(store.routing_policies().await?);
        directory.inbound_routes = store.inbound_routes().await?;
        directory.add_webhooks(store, sealer).await?;
        Ok(directory)
    }

    async fn add_keys(&mut self, store: &dyn Store, sealer: &Sealer) -> anyhow::Result<()> {
        for key in store.access_keys().await? {
            let Some(application) = self.applications.get(&key.application_id) else { continue };
            let secret = sealer.open(&key.id.to_string(), &key.sealed_secret)?;
            let credential =
                Credential { application: application.clone(), secret, test: key.test, active: key.active };
            self.keys.insert(key.id, credential);
        }
        Ok(())
    }

    async fn add_webhooks(&mut self, store: &dyn Store, sealer: &Sealer) -> anyhow::Result<()> {
        for endpoint in store.webhook_endpoints().await? {
            let owner = endpoint.id.to_string();
            let key = sealer.open(&owner, &endpoint.sealed_key)?;
            let previous_key = match &endpoint.previous_key {
                Some(previous) => Some((sealer.open(&owner, &previous.sealed)?, previous.valid_until)),
                None => None,
            };
            self.webhooks.insert(endpoint.id, Arc::new(WebhookEntry { endpoint, key, previous_key }));
        }
        Ok(())
    }

    async fn add_channels(&mut self, store: &dyn Store) -> anyhow::Result<()> {
        let mut templates: HashMap<ChannelId, HashMap<TemplateId, TemplateBinding>> = HashMap::new();
        for binding in store.template_bindings().await? {
            templates.entry(binding.channel_id).or_default().insert(binding.template_id, binding);
        }
        let mut sign_names: HashMap<ChannelId, HashMap<SignNameId, SignNameBinding>> = HashMap::new();
        for binding in store.sign_name_bindings().await? {
            sign_names.entry(binding.channel_id).or_default().insert(binding.sign_name_id, binding);
        }
        let mut routes: HashMap<(TemplateId, SignNameId), Vec<Arc<ChannelEntry>>> = HashMap::new();
        // In the operator's order, so each route is in that order too.
        for channel in store.channels().await? {
            let Some(account) = self.accounts.get(&channel.account_id) else { continue };
            let entry = Arc::new(ChannelEntry {
                account: account.clone(),
                templates: templates.remove(&channel.id).unwrap_or_default(),
                sign_names: sign_names.remove(&channel.id).unwrap_or_default(),
                channel,
            });
            for template in entry.templates.keys() {
                for sign_name in entry.sign_names.keys() {
                    routes.entry((*template, *sign_name)).or_default().push(entry.clone());
                }
            }
            self.channels.insert(entry.channel.id, entry);
        }
        self.routes = routes.into_iter().map(|(pair, channels)| (pair, channels.into())).collect();
        Ok(())
    }

    /// A template by its code or id.
    pub fn template(&self, word: &str) -> Option<&Arc<Template>> {
        self.templates.get(self.templates_by_code.get(word)?)
    }

    /// A sign name by its text, code or id.
    pub fn sign_name(&self, word: &str) -> Option<&Arc<SignName>> {
        self.sign_names.get(self.sign_names_by_word.get(word)?)
    }

    /// What operators say about the channels of such a message; `None` where they say nothing. A few hash lookups.
    pub fn policy(
        &self,
        application: ApplicationId,
        template: TemplateId,
        class: MessageClass,
    ) -> Option<Arc<EffectivePolicy>> {
        self.policies.effective(application, template, class)
    }

    /// Decides by these policies and no others: for what is not the gateway's own picture.
    pub fn set_policies(&mut self, policies: Vec<RoutingPolicy>) {
        self.policies = Policies::new(policies);
    }

    /// All routes: for each bound pair of template and sign name its channels.
    pub fn routes(&self) -> impl Iterator<Item = &[Arc<ChannelEntry>]> {
        self.routes.values().map(|route| &route[..])
    }

    /// The channels bound to both, in the operator's order.
    pub fn route(&self, template: TemplateId, sign_name: SignNameId) -> &[Arc<ChannelEntry>] {
        self.routes.get(&(template, sign_name)).map_or(&[], |channels| channels)
    }

    /// An application's share of a busy channel.
    pub fn weight(&self, application: &ApplicationId) -> u32 {
        self.applications.get(application).map_or(Application::DEFAULT_WEIGHT, |application| application.weight)
    }
}

fn open_account(account: Account, sealer: &Sealer, config: &Config) -> anyhow::Result<AccountEntry> {
    let secrets: Secrets = serde_json::from_slice(&sealer.open(&account.id.to_string(), &account.sealed_secrets)?)?;
    let mut settings: Value = serde_json::from_str(&account.config)?;
    let mut grants = config.grants(&account.provider);
    grants.extend(host_settings(&settings));
    if let Some(object) = settings.as_object_mut() {
        object.extend(secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.as_str()))));
    }
    let access = AccountAccess::new(
        account.id.to_string(),
        plain_settings(&account.config)?,
        callback_url(config, &account),
        grants,
        secrets,
    );
    Ok(AccountEntry { account, access, settings })
}

/// The property under which [`plain_settings`] and [`host_settings`] find what saving an account granted.
const GRANTED: &str = "$hosts";

/// Adds to the settings what their `x-host` properties grant. Kept with the row, so that a later schema cannot widen it.
pub fn with_grants(mut settings: serde_json::Map<String, Value>, hosts: Vec<String>) -> Value {
    settings.insert(GRANTED.to_owned(), hosts.into());
    settings.into()
}

fn host_settings(settings: &Value) -> Vec<HostGrant> {
    let hosts = settings.get(GRANTED).and_then(Value::as_array);
    hosts.into_iter().flatten().filter_map(|host| host.as_str()?.parse().ok()).collect()
}

/// The settings as people and plugins see them.
pub fn plain_settings(config: &str) -> anyhow::Result<String> {
    let mut settings: Value = serde_json::from_str(config)?;
    if let Some(object) = settings.as_object_mut() {
        object.remove(GRANTED);
    }
    Ok(settings.to_string())
}

/// Where the provider of this account should call; `None` without a public address.
pub fn callback_url(config: &Config, account: &Account) -> Option<String> {
    let base = config.server.public_url.trim_end_matches('/');
    (!base.is_empty()).then(|| format!("{base}/callbacks/{}/{}", account.id, account.callback_token))
}

impl ChannelEntry {
    /// Whether channel and account are switched on.
    pub fn is_on(&self) -> bool {
        self.channel.enabled && self.account.account.enabled
    }
}

impl AccountEntry {
    /// All settings, secrets included, as a plugin's schema describes them.
    pub fn settings_for_schema(&self) -> Value {
        let mut settings = self.settings.clone();
        if let Some(object) = settings.as_object_mut() {
            object.remove(GRANTED);
        }
        settings
    }
}
