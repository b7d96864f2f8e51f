// The inbox: what happened while the phone was away. Opening it reads it.

import { el, state, when } from "./dom.js";
import { call } from "./session.js";

const PATH = "/api/v1/notifications";

/** Show the newest page, and mark it as read; returns whether anything was unread. */
export async function show(root) {
  const { data } = await call(`${PATH}?limit=50`);
  if (data.items.length === 0) {
    root.replaceChildren(state("All quiet", "News of the creators you follow arrives here."));
    return false;
  }
  root.replaceChildren(el("ul", { className: "notices" }, ...data.items.map(notice)));
  const unread = data.items.some((item) => !item.is_read);
  if (unread) await call(`${PATH}/read`, { method: "POST", body: { upto: data.items[0].id } });
  return unread;
}

function notice(item) {
  return el(
    "li",
    { className: item.is_read ? "notice" : "notice unread" },
    el("h3", { text: item.title }),
    item.body && el("p", { text: item.body }),
    el("time", { datetime: item.created_at, text: when(item.created_at) }),
  );
}
