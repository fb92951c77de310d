"""Receipts (回执)."""

from typing import Any

from wit_world.imports import types

_EMPTY = dict.fromkeys(
    (
        "upstream_id",
        "message_id",
        "serial",
        "batch_id",
        "batch_serial",
        "recipient",
        "part",
        "cause",
        "at",
        "segments",
        "price",
    )
)


def receipt(status: types.ReceiptStatus, **known: Any) -> types.Receipt:
    """A receipt with what is known of it; the rest is empty."""
    return types.Receipt(status=status, **{**_EMPTY, **known})
