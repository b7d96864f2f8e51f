"""Streams: who is live, since when, where the video comes in and what was recorded.

Owns        the Channel, Broadcast, IngestKey, Recording, Clip, Upload, StreamTarget, PooledStream
            and WatchBucket documents, and `recordings/` in storage.
Announces   broadcast.scheduled|rescheduled|started|live|interrupted|resumed|expiring|ended|
            cancelled|removed, recording.stored|published|failed|removed, clip.ready|failed.
Asks for    a media engine (ports.MediaEngine, LiveFiles, LiveOutput, Recorder, StreamTargets, …),
            an editor of video, a vault, an audience, a spool for uploads and who takes them in
            (ports.Editor, Vault, Audience, Spool, Intake).
Door        apps.streams.public
"""
