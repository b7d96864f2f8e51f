// The reference client: signs in, keeps the feed fresh, switches screens.

import { byId, state } from "./dom.js";
import * as feed from "./feed.js";
import * as inbox from "./inbox.js";
import * as player from "./player.js";
import { call, isSignedIn, logIn, logOut } from "./session.js";

const POLL_MS = 10_000;
const home = { etag: null, seenAt: null, timer: 0, visit: 0 };

function screen(name) {
  byId("login").hidden = name !== "login";
  byId("shell").hidden = name === "login";
  byId("feed").hidden = name !== "home";
  byId("inbox").hidden = name !== "inbox";
  byId("screen-title").textContent = name === "inbox" ? "Inbox" : "Home";
  mark(byId("tab-home"), name === "home");
  mark(byId("tab-inbox"), name === "inbox");
}

function mark(tab, isCurrent) {
  if (isCurrent) tab.setAttribute("aria-current", "page");
  else tab.removeAttribute("aria-current");
}

function banner(text) {
  byId("banner").textContent = text;
  byId("banner").hidden = !text;
}

function badge(unread) {
  const mark = byId("unread");
  mark.hidden = unread === 0;
  mark.textContent = unread > 99 ? "99+" : String(unread);
  byId("tab-inbox").setAttribute("aria-label", unread ? `Inbox, ${unread} unread` : "Inbox");
}

/** Ask for the feed once; the ETag makes "nothing new" cost nothing. */
async function refresh() {
  const { visit } = home;
  try {
    const { status, etag, data } = await call("/api/v1/home", { etag: home.etag });
    if (visit !== home.visit) return; // it was for whoever was signed in before
    home.seenAt = new Date();
    banner("");
    if (status === 200) {
      home.etag = etag;
      feed.show(byId("feed"), data, player.open);
      badge(data.unread);
    }
  } catch (failure) {
    if (visit !== home.visit) return;
    complain(failure);
  }
  clearTimeout(home.timer);
  if (isSignedIn() && !document.hidden) home.timer = setTimeout(refresh, POLL_MS);
}

function complain(failure) {
  if (failure.status === 401) {
    leave("Your session is over. Please log in again.");
    return;
  }
  const title = failure.isOffline && !navigator.onLine ? "You are offline." : failure.title;
  if (home.etag === null) {
    const hint = failure.isOffline ? "We keep trying." : "";
    byId("feed").replaceChildren(state(title, hint, { label: "Try again", run: retry }));
    return;
  }
  const at = home.seenAt.toLocaleTimeString("en", { hour: "numeric", minute: "2-digit" });
  banner(`${title} What you see is from ${at}.`);
}

function retry() {
  feed.wait(byId("feed"));
  refresh();
}

async function openInbox() {
  screen("inbox");
  byId("screen").focus();
  const root = byId("inbox");
  try {
    if (await inbox.show(root)) badge(0);
  } catch (failure) {
    if (failure.status === 401) complain(failure);
    else root.replaceChildren(state(failure.title, "", { label: "Try again", run: openInbox }));
  }
}

function enter() {
  screen("home");
  Object.assign(home, { etag: null, seenAt: null, visit: home.visit + 1 });
  badge(0);
  banner("");
  feed.wait(byId("feed"));
  refresh();
}

function leave(why = "") {
  clearTimeout(home.timer);
  home.visit += 1;
  feed.forget();
  byId("feed").replaceChildren();
  byId("inbox").replaceChildren();
  screen("login");
  refuse(why);
  logOut();
}

function refuse(why) {
  byId("login-error").textContent = why;
  byId("login-error").hidden = !why;
}

byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button");
  refuse("");
  button.disabled = true;
  try {
    await logIn(form.email.value.trim(), form.password.value);
    form.reset();
    enter();
  } catch (failure) {
    refuse(failure.title);
    form.password.focus();
  } finally {
    button.disabled = false;
  }
});

byId("logout").addEventListener("click", () => leave());
byId("tab-home").addEventListener("click", () => {
  screen("home");
  refresh();
});
byId("tab-inbox").addEventListener("click", openInbox);
addEventListener("online", () => isSignedIn() && refresh());
addEventListener("offline", () => isSignedIn() && refresh());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isSignedIn()) refresh();
});

if (isSignedIn()) enter();
else screen("login");
