"""Clips: asked for by the creator, seen by whoever sees the broadcast."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import ClipDraft, ClipSummary
from apps.streams.errors import ClipNotFound, NotYourBroadcast
from apps.streams.public.broadcasts import get_broadcast, own_broadcast
from apps.streams.public.playback import sign_file
from apps.streams.public.recordings import own_recording, watch_recording
from apps.streams.queries import clips as found_clips
from apps.streams.rules.clips import segments_for
from apps.streams.services import clips, vod
from kit.errors import NotFound
from kit.pages import Page, PageRequest


def clip_recording(*, recording_id: str, by: str, draft: ClipDraft) -> ClipSummary:
    """Note a clip of a recording; only its creator may."""
    recording = own_recording(recording_id=recording_id, by=by)
    return clips.ask_for_clip(recording=recording, draft=draft, now=timezone.now())


def clip_broadcast(*, broadcast_id: str, by: str, draft: ClipDraft) -> ClipSummary:
    """Note a clip of the last seconds on air; only the creator may."""
    broadcast = own_broadcast(broadcast_id=broadcast_id, by=by)
    live = wiring.media_engine().find_segments(broadcast_id, newest=segments_for(draft.last_s))
    return clips.ask_for_live_clip(
        broadcast_id=broadcast_id,
        creator_id=broadcast.creator_id,
        draft=draft,
        live=live if broadcast.is_live else None,
        now=timezone.now(),
    )


def get_clip(*, clip_id: str, viewer_id: str, session: str = "") -> ClipSummary:
    """Return a clip whose broadcast its viewer may see; to anyone else it does not exist.

    Its address stops as those of `make_playback` do, with the end of `session` too.
    """
    found = found_clips.get_clip(clip_id=clip_id)
    try:
        get_broadcast(broadcast_id=found.broadcast_id, viewer_id=viewer_id)
    except NotFound:
        raise ClipNotFound(clip_id=clip_id) from None
    return _addressed(found, viewer_id, session)


def list_clips_of_recording(
    *, recording_id: str, viewer_id: str, page: PageRequest, session: str = ""
) -> Page[ClipSummary]:
    watch_recording(recording_id=recording_id, viewer_id=viewer_id)
    found = found_clips.list_clips(recording_id=recording_id, page=page)
    return found.map(lambda clip: _addressed(clip, viewer_id, session))


def list_clips_of_broadcast(
    *, broadcast_id: str, viewer_id: str, page: PageRequest, session: str = ""
) -> Page[ClipSummary]:
    get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    found = found_clips.list_clips(broadcast_id=broadcast_id, page=page)
    return found.map(lambda clip: _addressed(clip, viewer_id, session))


def make_clip(*, clip_id: str) -> None:
    clips.make_clip(clip_id=clip_id, workshop=wiring.workshop())


def remove_clip(*, clip_id: str, by: str) -> None:
    found = get_clip(clip_id=clip_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=found.broadcast_id)
    clips.remove_clip(clip_id=clip_id, workshop=wiring.workshop())


def _addressed(found: ClipSummary, viewer_id: str, session: str) -> ClipSummary:
    if found.state != "ready":
        return found
    name = vod.clip_name(found.id)
    url = sign_file(
        broadcast_id=found.broadcast_id, name=name, viewer_id=viewer_id, session=session
    )
    return replace(found, url=url)
