"""Firebase Cloud Messaging, HTTP v1: messages:send."""
