// example-js as a provider component. `config` reads an account's settings, `send` hands texts over, `errors` knows what the
// provider's codes mean, `callback` reads the receipts that it pushes.

import { parse } from "./callback.js";
import schema from "./config.schema.json";
import { send } from "./send.js";

export const messaging = {
  /** Pure: nothing of the gateway answers while it describes itself. */
  describe() {
    return {
      id: "example-js",
      name: "example-js",
      version: "0.1.0",
      configSchema: schema,
      hosts: ["api.example.com"],
      // One text in one request. A provider with a batch call takes more here, and says in `same` what a batch must share.
      limits: { maxBatch: 1, same: [], maxTextChars: 500, rules: "{}" },
      feeds: [],
      features: ["text", "receipts"],
    };
  },
  send,
};

export const callbacks = { parse };
