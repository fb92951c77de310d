//! Calls of Twilio's API: forms there, JSON back.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, request};

use crate::config::Config;

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    /// Where Twilio shall report to.
    pub callback_url: Option<String>,
    authorization: String,
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        let authorization = config.authorization(gateway)?;
        Ok(Self { gateway, config, callback_url: account.callback_url.clone(), authorization })
    }

    /// Makes one message.
    pub fn create(&self, fields: Vec<(&str, String)>, message: u32) -> Request {
        self.ready(request::post_form(self.config.url_of("Messages.json"), fields)).carries([message])
    }

    /// Asks for something below the account, which hands no message over.
    pub fn fetch(&self, resource: &str) -> Request {
        self.ready(request::get(self.config.url_of(resource))).carries([])
    }

    /// All at once; the answers come in the order of the requests.
    pub fn call_all(&self, requests: &[Request]) -> Vec<Result<Response, SendError>> {
        if requests.is_empty() { Vec::new() } else { self.gateway.send_all(requests) }
    }

    fn ready(&self, request: Request) -> Request {
        request
            .header("authorization", &self.authorization)
            .header("accept", "application/json")
            .timeout(self.config.request_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::header;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn the_vector_of_basic_authentication() {
        let (gateway, account) = (gateway(), account(""));
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(
            header(&client.fetch("Balance.json"), "authorization"),
            Some("Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0d2lsaW9BdXRoVG9rZW5FeGFtcGxl")
        );
    }

    #[test]
    fn an_api_key_takes_the_tokens_place_but_not_in_the_path() {
        let gateway = gateway().secret("api_key_secret", "s");
        let account = account(r#","api_key_sid":"SK1""#);
        let request = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens")).fetch("Balance.json");
        assert_eq!(header(&request, "authorization"), Some("Basic U0sxOnM="));
        assert!(request.url.ends_with("/2010-04-01/Accounts/AC00000000000000000000000000000001/Balance.json"));
    }
}
