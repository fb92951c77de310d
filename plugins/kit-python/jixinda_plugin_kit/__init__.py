"""What the author of a provider component imports: outcomes, requests, receipts. Digests, MACs and JSON are Python's own.

It stands on the bindings that componentize-py makes of the interface (`wit_world`), so it works inside a component and, with
the bindings on the path, in native tests.
"""

from .http import header_of, json_of, post, reply
from .outcome import accepted, cause, deferred, from_send_error, from_status, rejected, uncertain
from .receipt import receipt

__all__ = [
    "accepted",
    "cause",
    "deferred",
    "from_send_error",
    "from_status",
    "header_of",
    "json_of",
    "post",
    "receipt",
    "reply",
    "rejected",
    "uncertain",
]
