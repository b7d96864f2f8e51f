// The home feed: shelves of cards. A card that did not change keeps its element, and so its video.

import { clock, el, span, state, when } from "./dom.js";
import { autoplaying, release, settleAll } from "./previews.js";

const SHELVES = [
  ["live", "Live now"],
  ["upcoming", "Upcoming"],
  ["recent", "Recent"],
];

const shelves = new Map(); // kind → its section
const known = new Map(); // kind and id → { said, element }

/** Put a feed on the page. `open` is called with the card somebody taps. */
export function show(root, feed, open) {
  const shown = SHELVES.filter(([kind]) => feed[kind].length > 0);
  forgetOthers(feed);
  if (shown.length === 0) {
    const hint = "When someone goes live or plans a broadcast, it shows up here.";
    root.replaceChildren(state("Nothing on air yet", hint));
    return;
  }
  arrange(root, shown.map(([kind, name]) => shelf(kind, name, feed[kind], open)));
  settleAll();
}

/** Make `wanted` the children, touching only what differs: a moved video stops. */
function arrange(parent, wanted) {
  const there = new Set(wanted);
  for (const child of [...parent.children]) if (!there.has(child)) child.remove();
  wanted.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}

/** Where the feed will be: quiet shapes instead of a spinner. */
export function wait(root) {
  const ghosts = [0, 1, 2].map(() => el("div", { className: "ghost" }));
  root.replaceChildren(el("div", { "aria-busy": "true", "aria-label": "Loading" }, ...ghosts));
}

export function forget() {
  known.forEach(({ element }) => release(element));
  known.clear();
}

function shelf(kind, name, cards, open) {
  if (!shelves.has(kind)) shelves.set(kind, emptyShelf(name));
  const made = shelves.get(kind);
  arrange(made.lastElementChild, cards.map((card) => remembered(card, open)));
  return made;
}

function emptyShelf(name) {
  const list = el("ul", { className: "cards" });
  return el("section", { className: "shelf", "aria-label": name }, el("h2", { text: name }), list);
}

const keyOf = (card) => `${card.kind} ${card.id}`;

function remembered(card, open) {
  const before = known.get(keyOf(card));
  const said = JSON.stringify(card);
  if (before?.said === said) {
    refreshTimes(before.element);
    return before.element;
  }
  if (before) release(before.element);
  const element = el("li", {}, card.kind === "upcoming" ? plan(card) : tappable(card, open));
  known.set(keyOf(card), { said, element });
  return element;
}

function forgetOthers(feed) {
  const there = new Set([...feed.live, ...feed.upcoming, ...feed.recent].map(keyOf));
  for (const [key, { element }] of known) {
    if (there.has(key)) continue;
    release(element);
    known.delete(key);
  }
}

function refreshTimes(element) {
  for (const time of element.querySelectorAll("time")) time.textContent = when(time.dateTime);
}

function tappable(card, open) {
  const button = el("button", { className: "card", type: "button" }, frame(card), words(card));
  button.addEventListener("click", () => open(card));
  return button;
}

function frame(card) {
  const { clip, poster, color } = card.preview ?? {};
  const size = poster ?? clip;
  const portrait = size && size.height > size.width;
  const made = el("span", { className: portrait ? "frame portrait" : "frame" });
  if (color) made.style.setProperty("--card-color", color);
  if (poster) made.append(picture(poster));
  if (clip) made.append(autoplaying(clip));
  if (card.kind === "live") made.append(el("span", { className: "tag live", text: "LIVE" }));
  if (card.duration_s > 0) {
    made.append(el("span", { className: "tag time", text: span(card.duration_s) }));
  }
  return made;
}

function picture({ url, width, height }) {
  const image = el("img", { alt: "", loading: "lazy", decoding: "async", width, height });
  image.addEventListener("load", () => image.classList.add("is-here"));
  image.src = url;
  return image;
}

function words(card) {
  const by = el("span", { className: "by" }, ...byline(card));
  return el("span", { className: "words" }, el("span", { className: "title", text: card.title }), by);
}

function byline(card) {
  const time = el("time", { datetime: card.at, text: when(card.at) });
  const verb = card.kind === "live" ? "started " : "";
  return card.creator ? [`${card.creator.name} · ${verb}`, time] : [verb, time];
}

function plan(card) {
  const at = new Date(card.at);
  const day = el("b", { text: String(at.getDate()) });
  const month = el("span", { text: at.toLocaleDateString("en", { month: "short" }) });
  const date = el("span", { className: "date", "aria-hidden": "true" }, day, month);
  const by = [card.creator?.name, clock(card.at)].filter(Boolean).join(" · ");
  const time = el("time", { datetime: card.at, text: when(card.at) });
  return el(
    "div",
    { className: "plan" },
    date,
    el(
      "span",
      { className: "words" },
      el("span", { className: "title", text: card.title }),
      el("span", { className: "by" }, `${by} · `, time),
    ),
  );
}
