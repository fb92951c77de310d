//! [`Application`] (应用): who may send, with which keys and from where.

use crate::clock::Timestamp;
use crate::ids::{AccessKeyId, ApplicationId};
use crate::limit::LimitRule;
use ipnet::IpNet;
use std::net::IpAddr;

/// 应用: a program that sends texts through the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// For people; unique.
    pub name: String,
    /// Whether its keys are accepted.
    pub active: bool,
    /// Networks that it may call from; empty for everywhere.
    pub networks: Vec<IpNet>,
    /// Rules of its own beside those of the configuration.
    pub limits: Vec<LimitRule>,
    /// Texts accepted in a day at most; `None` for any number.
    pub daily_quota: Option<u32>,
    /// Its share of a busy channel, against those of other applications: within a class it has this many texts a turn.
    pub weight: u32,
    /// Whether a bare secret (Bearer) is accepted, or only signed requests.
    pub allow_bearer: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Application {
    /// The weight where the operator says nothing.
    pub const DEFAULT_WEIGHT: u32 = 1;
    /// The largest weight.
    pub const MAX_WEIGHT: u32 = 100;

    /// Whether it may call from this address. IPv4-mapped IPv6 addresses count as IPv4.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }
}

/// One pair of credentials of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half.
    pub id: AccessKeyId,
    /// Whose it is.
    pub application_id: ApplicationId,
    /// The secret half, sealed with the master key.
    pub sealed_secret: Vec<u8>,
    /// True for a test key: everything is checked and recorded, and no person is ever reached.
    pub test: bool,
    /// Whether it is accepted.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_networks_hold_for_mapped_addresses_too() {
        let application = Application {
            id: ApplicationId::new(Timestamp::default(), 0),
            name: "shop".to_owned(),
            active: true,
            networks: vec!["192.0.2.0/24".parse().expect("a network")],
            limits: Vec::new(),
            daily_quota: None,
            weight: Application::DEFAULT_WEIGHT,
            allow_bearer: true,
            created_at: Timestamp::default(),
        };
        let allowed = |text: &str| application.allows_address(text.parse().expect("an address"));
        assert!(allowed("192.0.2.9") && allowed("::ffff:192.0.2.9"));
        assert!(!allowed("198.51.100.1") && !allowed("::1"));
    }
}
