"""The main job, step by step; each looks at what it made and says what it saw."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from clients.demo import clips, encoder, look
from clients.demo.phone import Phone
from clients.demo.report import NotTrue, check, wait_for
from sandbox import client as sandbox

CLIP_HEIGHT: Final = 720
LATER: Final = "http://127.0.0.1:8000"  # where `make run` serves what the demo made
AWAY_S: Final = 10.0
SECOND_SESSION_S: Final = 20.0
LEAST_S: Final = 30.0
SOON_S: Final = 30.0
LATER_S: Final = 90.0


class Job:
    """What the steps share: four phones, one broadcast, one encoder."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.env = environment
        self.web = environment["PUBLIC_URL"]
        self.ca_file = Path(environment["PROVIDER_CA_FILE"])
        self.google = environment["YOUTUBE_ROOT_URL"].rstrip("/")
        self.creator = Phone(self.web, "Ada")
        self.followers = [Phone(self.web, name) for name in ("Ben", "Cleo", "Dov")]
        self.clip = clips.big_buck_bunny()
        self.encoder_log = Path(environment["VAR"]) / "logs" / "encoder.log"
        self.encoder: subprocess.Popen[bytes] | None = None
        self.broadcast_id = ""
        self.ingest: dict[str, str] = {}
        self.made: list[str] = []

    def start_encoder(self) -> None:
        self.encoder = encoder.publish(
            self.clip, self.ingest["url"], self.ingest["key"], log=self.encoder_log
        )

    def kill_encoder(self) -> None:
        if self.encoder is not None:
            self.encoder.kill()
            self.encoder.wait()

    def broadcast(self) -> Any:
        return self.creator.get(f"/broadcasts/{self.broadcast_id}")

    def wait_for_state(self, state: str, within_s: float = SOON_S) -> None:
        wait_for(state, lambda: self.broadcast()["state"] == state, within_s=within_s)

    def pushes(self, provider: str) -> list[dict[str, Any]]:
        """Return the notifications a stand-in accepted."""
        entries = sandbox.ledger(self.env[f"{provider.upper()}_URL"], ca_file=self.ca_file)
        return [entry for entry in entries if entry["kind"] == "push" and entry["accepted"]]

    def close(self) -> None:
        self.kill_encoder()

    def summary(self) -> str:
        made = "\n".join(f"  {line}" for line in self.made)
        ben = self.followers[0]
        return (
            f"\nMade, in {self.env['VAR']}/media\n{made}\n"
            f"Look at it with `make run`:\n"
            f"  Feed       {LATER}/         {ben.email} / {ben.password}\n"
            f"  Admin      {LATER}/admin/   {self.env['STAFF_EMAIL']} / "
            f"{self.env['STAFF_PASSWORD']}\n"
            f"  API docs   {LATER}/api/docs"
        )


def sign_up(job: Job) -> list[str]:
    for person in (job.creator, *job.followers):
        person.sign_up()
    for follower in job.followers:
        follower.put(f"/creators/{job.creator.id}/follow")
        follower.register_devices()
    quiet = {"types": {"video_published": {"inapp": False, "push": False}}}
    job.followers[-1].put("/notification-preferences", quiet)
    return ["1 creator, 3 followers with 2 devices each; Dov wants no word of new videos"]


def connect_youtube(job: Job) -> list[str]:
    consent_url = job.creator.post("/youtube/connection")["url"]
    asked = parse_qs(urlsplit(consent_url).query)
    check(
        that=asked.get("code_challenge_method") == ["S256"],
        otherwise=f"no PKCE in {consent_url}",
    )
    with httpx.Client(timeout=20, follow_redirects=True) as browser:
        page = browser.get(consent_url)
        check(that=page.is_success, otherwise=f"consent page: {page.text[:300]}")
        landed = browser.post(consent_url, data={"decision": "allow"})
    check(that=landed.is_success, otherwise=f"callback: {landed.status_code} {landed.text[:300]}")
    connection = job.creator.get("/youtube/connection")
    check(that=connection["state"] == "active", otherwise=f"connection is {connection}")
    return [f"channel «{connection['channel_title']}», scopes granted, tokens sealed"]


def refuse_wrong_key(job: Job) -> list[str]:
    made = job.creator.post("/broadcasts", {"title": "Big Buck Bunny, live"})
    job.broadcast_id, job.ingest = made["broadcast"]["id"], made["ingest"]
    wrong = job.ingest["key"][:-1] + ("A" if job.ingest["key"][-1] != "A" else "B")
    refused = encoder.is_refused(job.clip, job.ingest["url"], wrong, log=job.encoder_log)
    check(that=refused, otherwise="the ingest took a wrong key")
    check(that=job.broadcast()["state"] == "ready", otherwise="a wrong key changed the broadcast")
    return [f"publish to {job.ingest['url']} with the key that was told once"]


