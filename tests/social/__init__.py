"""The social context: connections, uploads, quota, events, API and adapters."""
