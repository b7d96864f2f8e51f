"""Wowza Video's REST API v2.0: live streams, what comes in, what was recorded."""