def go_live(job: Job) -> list[str]:
    job.start_encoder()
    began = time.monotonic()
    job.wait_for_state("live")
    live_after = time.monotonic() - began
    playback = job.followers[0].get(f"/broadcasts/{job.broadcast_id}/playback")
    listed, video = look.look_at_hls(playback["url"], job.followers[0].fetch)
    check(that=video.has_audio and video.height == CLIP_HEIGHT, otherwise=f"HLS shows {video}")
    return [f"live {live_after:.1f} s after the first packet; {listed} HLS segments: {video}"]


def see_live_preview(job: Job) -> list[str]:
    preview = wait_for("a live preview", lambda: _ready_preview(job, "broadcast"), within_s=60)
    clip = look.look_at_video(job.creator.fetch(_asset(preview, "preview")["url"]))
    check(that=not clip.has_audio and clip.first_is_key, otherwise=f"the live preview is {clip}")
    width, height = look.look_at_picture(job.creator.fetch(_asset(preview, "thumbnail")["url"]))
    return [f"auto-play preview {clip}; thumbnail {width}x{height}"]


def count_pushes(job: Job) -> list[str]:
    wanted = {
        "fcm": sorted(person.fcm_token for person in job.followers),
        "apns": sorted(person.apns_token for person in job.followers),
    }
    for provider, devices in wanted.items():
        wait_for(
            f"{provider} pushes",
            lambda p=provider, d=devices: len(job.pushes(p)) >= len(d),  # type: ignore[misc]
            within_s=SOON_S,
        )
    _check_pushes(job, wanted)
    home = job.followers[0].get("/home")
    shown = [card for card in home["live"] if card["id"] == job.broadcast_id]
    check(that=len(shown) == 1, otherwise=f"the feed shows {home['live']}")
    return ["3 pushes at FCM, 3 at APNs, one each device; the home feed shows it live"]


def survive_a_cut(job: Job) -> list[str]:
    address = urlsplit(job.followers[0].get(f"/broadcasts/{job.broadcast_id}/playback")["url"])
    job.kill_encoder()
    job.wait_for_state("interrupted")
    time.sleep(AWAY_S)  # the encoder is away for ten real seconds: that is what is being shown
    job.start_encoder()
    job.wait_for_state("live")
    after = urlsplit(job.followers[0].get(f"/broadcasts/{job.broadcast_id}/playback")["url"])
    check(that=address.netloc == after.netloc, otherwise=f"{address} became {after}")
    time.sleep(SECOND_SESSION_S)  # video of the second session, at the pace of real time
    wanted = {
        "fcm": sorted(person.fcm_token for person in job.followers),
        "apns": sorted(person.apns_token for person in job.followers),
    }
    _check_pushes(job, wanted)
    listed, video = look.look_at_hls(after.geturl(), job.followers[0].fetch)
    return [f"same broadcast, no second push; {listed} segments listed, newest: {video}"]


def end(job: Job) -> list[str]:
    job.creator.post(f"/broadcasts/{job.broadcast_id}/end")
    check(that=job.broadcast()["state"] == "ended", otherwise="it did not end")
    path = f"/broadcasts/{job.broadcast_id}/recording"
    recording = wait_for(
        "a stored recording", lambda: _stored(job.creator.find(path)), within_s=60
    )
    playback = job.followers[0].get(f"/broadcasts/{job.broadcast_id}/playback")
    body = job.followers[0].fetch(playback["url"])
    video = look.look_at_video(body)
    check(
        that=hashlib.sha256(body).hexdigest() == recording["sha256"],
        otherwise="the recording that plays is not the one in the ledger",
    )
    least = LEAST_S
    check(that=video.duration_s >= least, otherwise=f"the recording lost video: {video}")
    job.made.append(f"Recording  {video}")
    return [f"one recording of both sessions, joined, probed and stored: {video}"]


