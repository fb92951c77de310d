//! Puts the question of one message: which of the channels bound to its template and sign name may carry it now, and what is known of
//! them.

use super::desk::{Post, Routing};
use crate::directory::{ChannelEntry, Directory};
use crate::gateway::Gateway;
use jixinda_domain::{Cause, Channel, Destination, EffectivePolicy, Message, Timestamp};
use jixinda_routing::{Candidate, Exclusion, Question, Reason, Selection, Snapshot, Tried, select};
use std::sync::Arc;

/// The decision, and the channel that was picked.
pub struct Choice {
    pub selection: Selection,
    pub picked: Option<Arc<ChannelEntry>>,
}

/// One channel with everything that its judgement needs.
struct Bound<'a> {
    entry: &'a Arc<ChannelEntry>,
    post: Option<&'a Arc<Post>>,
    position: i32,
    weight: u32,
}

/// Picks a channel for a message. `random` is in [0, 1).
pub fn choose(
    gateway: &Gateway,
    directory: &Directory,
    message: &Message,
    tried: &[Tried],
    now: Timestamp,
    random: f64,
) -> Choice {
    let routing = &gateway.routing;
    let policy = directory.policy(message.application_id, message.template_id, message.class);
    let policy = policy.as_deref();
    let destination = Destination::of(&message.recipient);
    let (snapshot, posts) = (routing.snapshot(), routing.posts());
    let bound: Vec<Bound<'_>> = directory
        .route(message.template_id, message.sign_name_id)
        .iter()
        .map(|entry| {
            let id = entry.channel.id;
            let (position, weight) = laid(policy, &entry.channel);
            Bound { entry, post: posts.get(&id), position, weight }
        })
        .collect();
    let candidates: Vec<Candidate<'_>> =
        bound.iter().map(|bound| candidate(gateway, bound, &snapshot, policy, message, destination, now)).collect();
    let question = Question {
        version: snapshot.version,
        class: message.class,
        destination,
        strategy: policy.and_then(|policy| policy.strategy).unwrap_or(gateway.config.routing.strategy),
        tried,
        now,
        random,
    };
    let selection = settle(&question, candidates, now);
    let picked = selection.picked.and_then(|id| bound.iter().find(|bound| bound.entry.channel.id == id));
    let picked = picked.map(|bound| bound.entry.clone());
    Choice { selection, picked }
}

/// A channel's level and weight, a policy laid over them.
pub(super) fn laid(policy: Option<&EffectivePolicy>, channel: &Channel) -> (i32, u32) {
    let pinned = policy.and_then(|policy| policy.pinned.iter().position(|pinned| *pinned == channel.id));
    let weight = policy.and_then(|policy| policy.weights.get(&channel.id).copied());
    // Pinned ones go in the order in which they were named.
    let position = pinned.map_or(channel.position, |place| i32::try_from(place).unwrap_or(i32::MAX));
    (position, weight.unwrap_or(channel.weight))
}

/// A slot for a probing text may be taken by another feeder between the look and the pick.
fn settle(question: &Question<'_>, mut candidates: Vec<Candidate<'_>>, now: Timestamp) -> Selection {
    loop {
        let selection = select(question, &candidates);
        if selection.reason != Some(Reason::Probe) {
            return selection;
        }
        let Some(probing) = candidates.iter_mut().find(|candidate| Some(candidate.id) == selection.picked) else {
            return selection;
        };
        if probing.standing.is_none_or(|standing| standing.probe.take(now)) {
            return selection;
        }
        probing.probe_is_free = false;
    }
}

fn candidate<'a>(
    gateway: &Gateway,
    bound: &Bound<'_>,
    snapshot: &'a Snapshot,
    policy: Option<&EffectivePolicy>,
    message: &Message,
    destination: Destination,
    now: Timestamp,
) -> Candidate<'a> {
    let id = bound.entry.channel.id;
    let standing = snapshot.standings.get(&id).map(AsRef::as_ref);
    Candidate {
        id,
        standing,
        position: bound.position,
        weight: bound.weight,
        price: bound.post.and_then(|post| post.price),
        barred: bar(gateway, bound, policy, message, destination, now),
        full: bound.post.is_some_and(|post| post.gate.is_full(message.class)),
        probe_is_free: standing.is_some_and(|standing| standing.probe.is_free(now)),
    }
}

/// Why a channel cannot carry the message at all, or not now, and until when.
fn bar(
    gateway: &Gateway,
    bound: &Bound<'_>,
    policy: Option<&EffectivePolicy>,
    message: &Message,
    destination: Destination,
    now: Timestamp,
) -> Option<(Exclusion, Option<Timestamp>)> {
    let (entry, routing) = (bound.entry, &gateway.routing);
    let account = &entry.account.account;
    if let Some(exclusion) = standing_bar(entry, policy, message, destination) {
        return Some((exclusion, None));
    }
    if gateway.runtime.plugin(&account.provider).is_none() {
        return Some((Exclusion::ProviderMissing, None));
    }
    let ruled_out = bound.post.and_then(|post| routing.ruled_out(post, account.id, message, now));
    if let Some(until) = ruled_out {
        return Some((Exclusion::Rule, Some(until)));
    }
    routing.pauses.pause(account.id, message, now).map(|(exclusion, until)| (exclusion, Some(until)))
}

/// Why a channel cannot carry the message as long as nobody changes anything.
pub(super) fn standing_bar(
    entry: &ChannelEntry,
    policy: Option<&EffectivePolicy>,
    message: &Message,
    destination: Destination,
) -> Option<Exclusion> {
    let channel = &entry.channel;
    let refused = |refusal: Option<&Cause>| refusal.is_some();
    let template = entry.templates.get(&message.template_id);
    let sign_name = entry.sign_names.get(&message.sign_name_id);
    let judgements = [
        (message.pinned_channel_id.is_some_and(|chosen| chosen != channel.id), Exclusion::NotChosen),
        // A person's word on one message outranks those on many.
        (
            message.pinned_channel_id.is_none() && policy.is_some_and(|policy| !policy.allows(channel.id)),
            Exclusion::Policy,
        ),
        (
            refused(template.and_then(|binding| binding.refusal.as_ref()))
                || refused(sign_name.and_then(|binding| binding.refusal.as_ref())),
            Exclusion::BindingRefused,
        ),
        (
            !channel.reaches_destination(destination)
                || sign_name.is_some_and(|binding| !binding.reaches_destination(destination)),
            Exclusion::Destination,
        ),
        (!entry.is_on(), Exclusion::Disabled),
    ];
    judgements.into_iter().find(|(applies, _)| *applies).map(|(_, exclusion)| exclusion)
}

impl Routing {
    /// Whether nothing is to be sent through a channel now, whatever waits for it.
    pub fn is_suspended(&self, channel: jixinda_domain::ChannelId) -> bool {
        let snapshot = self.snapshot();
        let standing = snapshot.standings.get(&channel);
        standing.is_some_and(|standing| matches!(standing.state, jixinda_routing::health::State::Suspended { .. }))
    }
}
