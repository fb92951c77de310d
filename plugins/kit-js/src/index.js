// What the author of a provider component imports: outcomes, requests, text and bytes, digests. QuickJS has no TextEncoder,
// no atob, no crypto and no fetch; everything here works without them.

export { bytesOf, textOf, base64, fromBase64, hex, percentEncode, form, parseForm } from "./encoding.js";
export { sha256, sha1, md5, hmacSha256, hmacSha1, equal } from "./digest.js";
export { accepted, rejected, deferred, uncertain, cause, fromSendError, fromStatus } from "./outcome.js";
export { post, headerOf, jsonOf } from "./request.js";
export { receipt } from "./receipt.js";
