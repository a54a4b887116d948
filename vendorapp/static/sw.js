/* The service worker, served as /sw.js with Cache-Control: no-cache and a first line `const VERSION = "…";`.
   Shell: cached by version. Pages: network first; only rounds and the start page are kept for offline (kept.js), and wiped at sign-out.
   POSTs, /v1 and the pages of signing in are never touched by a cache. No state lives in globals: the browser ends this worker at will. */
"use strict";
const RELEASE = typeof VERSION === "undefined" ? "dev" : VERSION;
const STATIC = "/static/";
const SHELL = "shell-" + RELEASE;
/* The files of the shell that a page names, by their versioned addresses. */
const namedFiles = (text) => Array.from(new Set(Array.from(text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g), (m) => m[1].replace(/&amp;/g, "&"))));
importScripts(STATIC + "store.js?v=" + encodeURIComponent(RELEASE), STATIC + "kept.js?v=" + encodeURIComponent(RELEASE));

const OFFLINE = "/offline";
const LEAVING = /^\/sign-out\/?$/;
const ENTERING = /^\/(sign-in|register)\/?$/;
const ICON = STATIC + "icons/icon-192.png";
const BADGE = STATIC + "icons/badge-96.png";
const PATIENCE_MS = 4000;

/* ---- shell ---- */
self.addEventListener("install", (event) => event.waitUntil(install()));
async function install() {
  const shell = await caches.open(SHELL);
  const page = await fetch(OFFLINE, { credentials: "omit", cache: "reload" });
  if (page.ok) {
    /* The offline page names the shell's own files, so their versioned addresses stand in one place only. */
    const files = namedFiles(await page.clone().text());
    await shell.put(OFFLINE, page);
    await Promise.allSettled(files.concat([ICON, BADGE]).map((file) => shell.add(file)));
  }
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => event.waitUntil(activate()));
async function activate() {
  /* The rounds of the release before are carried over: an update must not empty a phone without signal. */
  const fresh = await caches.open(Kept.PAGES);
  for (const name of await caches.keys()) {
    if (name === Kept.PAGES || !name.startsWith("pages-")) continue;
    const old = await caches.open(name);
    for (const request of await old.keys()) if (!(await fresh.match(request))) await fresh.put(request, await old.match(request));
    await caches.delete(name);
  }
  /* The kept pages still name the files of their release: one older shell stays until the next release. */
  const shells = (await caches.keys()).filter((n) => n.startsWith("shell-") && n !== SHELL);
  await Promise.all(shells.slice(0, -1).map((n) => caches.delete(n)));
  await self.clients.claim();
  /* The very first page came before this worker did; if it is one to keep, keep it now. */
  for (const client of await self.clients.matchAll({ type: "window" })) {
    const url = new URL(client.url);
    if (url.pathname !== "/" && !Kept.isRound(url)) continue;
    const response = await fetch(url.href, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
    if (response) await Kept.take(url, response);
  }
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") {
    if (request.mode === "navigate" && LEAVING.test(url.pathname)) event.waitUntil(Store.wipe(""));
    /* Marks wait for their own person: a sign-in that ran out must not cost them. */
    if (request.mode === "navigate" && ENTERING.test(url.pathname)) event.waitUntil(Store.forgetPages());
    return;
  }
  if (url.pathname.startsWith(STATIC)) event.respondWith(fromShell(request));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

async function fromShell(request) {
  const known = await caches.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok && response.status === 200 && !new URL(request.url).pathname.includes("swagger")) {
    const shell = await caches.open(SHELL);
    await shell.put(request, response.clone()).catch(() => {});
  }
  return response;
}

async function page(event, url) {
  const keeps = url.pathname === "/" || Kept.isRound(url);
  const network = fetch(event.request).then((response) => {
    Store.learnTime(response);
    if (keeps) event.waitUntil(Kept.take(url, response.clone()).catch(() => {}));
    return response;
  });
  /* Where the signal is bad rather than gone, what is kept comes after a while; the answer under way is kept when it comes. */
  const kept = keeps ? await Kept.find(url).catch(() => null) : null;
  if (kept) event.waitUntil(network.catch(() => {}));
  const late = kept ? new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS)) : network;
  try {
    const first = await Promise.race([network, late]);
    return kept && first.status >= 500 ? kept : first;
  } catch (error) {
    return kept || (await caches.match(OFFLINE)) || Response.error();
  }
}

/* A page of somebody signed in was opened: a vendor's rounds are fetched again, if that is a while ago. */
self.addEventListener("message", (event) => {
  if (event.data && event.data.type === "opened") event.waitUntil(Kept.refresh().catch(() => {}));
});

/* ---- words in the person's language, left here by the page ---- */
const ENGLISH = {
  push_accepted: "You said yes.", push_declined: "You said no.", push_later: "Will be sent when there is signal.",
  push_closed: "This was already answered. Open to see.", push_failed: "Your answer could not be taken. Open to answer.", push_new: "Something new in your inbox",
};
async function word(key) {
  const left = await Store.get("words", "words").catch(() => null);
  return (left && left.value && left.value[key]) || ENGLISH[key];
}

