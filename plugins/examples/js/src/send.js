// Handing texts over: one request for each, all at once. Exactly one outcome a message, in their order.

import { sendAll } from "jixinda:provider/http@0.1.0";
import { accepted, fromSendError, fromStatus, jsonOf, post } from "jixinda-plugin-kit";

import { read } from "./config.js";
import { outcome } from "./errors.js";

export function send(account, _batch, messages) {
  const config = read(account);
  const answers = sendAll(messages.map((message, index) => request(config, message, index)));
  return answers.map((answer) => {
    // Whether the request left decides: `uncertain` is never resent blindly, `deferred` is safe to try again.
    if (answer.tag === "err") return fromSendError(answer.val);
    const reply = jsonOf(answer.val);
    if (reply?.ok === true && typeof reply.id === "string") return accepted(reply.id);
    if (reply?.ok === false && typeof reply.error === "string") return outcome(reply.error, reply.retry_after);
    return fromStatus(answer.val);
  });
}

/** `carries` tells the gateway which message this request hands over, by its index. */
function request(config, message, index) {
  const body = JSON.stringify({
    to: message.recipient,
    text: `【${message.signName}】${message.text}`,
    reference: message.id,
  });
  const headers = {
    "Content-Type": "application/json",
    "X-Account": config.name,
    Authorization: `Bearer ${config.key}`,
  };
  return post(config.url("send"), headers, body, [index]);
}
