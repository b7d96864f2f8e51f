"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Broadcast, IngestKey, Recording and WatchBucket documents.
Announces   broadcast.scheduled|live|interrupted|resumed|ended|cancelled, recording.stored|failed.
Asks for    a media engine and a joiner of parts (ports.MediaEngine, ports.Joiner).
Door        apps.streams.public
"""
