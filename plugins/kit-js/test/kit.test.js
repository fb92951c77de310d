// The kit against node's own: what QuickJS lacks must come out the same.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";

import * as kit from "../src/index.js";

const TEXTS = ["", "a", "é", "验证码：6666", "👍 ok", "\u0000\u007f\u0080\u07ff\u0800\uffff", "x".repeat(1000)];

test("UTF-8 goes there and back", () => {
  for (const text of TEXTS) {
    assert.deepEqual(kit.bytesOf(text), new Uint8Array(new TextEncoder().encode(text)));
    assert.equal(kit.textOf(kit.bytesOf(text)), text);
  }
  assert.deepEqual(kit.bytesOf("\ud800"), new Uint8Array([0xef, 0xbf, 0xbd]));
});

test("bytes that are no text never throw", () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xe4, 0xbd], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
    assert.match(kit.textOf(new Uint8Array(bytes)), /\ufffd/);
  }
});

test("base64, hexadecimal and forms", () => {
  for (const text of TEXTS) {
    const bytes = kit.bytesOf(text);
    assert.equal(kit.base64(bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(kit.fromBase64(kit.base64(bytes)), bytes);
    assert.equal(kit.hex(bytes), Buffer.from(bytes).toString("hex"));
  }
  assert.equal(kit.fromBase64("a"), null);
  assert.equal(kit.fromBase64("a*=="), null);
  assert.equal(kit.percentEncode("a-._~ +/号"), "a-._~%20%2B%2F%E5%8F%B7");
  const pairs = [["to", "+8613800000000"], ["text", "a&b=c 号%"]];
  assert.deepEqual(kit.parseForm(kit.form(pairs)), pairs);
  assert.deepEqual(kit.parseForm("a=1+2&b=%zz&c"), [["a", "1 2"], ["b", "%zz"], ["c", ""]]);
});

test("digests and MACs", () => {
  for (const text of TEXTS) {
    for (const name of ["sha256", "sha1", "md5"]) {
      assert.equal(kit.hex(kit[name](text)), createHash(name).update(text).digest("hex"));
    }
    assert.equal(kit.hex(kit.hmacSha256("密钥", text)), createHmac("sha256", "密钥").update(text).digest("hex"));
    assert.equal(kit.hex(kit.hmacSha1("k".repeat(100), text)), createHmac("sha1", "k".repeat(100)).update(text).digest("hex"));
  }
  assert.ok(kit.equal("abc", "abc"));
  assert.ok(!kit.equal("abc", "abd") && !kit.equal("abc", "ab") && !kit.equal("ab", "abc"));
});

test("whether a request left decides", () => {
  assert.equal(kit.fromSendError({ problem: "timeout", sent: true, detail: "" }).tag, "uncertain");
  assert.equal(kit.fromSendError({ problem: "connect", sent: false, detail: "" }).val.reason, "unreachable");
  const busy = (headers) => kit.fromStatus({ status: 429, headers }).val.retryAfterMs;
  assert.deepEqual([busy([]), busy([["Retry-After", "7"]]), busy([["retry-after", "soon"]])], [1000, 7000, 1000]);
  assert.equal(kit.fromStatus({ status: 502, headers: [] }).tag, "uncertain");
});

test("JSON is read unless it nests without end", () => {
  const read = (text) => kit.jsonOf({ body: kit.bytesOf(text) });
  assert.deepEqual(read('{"a":["[[[\\"",{"b":1}]}'), { a: ['[[["', { b: 1 }] });
  assert.equal(read("{"), null);
  assert.equal(read("[".repeat(20_000) + "]".repeat(20_000)), null);
  assert.deepEqual(read("[".repeat(60) + "]".repeat(60)).length, 1);
});
