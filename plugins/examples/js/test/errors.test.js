// What the codes mean, without a gateway.

import assert from "node:assert/strict";
import { test } from "node:test";

import { outcome } from "../src/errors.js";

test("what nobody knows is uncertain", () => {
  assert.equal(outcome("brand_new_code").tag, "uncertain");
  assert.equal(outcome("too_fast", 3).val.retryAfterMs, 3000);
  assert.equal(outcome("too_fast", "soon").val.retryAfterMs, 60_000);
});
