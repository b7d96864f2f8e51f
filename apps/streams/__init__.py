"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Channel, Broadcast, IngestKey and Recording documents.
Announces   broadcast.scheduled|rescheduled|started|live|interrupted|resumed|expiring|ended|
            cancelled|removed, recording.stored|failed.
Asks for    a media engine and a joiner of parts (ports.MediaEngine, ports.Joiner).
Door        apps.streams.public
"""
