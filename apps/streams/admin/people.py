"""Who somebody is, to staff."""

from __future__ import annotations

from collections.abc import Iterable

from apps.accounts import public as accounts


def handles_of(creator_ids: Iterable[str]) -> dict[str, str]:
    """Return the handle of each creator, as `@ada`; the id of one who has no profile."""
    wanted = list(creator_ids)
    creators = accounts.find_profiles(user_ids=wanted)
    known = {user_id: f"@{profile.handle}" for user_id, profile in creators.items()}
    return {user_id: known.get(user_id, user_id) for user_id in wanted}
