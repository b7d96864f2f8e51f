"""Accounts: who people are, whom they follow, and whom they block.

Owns        User (SQL), the Profile, Follow and Block documents.
Announces   account.created, creator.followed, creator.unfollowed.
Asks for    nothing; django-allauth signs people up and in.
Door        apps.accounts.public
"""
