// One broadcast on the whole screen: HLS while it is live, the recording as MP4 afterwards.

import { byId } from "./dom.js";
import { call } from "./session.js";

const HLS = "application/vnd.apple.mpegurl";
const dialog = byId("player");
const video = byId("player-video");
const note = byId("player-note");
let opened = null; // the card on screen: an answer that comes late is for another one

function say(text) {
  note.textContent = text;
  note.hidden = !text;
}

/** Open a card; closing it, by the button, Escape or the phone's back, stops the video. */
export async function open(card) {
  opened = card;
  paint(card);
  dialog.showModal();
  history.pushState({ player: true }, "");
  try {
    const { data } = await call(card.playback);
    if (opened === card) play(card, data);
  } catch (failure) {
    if (opened === card) fallBack(card, failure.title);
  }
}

function paint(card) {
  const kind = byId("player-kind");
  kind.textContent = card.kind === "live" ? "Live now" : "Recording";
  kind.classList.toggle("live", card.kind === "live");
  byId("player-title").textContent = card.title;
  byId("player-creator").textContent = card.creator?.name ?? "";
  const size = card.preview?.poster ?? card.preview?.clip;
  video.classList.toggle("portrait", Boolean(size && size.height > size.width));
  if (card.preview?.poster) video.poster = card.preview.poster.url;
  else video.removeAttribute("poster");
  say("");
}

function play(card, playback) {
  if (playback.is_live && !video.canPlayType(HLS)) {
    fallBack(card, "This browser cannot play live streams (HLS).");
    return;
  }
  video.onerror = () => fallBack(card, "The video cannot be played here.");
  start(playback.url, { loop: false, muted: false });
}

function fallBack(card, why) {
  video.onerror = null;
  const clip = card.preview?.clip;
  say(clip ? `${why} You see its latest preview.` : why);
  if (clip) start(clip.url, { loop: true, muted: true });
}

function start(source, how) {
  Object.assign(video, how);
  video.src = source;
  video.play().catch(() => {}); // the controls are there
}

function stop() {
  opened = null;
  video.onerror = null;
  video.pause();
  video.removeAttribute("src");
  video.load();
}

byId("player-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  stop();
  if (history.state?.player) history.back();
});
addEventListener("popstate", () => {
  if (dialog.open) dialog.close();
});
