// The four outcomes, and what an answer without the provider's own words means.

/** The provider's own code and words. */
export const cause = (code, detail) => ({ code: String(code), detail: String(detail ?? code) });

/** The provider took it: wait for the receipt. */
export const accepted = (upstreamId, segments) => ({ tag: "accepted", val: { upstreamId, segments, price: undefined } });

/** Refused for good; `elsewhere` where another channel may still succeed. */
export const rejected = (reason, elsewhere, why) => ({ tag: "rejected", val: { reason, elsewhere, cause: why } });

/** Certainly not taken: safe to try again. `scope` says whom the pause concerns. */
export const deferred = (reason, scope, why, retryAfterMs) => ({
  tag: "deferred",
  val: { reason, scope, cause: why, retryAfterMs },
});

/** May have been taken: never resent blindly. */
export const uncertain = (why) => ({ tag: "uncertain", val: { upstreamId: undefined, cause: why } });

/** A request without an answer: whether it left decides. */
export function fromSendError(error) {
  const why = cause(error.problem, error.detail);
  if (error.sent) return uncertain(why);
  const unreachable = ["dns", "connect", "tls", "timeout", "connection-lost"].includes(error.problem);
  return unreachable ? deferred("unreachable", "account", why) : deferred("other", "message", why);
}

/** An answer that is not in the provider's form: too many requests were not taken, anything else may have been. */
export function fromStatus(response) {
  const why = cause(response.status, `HTTP ${response.status}: not the provider's answer`);
  if (response.status !== 429) return uncertain(why);
  const asked = response.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1] ?? "";
  const seconds = /^\d{1,6}$/.test(asked) ? Number(asked) : 1;
  return deferred("rate-limited", "account", why, seconds * 1000);
}
