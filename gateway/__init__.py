"""Gateway: the public HTTP API and everything a request passes before a context sees it.

Owns        routing, authentication, limits, idempotency keys, error pages, home, health, metrics.
Calls       apps.<context>.public, one query per door.
Door        gateway.urls (the root URL configuration)
"""
