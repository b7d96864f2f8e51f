"""Social: recordings become videos on the creator's YouTube channel.

Owns        YouTubeConnection, ConsentRequest, YouTubeUpload, QuotaDay.
Announces   upload.progressed, upload.published, upload.failed, upload.waiting, connection.lost.
Asks for    Google's consent and YouTube's uploads (ports.Consents, ports.VideoSite).
Door        apps.social.public
"""
