// Receipts (回执).

/** A receipt with what is known of it; the rest is empty. */
export function receipt(known) {
  return {
    upstreamId: undefined,
    messageId: undefined,
    serial: undefined,
    batchId: undefined,
    batchSerial: undefined,
    recipient: undefined,
    part: undefined,
    status: "unknown",
    cause: undefined,
    at: undefined,
    segments: undefined,
    price: undefined,
    ...known,
  };
}
