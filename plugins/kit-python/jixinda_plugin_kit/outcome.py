"""The four outcomes, and what an answer without the provider's own words means."""

from typing import Optional

from wit_world.imports import http, types

_UNREACHABLE = (
    http.Problem.DNS,
    http.Problem.CONNECT,
    http.Problem.TLS,
    http.Problem.TIMEOUT,
    http.Problem.CONNECTION_LOST,
)


def cause(code: object, detail: Optional[str] = None) -> types.Cause:
    """The provider's own code and words."""
    return types.Cause(code=str(code), detail=str(code) if detail is None else detail)


def accepted(upstream_id: Optional[str], segments: Optional[int] = None) -> types.Outcome:
    """The provider took it: wait for the receipt."""
    return types.Outcome_Accepted(types.Accepted(upstream_id=upstream_id, segments=segments, price=None))


def rejected(reason: types.Rejection, elsewhere: bool, why: types.Cause) -> types.Outcome:
    """Refused for good; `elsewhere` where another channel may still succeed."""
    return types.Outcome_Rejected(types.Rejected(reason=reason, elsewhere=elsewhere, cause=why))


def deferred(
    reason: types.Deferral, scope: types.Scope, why: types.Cause, retry_after_ms: Optional[int] = None
) -> types.Outcome:
    """Certainly not taken: safe to try again. `scope` says whom the pause concerns."""
    return types.Outcome_Deferred(types.Deferred(reason=reason, scope=scope, cause=why, retry_after_ms=retry_after_ms))


def uncertain(why: types.Cause) -> types.Outcome:
    """May have been taken: never resent blindly."""
    return types.Outcome_Uncertain(types.Uncertain(upstream_id=None, cause=why))


def from_send_error(error: http.SendError) -> types.Outcome:
    """A request without an answer: whether it left decides."""
    why = cause(error.problem.name.lower().replace("_", "-"), error.detail)
    if error.sent:
        return uncertain(why)
    if error.problem in _UNREACHABLE:
        return deferred(types.Deferral.UNREACHABLE, types.Scope.ACCOUNT, why)
    return deferred(types.Deferral.OTHER, types.Scope.MESSAGE, why)


def from_status(response: http.Response) -> types.Outcome:
    """An answer that is not in the provider's form: too many requests were not taken, anything else may have been."""
    why = cause(response.status, f"HTTP {response.status}: not the provider's answer")
    if response.status != 429:
        return uncertain(why)
    asked = next((value for name, value in response.headers if name.lower() == "retry-after"), "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1
    return deferred(types.Deferral.RATE_LIMITED, types.Scope.ACCOUNT, why, seconds * 1000)