def see_previews(job: Job) -> list[str]:
    preview = wait_for(
        "previews of the recording", lambda: _ready_preview(job, "recording"), within_s=LATER_S
    )
    clip = look.look_at_video(job.creator.fetch(_asset(preview, "preview")["url"]))
    check(that=not clip.has_audio and clip.first_is_key, otherwise=f"the preview is {clip}")
    posters = [asset for asset in preview["assets"] if asset["kind"] == "poster"]
    sizes = sorted(look.look_at_picture(job.creator.fetch(poster["url"])) for poster in posters)
    check(that=len(sizes) == 4, otherwise=f"{len(sizes)} posters, not 4")  # noqa: PLR2004
    sheet = look.look_at_picture(job.creator.fetch(_asset(preview, "storyboard")["url"]))
    cues = job.creator.fetch(_asset(preview, "storyboard_vtt")["url"]).decode().count("-->")
    check(that=cues > 0, otherwise="a storyboard without a cue")
    told = ", ".join(f"{width}x{height}" for width, height in sizes)
    job.made.append(f"Preview    {clip}")
    job.made.append(f"Posters    {told}")
    job.made.append(f"Storyboard {cues} tiles on {sheet[0]}x{sheet[1]}")
    return [f"preview {clip}", f"posters {told}; storyboard of {cues} tiles"]


def see_upload(job: Job) -> list[str]:
    upload = wait_for("the upload", lambda: _done_upload(job), within_s=LATER_S)
    recording = job.creator.get(f"/broadcasts/{job.broadcast_id}/recording")
    kept = Path(job.env["VAR"]) / "sandbox" / "youtube" / f"{upload['video_id']}.mp4"
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    check(that=digest == recording["sha256"], otherwise="YouTube has other bytes than we stored")
    job.made.append(f"YouTube    {upload['watch_url']}")
    return [f"video {upload['video_id']}, {upload['size_bytes'] / 1e6:.1f} MB, same checksum"]


def see_inboxes(job: Job) -> list[str]:
    for follower in job.followers[:2]:
        wait_for(f"{follower.name}'s inbox", lambda f=follower: _told_of_video(f), within_s=SOON_S)  # type: ignore[misc]
    check(
        that=not _told_of_video(job.followers[-1]),
        otherwise="Dov asked not to hear of videos and did",
    )
    recording = job.creator.get(f"/broadcasts/{job.broadcast_id}/recording")
    recent = job.followers[0].get("/home")["recent"]
    shown = [card for card in recent if card["id"] == recording["id"]]
    check(that=len(shown) == 1, otherwise=f"the feed shows {recent}")
    return ["Ben and Cleo find the video in their inboxes, Dov does not; the feed shows it"]


STEPS: Final[dict[str, Callable[[Job], list[str]]]] = {
    "Four people sign up, three follow": sign_up,
    "The creator connects YouTube (OAuth, PKCE)": connect_youtube,
    "A broadcast opens; a wrong key is refused": refuse_wrong_key,
    "The creator goes live; HLS plays": go_live,
    "A live preview and a thumbnail appear": see_live_preview,
    "Followers get one push a device": count_pushes,
    "The encoder dies, and is back after 10 s": survive_a_cut,
    "The broadcast ends: one recording": end,
    "Preview, posters and storyboard are made": see_previews,
    "The recording is on YouTube": see_upload,
    "Followers find it in their inbox": see_inboxes,
}


def _ready_preview(job: Job, subject: str) -> Any:
    found = job.creator.find(f"/broadcasts/{job.broadcast_id}/preview")
    if found and found["state"] == "failed":
        raise NotTrue(f"the preview failed: {found['error']}")
    is_it = found and found["subject"] == subject and found["state"] == "ready"
    return found if is_it else None


def _asset(preview: Any, kind: str) -> Any:
    found = [asset for asset in preview["assets"] if asset["kind"] == kind]
    check(that=bool(found), otherwise=f"no {kind} among {preview['assets']}")
    return found[0]


def _stored(recording: Any) -> Any:
    if recording and recording["state"] == "failed":
        raise NotTrue(f"the recording failed: {recording['error']}")
    return recording if recording and recording["state"] in {"stored", "published"} else None


def _done_upload(job: Job) -> Any:
    uploads = job.creator.get("/youtube/uploads")["items"]
    failed = [upload for upload in uploads if upload["state"] == "failed"]
    if failed:
        raise NotTrue(f"the upload failed: {failed[0]['error']}")
    return next((upload for upload in uploads if upload["state"] == "done"), None)


def _told_of_video(person: Phone) -> bool:
    items = person.get("/notifications")["items"]
    return any(item["type"] == "video_published" for item in items)


def _check_pushes(job: Job, wanted: dict[str, list[str]]) -> None:
    for provider, devices in wanted.items():
        got = sorted(push["device"] for push in job.pushes(provider))
        check(that=got == devices, otherwise=f"{provider} pushed {got}, not {devices}")
