"""Wowza Video, the cloud (REST API v2.0): a pool of live streams, lent in turn."""
