"""Clients of the public API: the phone-sized web app and the demo."""
