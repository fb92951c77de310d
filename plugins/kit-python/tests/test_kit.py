"""The kit over the generated bindings: `python -m unittest` with bindings and kit on PYTHONPATH."""

import unittest
from types import SimpleNamespace

from jixinda_plugin_kit import from_send_error, from_status, json_of, post, receipt
from wit_world.imports import http, types


class KitTest(unittest.TestCase):
    def test_whether_a_request_left_decides(self):
        lost = http.SendError(problem=http.Problem.TIMEOUT, sent=True, detail="")
        self.assertIsInstance(from_send_error(lost), types.Outcome_Uncertain)
        closed = from_send_error(http.SendError(problem=http.Problem.CONNECT, sent=False, detail=""))
        self.assertEqual(closed.value.reason, types.Deferral.UNREACHABLE)

    def test_too_many_requests_wait_as_long_as_is_asked(self):
        def pause(headers):
            return from_status(http.Response(status=429, headers=headers, body=b"")).value.retry_after_ms

        self.assertEqual([pause([]), pause([("Retry-After", "7")]), pause([("retry-after", "soon")])], [1000, 7000, 1000])
        other = from_status(http.Response(status=502, headers=[], body=b""))
        self.assertIsInstance(other, types.Outcome_Uncertain)

    def test_json_is_read_unless_it_nests_without_end(self):
        def read(body):
            return json_of(SimpleNamespace(body=body))

        self.assertEqual(read(b'{"a": [1]}'), {"a": [1]})
        for rubbish in (b"", b"{", b"\xff\xfe", b"[" * 20_000 + b"]" * 20_000, b"x" * 300_000):
            self.assertIsNone(read(rubbish))

    def test_requests_and_receipts_have_every_field(self):
        request = post("https://api.example.com/", {"A": "b"}, "号", [0])
        self.assertEqual((request.body, request.headers, request.carries), ("号".encode(), [("A", "b")], [0]))
        told = receipt(types.ReceiptStatus.DELIVERED, upstream_id="1")
        self.assertEqual((told.upstream_id, told.part), ("1", None))


if __name__ == "__main__":
    unittest.main()
