//! The webhooks' way out: which URLs may be saved, and the clients that post to them. The rules on addresses are those for plugins.

use crate::config::Config;
use jixinda_runtime::egress::{AddressPolicy, Egress, EgressOptions, Problem, Request, Response, SendError};
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

const MAX_URL: usize = 2048;

/// Why a URL is not an endpoint's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    #[error("it must be absolute, like https://example.com/hooks")]
    Malformed,
    #[error("at most {MAX_URL} characters")]
    TooLong,
    #[error("https is required; plain http is for networks that webhooks.allow_networks opens")]
    NotHttps,
    #[error("it must not carry a user name or password")]
    Credentials,
    #[error("{0} is not a public address; webhooks.allow_networks opens it if it is meant")]
    Inside(IpAddr),
}

/// Posts to endpoints, over addresses that were checked as the connection is made.
pub struct WebhookEgress {
    https: Egress,
    /// Plain http goes to opened networks and nowhere else.
    http: Egress,
    opened: AddressPolicy,
    anywhere: AddressPolicy,
    http_is_open: bool,
}

impl WebhookEgress {
    pub fn new(config: &Config) -> Self {
        let networks = &config.webhooks.allow_networks;
        let (anywhere, opened) = (AddressPolicy::allowing(networks.clone()), AddressPolicy::only(networks.clone()));
        let timeout = config.webhooks.timeout();
        let client = |addresses: &AddressPolicy| {
            Egress::new(EgressOptions {
                addresses: addresses.clone(),
                connect_timeout: Duration::from_millis(config.egress.connect_timeout_ms).min(timeout),
                default_timeout: timeout,
            })
        };
        let (https, http) = (client(&anywhere), client(&opened));
        Self { https, http, opened, anywhere, http_is_open: !networks.is_empty() }
    }

    /// Whether this may be an endpoint's URL. A name is looked up when a connection is made, not here.
    pub fn check(&self, text: &str) -> Result<Url, UrlRefusal> {
        if text.len() > MAX_URL {
            return Err(UrlRefusal::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlRefusal::Malformed)?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(UrlRefusal::NotHttps),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials);
        }
        let literal: Option<IpAddr> = match url.host().ok_or(UrlRefusal::Malformed)? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        };
        match literal {
            Some(address) if !self.anywhere.permits(address) => Err(UrlRefusal::Inside(address)),
            Some(address) if plain && !self.opened.permits(address) => Err(UrlRefusal::NotHttps),
            None if plain && !self.http_is_open => Err(UrlRefusal::NotHttps),
            _ => Ok(url),
        }
    }

    /// Posts once. Redirects are not followed, and no proxy is asked.
    ///
    /// # Errors
    /// In words for the endpoint's owner.
    pub async fn post(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Result<Response, String> {
        let client = if url.starts_with("http:") { &self.http } else { &self.https };
        let request = Request { method: "POST".to_owned(), url: url.to_owned(), headers, body, timeout: None };
        client.tell(request).await.map_err(|error| words(&error))
    }
}

fn words(error: &SendError) -> String {
    match error.problem {
        Problem::Denied => {
            "the address is not public, or plain http leads outside: see webhooks.allow_networks".to_owned()
        }
        _ => error.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(networks: &[&str], url: &str) -> Option<UrlRefusal> {
        let mut config = Config::load(None).expect("the defaults");
        config.webhooks.allow_networks = networks.iter().map(|network| network.parse().expect("a network")).collect();
        WebhookEgress::new(&config).check(url).err()
    }

    #[tokio::test]
    async fn only_public_https_is_saved() {
        let inside = |address: &str| Some(UrlRefusal::Inside(address.parse().expect("an address")));
        assert_eq!(refusal(&[], "https://example.com/hooks?a=1"), None);
        assert_eq!(refusal(&[], "http://example.com/hooks"), Some(UrlRefusal::NotHttps));
        assert_eq!(refusal(&[], "ftp://example.com/"), Some(UrlRefusal::NotHttps));
        assert_eq!(refusal(&[], "/hooks"), Some(UrlRefusal::Malformed));
        assert_eq!(refusal(&[], "https://u:p@example.com/"), Some(UrlRefusal::Credentials));
        assert_eq!(refusal(&[], "https://127.0.0.1/"), inside("127.0.0.1"));
        assert_eq!(refusal(&[], "https://0x7f.1/"), inside("127.0.0.1"));
        assert_eq!(refusal(&[], "https://[::ffff:10.0.0.1]/"), inside("::ffff:10.0.0.1"));
        assert_eq!(refusal(&[], "https://169.254.169.254/latest"), inside("169.254.169.254"));
        assert_eq!(refusal(&[], &format!("https://example.com/{}", "x".repeat(MAX_URL))), Some(UrlRefusal::TooLong));
    }

    #[tokio::test]
    async fn the_operator_opens_networks_for_plain_http_too() {
        let opened = ["127.0.0.0/8"];
        assert_eq!(refusal(&opened, "http://127.0.0.1:9000/hooks"), None);
        assert_eq!(
            refusal(&opened, "http://hooks.inside.example/"),
            None,
            "its address decides when a connection is made"
        );
        assert_eq!(refusal(&opened, "http://8.8.8.8/"), Some(UrlRefusal::NotHttps));
        assert!(matches!(refusal(&opened, "http://10.0.0.1/"), Some(UrlRefusal::Inside(_))));
    }
}
