"""Processes: Celery app and schedule, broker topology, relay, consumer, embedded stack.

Nothing here decides anything.
"""
