"""Wowza Streaming Engine's REST API, as far as an adapter for a live application needs it."""
