"""Building requests and reading answers."""

import json
from typing import Any, List, Optional, Union

from wit_world.exports import callbacks
from wit_world.imports import http

# Deeper than any provider nests; Python reads JSON by recursion, and its stack in a component is small.
_DEEPEST = 64
# Bytes; longer answers are no provider's, and reading them would use up the call's processor time.
_LONGEST = 256 * 1024


def post(
    url: str, headers: dict, body: Union[str, bytes], carries: Optional[List[int]], timeout_ms: int = 10_000
) -> http.Request:
    """A POST that hands over the messages of these indexes; an empty list for a mere question."""
    return http.Request(
        method="POST",
        url=url,
        headers=list(headers.items()),
        body=body.encode() if isinstance(body, str) else body,
        timeout_ms=timeout_ms,
        carries=carries,
    )


def header_of(message: Any, name: str) -> Optional[str]:
    """The first header of that name, in any case."""
    return next((value for other, value in message.headers if other.lower() == name.lower()), None)


def json_of(message: Any) -> Any:
    """The JSON of a body; None where it is none, or is longer or nests deeper than any provider's."""
    body = message.body
    if len(body) > _LONGEST or _is_deep(body):
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_deep(body: bytes) -> bool:
    # Brackets inside texts count as well: no provider's answer comes near.
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for byte in body:
        if byte in b"[{":
            depth += 1
            if depth > _DEEPEST:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def reply(status: int) -> callbacks.Reply:
    """An empty reply to a provider's call."""
    return callbacks.Reply(status=status, headers=[], body=b"")
