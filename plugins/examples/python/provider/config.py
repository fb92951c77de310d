"""An account's settings. The gateway has checked them against the schema; secrets come apart."""

import json
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world.imports import host, types


@dataclass
class Config:
    account: str
    secret: str
    endpoint: str

    def url(self, path):
        return f"{self.endpoint.rstrip('/')}/{path}"


def read(account):
    settings = json.loads(account.config)
    secret = host.secret("secret")
    if secret is None:
        # A failure of the whole call: nothing was handed over.
        raise Err(types.Failure_BadConfig("secret is not set"))
    return Config(account=settings["account"], secret=secret, endpoint=settings["endpoint"])
