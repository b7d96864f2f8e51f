// Who is signed in, and requests in their name. Tokens live as long as the tab and no longer.

const KEY = "showrunner.session";
const AUTH = "/api/v1/auth/app/v1";
const TIMEOUT_MS = 15_000;

/** A failure with words for people: `title`; `status` is 0 where nobody answered. */
export class Failure extends Error {
  constructor(title, { status = 0, code = "" } = {}) {
    super(title);
    this.title = title;
    this.status = status;
    this.code = code;
  }

  get isOffline() {
    return this.status === 0;
  }
}

let tokens = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
let renewing = null;

export const isSignedIn = () => tokens !== null;

function keep(next) {
  tokens = next;
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
}

/** fetch with a deadline; a lost connection and a late answer are the same to a person. */
async function ask(path, options = {}) {
  try {
    return await fetch(path, {
      ...options,
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Failure("Showrunner cannot be reached.");
  }
}

async function send(path, method, body, headers = {}) {
  return ask(path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const json = (answer) => answer.json().catch(() => ({}));

/** Sign in by e-mail and password; throws a Failure with what was wrong. */
export async function logIn(email, password) {
  const answer = await send(`${AUTH}/auth/login`, "POST", { email, password });
  const told = await json(answer);
  if (answer.status === 200) {
    const { access_token: access, refresh_token: refresh, session_token: session } = told.meta;
    keep({ access, refresh, session });
    return;
  }
  const said = told.errors?.[0]?.message ?? told.title;
  const title =
    answer.status === 401 ? "Confirm your e-mail address first; we sent you a link." : said;
  throw new Failure(title ?? "Logging in did not work. Please try again.", answer);
}

/** Sign out here at once, and on the server as far as it can be reached. */
export async function logOut() {
  const last = tokens;
  keep(null);
  if (!last) return;
  const headers = { Authorization: `Bearer ${last.access}`, "X-Session-Token": last.session };
  await ask(`${AUTH}/auth/session`, { method: "DELETE", headers }).catch(() => {});
}

/** Exchange the refresh token once, however many requests found the access token expired. */
function renew() {
  renewing ??= exchange().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function exchange() {
  const answer = await send(`${AUTH}/tokens/refresh`, "POST", { refresh_token: tokens.refresh });
  if (answer.status !== 200) {
    if (answer.status >= 500) throw await failureOf(answer);
    keep(null);
    throw new Failure("Please log in again.", { status: 401 });
  }
  const { data } = await json(answer);
  const refresh = data.refresh_token ?? tokens.refresh;
  keep({ ...tokens, access: data.access_token, refresh });
}

async function failureOf(answer) {
  const told = await json(answer);
  const title = told.title ?? "Something went wrong.";
  return new Failure(title, { status: answer.status, code: told.code ?? "" });
}

async function authorised(path, { method = "GET", body, etag } = {}) {
  const headers = { Authorization: `Bearer ${tokens.access}` };
  if (etag) headers["If-None-Match"] = etag;
  if (body === undefined) return ask(path, { method, headers });
  return send(path, method, body, headers);
}

/**
 * Ask the API in the person's name: `{status, etag, data}`, data null for 204 and 304.
 * Throws a Failure; one with status 401 means that they have to log in again.
 */
export async function call(path, options = {}) {
  if (!tokens) throw new Failure("Please log in again.", { status: 401 });
  let answer = await authorised(path, options);
  if (answer.status === 401) {
    await renew();
    answer = await authorised(path, options);
  }
  const etag = answer.headers.get("ETag");
  if (answer.status === 304 || answer.status === 204) {
    return { status: answer.status, etag, data: null };
  }
  if (!answer.ok) throw await failureOf(answer);
  return { status: answer.status, etag, data: await answer.json() };
}
