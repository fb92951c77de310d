"""What the provider's codes mean. Fill the table from its documentation; what it does not list is `uncertain`, which is safe."""

from jixinda_plugin_kit import cause, deferred, rejected, uncertain
from wit_world.imports.types import Deferral, Rejection, Scope

# How long to leave a number alone where the provider does not say.
PAUSE_SECONDS = 60

# No channel will do.
REFUSED = {"invalid_number": Rejection.BAD_RECIPIENT, "blocked_content": Rejection.CONTENT_REFUSED}
# Another channel may.
REFUSED_HERE = {"unknown_sign_name": Rejection.BAD_SIGN_NAME}
# The account cannot send at all.
FAULTS = {"no_balance": Deferral.NO_BALANCE, "unauthorized": Deferral.AUTH_FAILED}


def outcome(code, retry_after=None):
    said = cause(code)
    if code in REFUSED:
        return rejected(REFUSED[code], False, said)
    if code in REFUSED_HERE:
        return rejected(REFUSED_HERE[code], True, said)
    if code in FAULTS:
        return deferred(FAULTS[code], Scope.ACCOUNT, said)
    if code == "too_fast":
        return deferred(Deferral.RATE_LIMITED, Scope.RECIPIENT, said, _seconds(retry_after) * 1000)
    return uncertain(said)


def _seconds(asked):
    return asked if isinstance(asked, int) and 0 <= asked < 1_000_000 else PAUSE_SECONDS
