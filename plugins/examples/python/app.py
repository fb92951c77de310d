"""example-python as a provider component.

`provider.config` reads an account's settings, `provider.send` hands texts over, `provider.errors` knows what the provider's
codes mean, `provider.callback` reads the receipts that it pushes.
"""

from wit_world import exports
from wit_world.exports import messaging

from provider import callback, send
from provider.schema import CONFIG_SCHEMA


class Messaging(exports.Messaging):
    def describe(self):
        """Pure: nothing of the gateway answers while it describes itself."""
        return messaging.Descriptor(
            id="example-python",
            name="example-python",
            version="0.1.0",
            config_schema=CONFIG_SCHEMA,
            hosts=["api.example.com"],
            # One text in one request. A provider with a batch call takes more here, and says in `same` what a batch shares.
            limits=messaging.Limits(max_batch=1, same=[], max_text_chars=500, rules="{}"),
            feeds=[],
            features=["text", "receipts"],
        )

    def send(self, account, batch, messages):
        return send.send(account, messages)


class Callbacks(exports.Callbacks):
    def parse(self, account, call):
        return callback.parse(call)
