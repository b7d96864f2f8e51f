"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Broadcast, IngestKey, Recording and Upload documents, and `recordings/` in storage.
Announces   broadcast.scheduled|live|interrupted|resumed|ended|cancelled, recording.stored|failed.
Asks for    a media engine, a joiner of parts, a spool for uploads and who takes them in (ports).
Door        apps.streams.public
"""
