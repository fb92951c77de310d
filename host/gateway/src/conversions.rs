//! Conversions (转化): an application says that the code of a message was used. What is new is kept, and told to whoever learns from it.

use crate::gateway::Gateway;
use jixinda_domain::{ApplicationId, MessageId};
use jixinda_store::{Conversion, ConversionVerdict};
use std::collections::HashSet;

/// What became of an application's words.
#[derive(Debug, Default)]
pub struct Recorded {
    /// How many were new.
    pub new: usize,
    /// The application has no such messages.
    pub unknown: Vec<MessageId>,
    /// No provider had these.
    pub not_sent: Vec<MessageId>,
}

/// Records that these messages were used. Durable when this returns.
pub async fn record(
    gateway: &Gateway,
    application: ApplicationId,
    ids: &[MessageId],
) -> jixinda_store::Result<Recorded> {
    let stored = gateway.store.messages(ids).await?;
    let own: HashSet<MessageId> =
        stored.iter().filter(|message| message.application_id == application).map(|message| message.id).collect();
    let mut seen = HashSet::new();
    let (known, unknown): (Vec<MessageId>, Vec<MessageId>) =
        ids.iter().filter(|id| seen.insert(**id)).partition(|id| own.contains(*id));
    let mut recorded = Recorded { unknown, ..Recorded::default() };
    if known.is_empty() {
        return Ok(recorded);
    }
    let verdicts = gateway.writer.convert(known.clone()).await?;
    let mut evidence = Vec::new();
    for (id, verdict) in known.into_iter().zip(verdicts) {
        match verdict {
            ConversionVerdict::New(carried) => {
                recorded.new += 1;
                evidence.extend(carried);
            }
            ConversionVerdict::Again => {}
            ConversionVerdict::NotSent => recorded.not_sent.push(id),
        }
    }
    learn(gateway, &evidence);
    Ok(recorded)
}

/// Everything that is to know of new conversions is told here, once for each, after the commit.
fn learn(gateway: &Gateway, conversions: &[Conversion]) {
    if conversions.is_empty() {
        return;
    }
    let used = conversions.iter().map(|conversion| jixinda_routing::Conversion {
        channel_id: conversion.channel_id,
        class: conversion.class,
        destination: conversion.destination,
    });
    let used: Vec<jixinda_routing::Conversion> = used.collect();
    gateway.routing.with(|router, _| used.iter().for_each(|conversion| router.converted(conversion)));
    gateway.routing.note(|evidence| used.into_iter().for_each(|conversion| evidence.add_converted(conversion)));
}
