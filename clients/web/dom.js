// Elements, words and moments: the little this page needs of a framework.

/** Make an element: text goes in as text, so nothing a creator typed becomes markup. */
export function el(tag, { className = "", text = "", ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter(Boolean));
  return made;
}

export const byId = (id) => document.getElementById(id);

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS = [
  [60, "second", 1],
  [3_600, "minute", 60],
  [86_400, "hour", 3_600],
  [7 * 86_400, "day", 86_400],
];

/** "2 hours ago", "in 3 days"; a date beyond a week. */
export function when(iso, now = Date.now()) {
  const moment = new Date(iso);
  const seconds = Math.round((moment.getTime() - now) / 1_000);
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  if (!step) return moment.toLocaleDateString("en", { day: "numeric", month: "short" });
  return relative.format(Math.round(seconds / step[2]), step[1]);
}

export const clock = (iso) =>
  new Date(iso).toLocaleTimeString("en", { hour: "numeric", minute: "2-digit" });

/** 75 → "1:15", 3700 → "1:01:40". */
export function span(seconds) {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

/** A whole-screen sentence: nothing here, or nothing reached; with one thing to do. */
export function state(title, hint, action) {
  const button =
    action && el("button", { className: "primary", type: "button", text: action.label });
  button?.addEventListener("click", action.run);
  const words = [el("h2", { text: title }), hint && el("p", { text: hint })];
  return el("div", { className: "state" }, ...words, button);
}
