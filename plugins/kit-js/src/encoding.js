// Text, bytes and their written forms.

/** The UTF-8 of a text. A lone surrogate becomes U+FFFD, as in TextEncoder. */
export function bytesOf(text) {
  const bytes = [];
  for (const character of String(text)) {
    let point = character.codePointAt(0);
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return new Uint8Array(bytes);
}

/** The text of UTF-8 bytes; what is none becomes U+FFFD, so that rubbish never throws. */
export function textOf(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    const run = asciiFrom(bytes, at);
    if (run > at) {
      // One native call for many letters: letter by letter, a large answer would use up the call's processor time.
      pieces.push(String.fromCharCode.apply(null, bytes.subarray(at, run)));
      at = run;
      continue;
    }
    const [point, length] = decode(bytes, at);
    pieces.push(String.fromCodePoint(point));
    at += length;
  }
  return pieces.join("");
}

/** Where a run of ASCII ends; at most so many letters as one call takes. */
function asciiFrom(bytes, at) {
  const end = Math.min(bytes.length, at + 4096);
  let run = at;
  while (run < end && bytes[run] < 0x80) run += 1;
  return run;
}

/** The code point at a place, and how many bytes it takes. */
function decode(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return [first, 1];
  const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || first >= 0xf5 || at + length > bytes.length) return [0xfffd, 1];
  let point = first & (0xff >> (length + 1));
  for (let next = 1; next < length; next += 1) {
    if ((bytes[at + next] & 0xc0) !== 0x80) return [0xfffd, 1];
    point = (point << 6) | (bytes[at + next] & 63);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length];
  const good = point >= least && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return good ? [point, length] : [0xfffd, 1];
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding (RFC 4648 §4). */
export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63];
    text += b === undefined ? "=" : ALPHABET[(group >> 6) & 63];
    text += c === undefined ? "=" : ALPHABET[group & 63];
  }
  return text;
}

/** The bytes of base64, padded or not; null where it is none. */
export function fromBase64(text) {
  const digits = text.replace(/=+$/, "");
  if (digits.length % 4 === 1) return null;
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit);
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return new Uint8Array(bytes);
}

/** Lower-case hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 3986: all but letters, digits and -._~ in upper-case %XX of the UTF-8. */
export function percentEncode(text) {
  return Array.from(bytesOf(text), (byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** A form body from pairs of name and value. */
export function form(pairs) {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

/** Pairs of name and value from a form body. */
export function parseForm(text) {
  const plain = (word) => {
    const bytes = [];
    for (let at = 0; at < word.length; at += 1) {
      const byte = word[at] === "%" ? parseInt(word.slice(at + 1, at + 3), 16) : NaN;
      if (word[at] === "%" && /^[0-9A-Fa-f]{2}$/.test(word.slice(at + 1, at + 3))) {
        bytes.push(byte);
        at += 2;
      } else if (word[at] === "+") bytes.push(32);
      else bytes.push(...bytesOf(word[at]));
    }
    return textOf(new Uint8Array(bytes));
  };
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name, ...value] = part.split("=");
      return [plain(name), plain(value.join("="))];
    });
}