/* ---- push: always show something ---- */
self.addEventListener("push", (event) => event.waitUntil(show(event)));
async function show(event) {
  let note = {};
  try {
    const payload = event.data ? event.data.json() : {};
    note = payload.notification || {};
  } catch (error) { /* not ours or not readable: still show something */ }
  const data = Object.assign({}, note.data || {}, { navigate: note.navigate || "/inbox", title: note.title, tag: note.tag, lang: note.lang });
  const title = note.title || (await word("push_new"));
  const options = { body: note.body || "", lang: note.lang || "", icon: ICON, badge: BADGE, data: data };
  if (note.tag) { options.tag = note.tag; options.renotify = true; }
  if (Array.isArray(note.actions)) options.actions = note.actions.slice(0, 2).map((a) => ({ action: a.action, title: a.title }));
  if (data.change_id) options.requireInteraction = true;
  try {
    await self.registration.showNotification(title, options);
  } catch (error) {
    await self.registration.showNotification(title, { body: options.body, data: data });
  }
  await badge(note.app_badge);
  for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage({ type: "push", kind: data.kind });
  await Kept.refresh(60 * 1000).catch(() => {});
}
async function badge(count) {
  if (count === undefined || count === null || !self.navigator.setAppBadge) return;
  const number = Number(count);
  await (number > 0 ? self.navigator.setAppBadge(number) : self.navigator.clearAppBadge()).catch(() => {});
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data || {};
  const answers = event.action === "accept" || event.action === "decline";
  event.waitUntil(answers && data.change_id && data.answer_token ? answer(event.action, data) : openPage(data.navigate));
});

async function openPage(navigate) {
  let url = new URL("/inbox", self.location.origin);
  try { url = new URL(navigate || "/inbox", self.location.origin); } catch (error) { /* keep the inbox */ }
  if (url.origin !== self.location.origin) url = new URL("/inbox", self.location.origin);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const client of windows) if (client.url === url.href) return client.focus();
  return self.clients.openWindow(url.href);
}

async function answer(choice, data) {
  const given = { key: "change-" + data.change_id, change_id: data.change_id, answer: choice, token: data.answer_token };
  const tell = async (key) => self.registration.showNotification(data.title || (await word("push_new")), {
    body: await word(key), tag: data.tag || given.key, lang: data.lang || "", icon: ICON, badge: BADGE, silent: true, data: { navigate: data.navigate },
  });
  let status = 0;
  try { status = (await Store.sendAnswer(given)).status; } catch (error) { status = 0; }
  if (status >= 200 && status < 300) return tell(choice === "accept" ? "push_accepted" : "push_declined");
  if (status === 409) return tell("push_closed");
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return tell("push_failed");
  await Store.put("answers", given);
  if (self.registration.sync) await self.registration.sync.register("answers").catch(() => {});
  return tell("push_later");
}

/* ---- what waited is sent ---- */
self.addEventListener("sync", (event) => {
  if (event.tag === "answers") event.waitUntil(Store.flushAnswers().then((left) => { if (left) throw new Error("still waiting"); }));
  if (event.tag === "marks") event.waitUntil(sendMarks());
});
async function sendMarks() {
  const work = async () => {
    let me = await Store.whoami();
    if (!me) return;
    const owner = me.owner;
    const token = async (fresh) => {
      if (fresh) me = await Store.whoami();
      return me && me.owner === owner ? me.token : null;
    };
    const report = await Store.flushMarks(token, owner);
    for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage({ type: "flushed", report: report });
    if (report.left && !report.signedOut) throw new Error("still waiting");
  };
  return self.navigator.locks ? self.navigator.locks.request("vendorapp-flush", work) : work();
}

/* ---- the browser changed the subscription: the new one takes the place of the old ---- */
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(resubscribe(event)));
async function resubscribe(event) {
  const fresh = event.newSubscription || (await self.registration.pushManager.getSubscription()) || (await subscribe(event.oldSubscription));
  const me = await Store.whoami();
  if (!me) return;
  const { endpoint, keys } = fresh.toJSON();
  const told = await toServer("POST", me.token, { endpoint: endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
  if (!told.ok) return;
  const known = await Store.get("facts", "endpoint").catch(() => null);
  const old = event.oldSubscription ? event.oldSubscription.endpoint : known && known.endpoint;
  if (old && old !== endpoint) await toServer("DELETE", me.token, { endpoint: old });
  await Store.put("facts", { key: "endpoint", endpoint: endpoint });
}
async function subscribe(old) {
  let key = old && old.options && old.options.applicationServerKey;
  if (!key) {
    const text = (await (await fetch("/v1/push/public-key")).json()).public_key;
    key = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  }
  return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
function toServer(method, token, body) {
  return fetch("/v1/push/subscriptions", {
    method: method, credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body),
  });
}
