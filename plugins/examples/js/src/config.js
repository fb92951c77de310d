// An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

import { secret } from "jixinda:provider/host@0.1.0";

/** A failure of the whole call: nothing was handed over. */
export class Failure extends Error {
  constructor(tag, detail) {
    super(detail);
    this.payload = { tag, val: detail };
  }
}

export function read(account) {
  const { account: name, endpoint } = JSON.parse(account.config);
  const key = secret("secret");
  if (key === undefined || key === null) throw new Failure("bad-config", "secret is not set");
  return { name, key, url: (path) => `${endpoint.replace(/\/+$/, "")}/${path}` };
}
