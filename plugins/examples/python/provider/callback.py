"""Receipts that the provider pushes to the account's callback address."""

from componentize_py_types import Err
from jixinda_plugin_kit import cause, json_of, receipt, reply
from wit_world.exports import callbacks
from wit_world.imports.types import ReceiptStatus

STATUSES = {
    "delivered": ReceiptStatus.DELIVERED,
    "failed": ReceiptStatus.UNDELIVERED,
    "expired": ReceiptStatus.EXPIRED,
}


def parse(call):
    """A provider that signs its calls is checked here, with `hmac.compare_digest`; a forged call is a refusal."""
    pushed = json_of(call)
    if not isinstance(pushed, dict) or not all(isinstance(pushed.get(name), str) for name in ("id", "status")):
        raise Err(callbacks.Refusal(reason="the push has no id or no status", reply=reply(400)))
    # A word of tomorrow is kept, and moves nothing.
    status = STATUSES.get(pushed["status"], ReceiptStatus.UNKNOWN)
    error = pushed.get("error")
    told = receipt(status, upstream_id=pushed["id"], cause=cause(error) if isinstance(error, str) else None)
    return callbacks.Events(receipts=[told], inbound=[], reply=reply(200))
