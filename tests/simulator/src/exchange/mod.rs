//! One request at a provider's door, from its head to its answer.
//!
//! Here it finds its account; `desk` serves it with whatever faults are set, `taking` remembers its texts and sees to their
//! receipts. Formats are the provider's (`wire`), lots are drawn in `faults`, sockets are broken in `serve`.

mod desk;
mod taking;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use crate::account::AccountState;
use crate::serve::{AnswerBody, Dropped, answer, json};
use crate::wire::{Call, Provider, RawRequest, Refusal, Wire};
use crate::world::World;
use desk::Desk;

type Exchanged = Result<Response<AnswerBody>, Dropped>;

/// Serves a request to a provider. `Dropped` asks for the connection to be reset.
pub(crate) async fn exchange(world: &World, request: Request<Incoming>) -> Exchanged {
    let (head, body) = request.into_parts();
    let Some(provider) = Provider::of(&head) else {
        return Ok(json(StatusCode::NOT_FOUND, r#"{"error":"no provider has this path"}"#));
    };
    let wire = provider.wire();
    let peeked = wire.peek(&head).and_then(|peek| Some((world.accounts.get(&peek.key)?, peek.is_send)));
    if let Some((account, is_send)) = &peeked {
        reset_before_read(world, account, *is_send)?;
    }
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let request = RawRequest { head, body };
    let reading = wire.read(&request, world);
    let Some(account) = reading.account else {
        return Ok(refuse_stranger(world, wire, &request, reading.call.err()));
    };
    if peeked.is_none() {
        // Most requests name their account only where the head does not show it.
        reset_before_read(world, &account, reading.call.as_ref().is_ok_and(Call::is_send))?;
    }
    let desk = Desk { world, wire, provider, request, faults: account.faults(), account };
    desk.account.tally.requests.one();
    match reading.call {
        Err(refusal) => Ok(desk.refuse(&refusal)),
        Ok(Call::Send(submission)) => desk.send(submission).await,
        Ok(Call::Lookup(lookup)) => desk.look_up(lookup).await,
        Ok(Call::PollReceipts(poll)) => desk.hand_out_receipts(poll).await,
        Ok(Call::PollInbound(poll)) => desk.hand_out_inbound(poll).await,
        Ok(Call::Balance(answer)) => desk.tell_balance(answer).await,
    }
}

fn reset_before_read(world: &World, account: &AccountState, is_send: bool) -> Result<(), Dropped> {
    if !account.faults().resets_before_read(is_send, &world.dice) {
        return Ok(());
    }
    account.tally.requests.one();
    account.tally.unanswered.one();
    Err(Dropped)
}

fn refuse_stranger(
    world: &World,
    wire: &dyn Wire,
    request: &RawRequest,
    refusal: Option<Refusal>,
) -> Response<AnswerBody> {
    world.strangers.requests.one();
    world.strangers.refused.one();
    let refusal = refusal.unwrap_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized", "who is asking?"));
    answer(wire.refused(request, &refusal, world))
}
