// Receipts that the provider pushes to the account's callback address.

import { cause, jsonOf, receipt } from "jixinda-plugin-kit";

const STATUSES = { delivered: "delivered", failed: "undelivered", expired: "expired" };

/** A provider that signs its calls is checked here, with `equal`; a forged call is a refusal. */
export function parse(_account, call) {
  const pushed = jsonOf(call);
  if (typeof pushed?.id !== "string" || typeof pushed.status !== "string") {
    throw refusal("the push has no id or no status");
  }
  const told = receipt({
    upstreamId: pushed.id,
    // A word of tomorrow is kept, and moves nothing.
    status: Object.hasOwn(STATUSES, pushed.status) ? STATUSES[pushed.status] : "unknown",
    cause: typeof pushed.error === "string" ? cause(pushed.error) : undefined,
  });
  return { receipts: [told], inbound: [], reply: reply(200) };
}

function refusal(reason) {
  const error = new Error(reason);
  error.payload = { reason, reply: reply(400) };
  return error;
}

const reply = (status) => ({ status, headers: [], body: new Uint8Array() });
