"""The provider: one file for each thing that it does."""
