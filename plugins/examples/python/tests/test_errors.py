"""What the codes mean, without a gateway. The bindings of `make bindings` and the kit must be on PYTHONPATH."""

import unittest

from provider.errors import outcome
from wit_world.imports.types import Outcome_Uncertain


class ErrorsTest(unittest.TestCase):
    def test_what_nobody_knows_is_uncertain(self):
        self.assertIsInstance(outcome("brand_new_code"), Outcome_Uncertain)
        self.assertEqual(outcome("too_fast", 3).value.retry_after_ms, 3000)
        self.assertEqual(outcome("too_fast", "soon").value.retry_after_ms, 60_000)


if __name__ == "__main__":
    unittest.main()
