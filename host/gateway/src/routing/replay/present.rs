//! Channels, bindings and policies as they are now in the directory.

use super::decide::{Present, Way, Ways};
use super::outcome::Cost;
use crate::directory::Directory;
use crate::routing::candidates::{laid, standing_bar};
use crate::routing::desk::{facts, rivals};
use jixinda_domain::{ChannelId, Destination, Message};
use jixinda_routing::ChannelFacts;
use jixinda_routing::rule::Rules;
use std::collections::HashMap;

/// The directory, with what a replay needs prepared.
pub struct Today<'a> {
    directory: &'a Directory,
    rules: HashMap<ChannelId, Rules>,
    prices: HashMap<ChannelId, Cost>,
}

impl<'a> Today<'a> {
    pub fn of(directory: &'a Directory) -> Self {
        let channels = || directory.channels.values().map(|entry| &entry.channel);
        let rules = channels().filter_map(|channel| Some((channel.id, Rules::parse(channel.rules.as_deref()?))));
        let prices = channels().filter_map(|channel| Some((channel.id, Cost::of(channel.price.as_ref()?)?)));
        Self { rules: rules.collect(), prices: prices.collect(), directory }
    }
}

impl Present for Today<'_> {
    fn ways(&self, message: &Message) -> Ways {
        let policy = self.directory.policy(message.application_id, message.template_id, message.class);
        let policy = policy.as_deref();
        let destination = Destination::of(&message.recipient);
        let way = |entry: &std::sync::Arc<crate::directory::ChannelEntry>| {
            let (position, weight) = laid(policy, &entry.channel);
            Way {
                channel: entry.channel.id,
                account: entry.channel.account_id,
                position,
                weight,
                price: self.prices.get(&entry.channel.id).map(|price| price.micros as f64),
                barred: standing_bar(entry, policy, message, destination),
            }
        };
        let route = self.directory.route(message.template_id, message.sign_name_id);
        Ways { strategy: policy.and_then(|policy| policy.strategy), ways: route.iter().map(way).collect() }
    }

    fn facts(&self) -> Vec<ChannelFacts> {
        let rivals = rivals(self.directory);
        let price = |id| self.prices.get(&id).map(|price| price.micros as f64);
        self.directory.channels.values().map(|entry| facts(entry, price(entry.channel.id), &rivals)).collect()
    }

    fn rules(&self, channel: ChannelId) -> Option<&Rules> {
        self.rules.get(&channel)
    }

    fn price(&self, channel: ChannelId) -> Option<Cost> {
        self.prices.get(&channel).copied()
    }

    fn name(&self, channel: ChannelId) -> String {
        let entry = self.directory.channels.get(&channel);
        entry.map_or_else(|| channel.to_string(), |entry| entry.channel.name.clone())
    }
}
