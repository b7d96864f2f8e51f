"""Wowza Streaming Engine (REST API 4.7 and later), one live application of one server."""
