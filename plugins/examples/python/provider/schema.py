"""The settings of an account. A component has no files, so the schema stands in the code."""

CONFIG_SCHEMA = """
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "example-python",
  "type": "object",
  "properties": {
    "account": { "title": "Account", "description": "Your account at the provider.", "type": "string", "minLength": 1 },
    "secret": { "title": "Secret", "description": "Written, never shown.", "type": "string", "minLength": 1, "writeOnly": true },
    "endpoint": {
      "title": "Endpoint",
      "description": "Saving an account grants the plugin this host.",
      "type": "string",
      "format": "x-host",
      "default": "https://api.example.com"
    }
  },
  "required": ["account", "secret"],
  "additionalProperties": false,
  "examples": [{ "account": "example-account", "secret": "example-secret-0001", "endpoint": "https://api.example.com" }]
}
"""
