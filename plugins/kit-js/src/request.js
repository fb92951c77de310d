// Building requests and reading answers.

import { bytesOf, textOf } from "./encoding.js";

/** A POST that hands over the messages of these indexes; an empty list for a mere question. */
export function post(url, headers, body, carries, timeoutMs = 10_000) {
  return {
    method: "POST",
    url,
    headers: Object.entries(headers),
    body: typeof body === "string" ? bytesOf(body) : body,
    timeoutMs,
    carries: carries === undefined ? undefined : new Uint32Array(carries),
  };
}

/** The first header of that name, in any case. */
export function headerOf(message, name) {
  return message.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
}

/** Deeper than any provider nests; QuickJS reads JSON by recursion, and its stack in a component is small. */
const DEEPEST = 64;
/** Bytes; longer answers are no provider's, and reading them would use up the call's processor time. */
const LONGEST = 256 * 1024;

/** The JSON of a body; null where it is none, or is longer or nests deeper than any provider's. */
export function jsonOf(message) {
  if (message.body.length > LONGEST) return null;
  const text = textOf(message.body);
  if (isDeep(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isDeep(text) {
  if (text.split("[").length + text.split("{").length <= DEEPEST) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === "\\") at += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === "[" || letter === "{") {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (letter === "]" || letter === "}") depth -= 1;
  }
  return false;
}
