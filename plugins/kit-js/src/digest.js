// Digests and MACs, by @noble/hashes. Texts are taken as UTF-8; answers are bytes.

import { hmac } from "@noble/hashes/hmac.js";
import { md5 as plainMd5, sha1 as plainSha1 } from "@noble/hashes/legacy.js";
import { sha256 as plainSha256 } from "@noble/hashes/sha2.js";

import { bytesOf } from "./encoding.js";

const bytes = (data) => (typeof data === "string" ? bytesOf(data) : data);

export const sha256 = (data) => plainSha256(bytes(data));
/** For providers that still ask for it. */
export const sha1 = (data) => plainSha1(bytes(data));
/** For providers that still ask for it. */
export const md5 = (data) => plainMd5(bytes(data));
export const hmacSha256 = (key, data) => hmac(plainSha256, bytes(key), bytes(data));
export const hmacSha1 = (key, data) => hmac(plainSha1, bytes(key), bytes(data));

/** Whether two texts or byte strings are equal, in a time that does not tell where they differ. */
export function equal(left, right) {
  const [a, b] = [bytes(left), bytes(right)];
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= a[at] ^ (b[at] ?? 0);
  return difference === 0;
}
