"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Channel, Broadcast, IngestKey, Recording and WatchBucket documents.
Announces   broadcast.scheduled|rescheduled|started|live|interrupted|resumed|expiring|ended|
            cancelled|removed, recording.stored|failed.
Asks for    a media engine, a joiner of parts, an audience (ports.MediaEngine, Joiner, Audience).
Door        apps.streams.public
"""
