"""Handing texts over: one request for each, all at once. Exactly one outcome a message, in their order."""

import json

from componentize_py_types import Err
from jixinda_plugin_kit import accepted, from_send_error, from_status, json_of, post
from wit_world.imports import http

from . import config, errors


def send(account, messages):
    settings = config.read(account)
    requests = [_request(settings, message, index) for index, message in enumerate(messages)]
    return [_outcome(answer) for answer in http.send_all(requests)]


def _request(settings, message, index):
    """`carries` tells the gateway which message this request hands over, by its index."""
    body = {"to": message.recipient, "text": f"【{message.sign_name}】{message.text}", "reference": message.id}
    headers = {
        "Content-Type": "application/json",
        "X-Account": settings.account,
        "Authorization": f"Bearer {settings.secret}",
    }
    return post(settings.url("send"), headers, json.dumps(body, ensure_ascii=False, separators=(",", ":")), [index])


def _outcome(answer):
    # Whether the request left decides: `uncertain` is never resent blindly, `deferred` is safe to try again.
    if isinstance(answer, Err):
        return from_send_error(answer.value)
    reply = json_of(answer.value)
    if isinstance(reply, dict):
        if reply.get("ok") is True and isinstance(reply.get("id"), str):
            return accepted(reply["id"])
        if reply.get("ok") is False and isinstance(reply.get("error"), str):
            return errors.outcome(reply["error"], reply.get("retry_after"))
    return from_status(answer.value)
