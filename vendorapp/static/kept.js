/* The pages that the service worker keeps for a phone without signal: a customer's start page, and a vendor's rounds of today and tomorrow
   with all their parts. A round says of itself which day it is of (#round in records/today.html); it is found again by that day. */
const Kept = (() => {
  "use strict";
  const PAGES = "pages-" + RELEASE;
  const ROUND = "/today";
  const MOST_PARTS = 10;
  const REST_MS = 5 * 60 * 1000;
  const FACTS = /<div id="round" data-date="([^"]*)" data-today="([^"]*)" data-tomorrow="([^"]*)" data-zone="([^"]*)" data-made="([^"]*)"/;
  const isRound = (url) => /^\/today\/?$/.test(url.pathname);
  const cursorOf = (url) => Number(url.searchParams.get("cursor")) || 0;
  const addressOf = (date, cursor) => ROUND + "?date=" + date + (cursor ? "&cursor=" + cursor : "");

  /* A page from the network: kept when it is one to keep. Answers what a round says of itself and where its next part begins, else null. */
  async function take(url, response) {
    /* Sent on to the sign-in page: the sign-in ended, and this phone shows the round no more. */
    if (isRound(url) && (response.type === "opaqueredirect" || response.status === 401)) { await Store.forgetPages(); return null; }
    if (response.status !== 200 || response.redirected || !(response.headers.get("Content-Type") || "").startsWith("text/html")) return null;
    const text = await response.text();
    const owner = (/<meta name="caller" content="([^"]*)"/.exec(text) || [])[1];
    if (!owner) { await Store.forgetPages(); return null; }
    const found = isRound(url) && FACTS.exec(text);
    if (isRound(url) && !found) return null;
    const [, date, today, tomorrow, zone, made] = found || [];
    if (found && date < today) return null;
    const headers = { "Content-Type": response.headers.get("Content-Type"), "X-Owner": owner, "X-Zone": zone || "", "X-Made": made || Store.now() };
    for (const name of ["Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"]) if (response.headers.get(name)) headers[name] = response.headers.get(name);
    const pages = await caches.open(PAGES);
    await pages.put(found ? addressOf(date, cursorOf(url)) : "/", new Response(text, { headers: headers })).catch(() => {});
    await dress(text);
    const next = /<a [^>]*rel="next" href="[^"]*cursor=(\d+)/.exec(text);
    return found ? { date, today, tomorrow, next: next ? Number(next[1]) : 0 } : null;
  }
  /* The files that a kept page names must be there too. */
  async function dress(text) {
    const shell = await caches.open(SHELL);
    for (const file of namedFiles(text)) if (!(await caches.match(file))) await shell.add(file).catch(() => {});
  }

  /* All rounds that are kept for whoever was here last. */
  async function rounds() {
    const pages = await caches.open(PAGES);
    const owner = await Store.who();
    const found = [];
    for (const request of await pages.keys()) {
      const url = new URL(request.url);
      const response = isRound(url) && (await pages.match(request));
      if (response && (!owner || response.headers.get("X-Owner") === owner)) found.push({ date: url.searchParams.get("date"), cursor: cursorOf(url), request, response });
    }
    return found;
  }
  /* The round that an address without signal means: the day it names; else today's, the latest gone by, or the next. */
  async function roundFor(url) {
    const found = await rounds();
    if (!found.length) return null;
    await Store.clock();
    const of = (one) => Store.dayIn(one.response.headers.get("X-Zone"), Math.max(Store.ms(), Date.parse(one.response.headers.get("X-Made"))));
    const days = found.map((one) => one.date).sort();
    const today = found.map(of).sort().pop();
    const day = url.searchParams.get("date") || (days.includes(today) ? today : days.filter((date) => date < today).pop() || days[0]);
    return found.find((one) => one.date === day && one.cursor === cursorOf(url));
  }
  /* A kept page says so: <html data-kept="when it was made">. */
  async function find(url) {
    let response = null;
    if (url.pathname === "/") {
      response = await (await caches.open(PAGES)).match("/");
      const owner = await Store.who();
      if (response && owner && response.headers.get("X-Owner") !== owner) response = null;
    }
    if (!response && (url.pathname === "/" || isRound(url))) response = ((await roundFor(url)) || {}).response;
    if (!response) return null;
    const text = (await response.text()).replace("<html ", '<html data-kept="' + response.headers.get("X-Made") + '" ');
    return new Response(text, { headers: response.headers });
  }

  /* Fetches the rounds of today and tomorrow with all their parts, at most once in a while; for vendors. */
  async function refresh(rest) {
    const owner = await Store.who();
    const last = await Store.get("facts", "refreshed").catch(() => null);
    const since = last ? Math.abs(Date.now() - last.at) : Infinity;
    if (!owner.startsWith("vendor:") || since < (rest === undefined ? REST_MS : rest)) return;
    const work = async (lock) => {
      if (lock === null) return;
      await Store.put("facts", { key: "refreshed", at: Date.now() });
      const now = await whole(ROUND);
      if (!now) return;
      await whole(ROUND + "?date=" + now.tomorrow);
      await prune(owner, now.today);
    };
    return self.navigator.locks ? self.navigator.locks.request("vendorapp-refresh", { ifAvailable: true }, work) : work();
  }
  async function whole(path) {
    let first = null, next = 0;
    for (let part = 0; part < MOST_PARTS && (next || !first); part++) {
      const url = new URL(path, self.location.origin);
      if (next) url.searchParams.set("cursor", next);
      const found = await take(url, await fetch(url.href, { credentials: "same-origin", redirect: "manual", cache: "no-store" }));
      if (!found) return null;
      first = first || found;
      next = found.next;
    }
    return first;
  }
  async function prune(owner, today) {
    const pages = await caches.open(PAGES);
    for (const one of await rounds()) if (one.date < today) await pages.delete(one.request);
    await Store.remove("heard", (await Store.mine("heard", owner)).filter((one) => one.date < today).map((one) => one.key));
  }

  return { PAGES, isRound, take, find, refresh };
})();
