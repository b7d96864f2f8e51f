"""Apple Push Notification service: POST /3/device/<token> over HTTP/2."""
