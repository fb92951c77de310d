// What the provider's codes mean. Fill the table from its documentation; what it does not list is `uncertain`, which is safe.

import { cause, deferred, rejected, uncertain } from "jixinda-plugin-kit";

/** How long to leave a number alone where the provider does not say. */
const PAUSE_SECONDS = 60;

export function outcome(code, retryAfter) {
  const said = cause(code);
  switch (code) {
    // No channel will do.
    case "invalid_number":
      return rejected("bad-recipient", false, said);
    case "blocked_content":
      return rejected("content-refused", false, said);
    // Another channel may.
    case "unknown_sign_name":
      return rejected("bad-sign-name", true, said);
    case "too_fast":
      return deferred("rate-limited", "recipient", said, seconds(retryAfter) * 1000);
    case "no_balance":
      return deferred("no-balance", "account", said);
    case "unauthorized":
      return deferred("auth-failed", "account", said);
    default:
      return uncertain(said);
  }
}

function seconds(asked) {
  return Number.isInteger(asked) && asked >= 0 && asked < 1_000_000 ? asked : PAUSE_SECONDS;
}
