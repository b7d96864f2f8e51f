"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Channel, Broadcast, IngestKey, Recording, StreamTarget, PooledStream and
            WatchBucket documents.
Announces   broadcast.scheduled|rescheduled|started|live|interrupted|resumed|expiring|ended|
            cancelled|removed, recording.stored|failed.
Asks for    a media engine (ports.MediaEngine, LiveOutput, Recorder, StreamTargets, …), a joiner
            of parts, an audience (ports.Joiner, Audience).
Door        apps.streams.public
"""
