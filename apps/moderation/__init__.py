"""Moderation: what people report, what staff decide, and the trail of it.

Owns        the Report, Case and AuditEntry documents.
Announces   case.opened, case.decided.
Asks for    nothing beyond the doors of accounts and streams.
Door        apps.moderation.public
"""
