"""Notifications: who wants to hear of what, and that every device hears of it once.

Owns        the Device, Preferences, NoticeEvent, Chunk, InboxState and Opening documents.
Announces   notice.requested.
Asks for    push providers (ports.PushProvider), a shelf for their tokens (ports.TokenShelf)
            and an audience (ports.Audience; accounts is one).
Door        apps.notifications.public
"""
