/* What the phone keeps until the server has it. Used by the page and by the service worker, so it never touches the document.
   marks: taps of a round, each with a key of its own. refusals: marks that the server did not take, until the person puts them away.
   heard: what the server last said of a stop, for round pages that were kept before. answers: given on a notification.
   words: the worker's words. facts: `who` was signed in last, `clock` (this phone's is wrong by so much), `endpoint`, `refreshed`. */
(function (root) {
  "use strict";
  const NAME = "vendorapp";
  const STORES = ["marks", "answers", "words", "refusals", "heard", "facts"];
  const MOST = 2000;

  let opening = null;
  function open() {
    opening = opening || connect().catch((error) => { opening = null; throw error; });
    return opening;
  }
  /* Opened as it is, whatever its number: a page of an older release goes on working beside a newer one. */
  function connect(version) {
    return new Promise((resolve, reject) => {
      const request = version ? root.indexedDB.open(NAME, version) : root.indexedDB.open(NAME);
      request.onupgradeneeded = () => {
        for (const name of STORES) if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath: "key" });
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        if (STORES.some((name) => !db.objectStoreNames.contains(name))) {
          db.close();
          connect(db.version + 1).then(resolve, reject);
          return;
        }
        db.onversionchange = () => { db.close(); opening = null; };
        db.onclose = () => { opening = null; };
        resolve(db);
      };
    });
  }

  /* One transaction; `work` gets the stores in their order, and may leave its answer in a request. */
  async function run(names, mode, work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const tx = db.transaction(names, mode);
      const request = work(...[].concat(names).map((name) => tx.objectStore(name)));
      tx.oncomplete = () => resolve(request && request.result);
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  }
  const put = (store, value) => run(store, "readwrite", (s) => s.put(value));
  const all = (store) => run(store, "readonly", (s) => s.getAll());
  const get = (store, key) => run(store, "readonly", (s) => s.get(key));
  const remove = (store, keys) => run(store, "readwrite", (s) => { for (const key of keys) s.delete(key); });

  /* A new key, also where crypto.randomUUID is missing (plain http in a local network). */
  function newKey() {
    if (root.crypto.randomUUID) return root.crypto.randomUUID();
    return Array.from(root.crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  /* ---- the time: the phone's clock may be wrong, marks are ordered by the server's ---- */
  let skew = 0, known = null;
  function clock() {
    known = known || get("facts", "clock").then((fact) => { if (fact) skew = fact.skew; }).catch(() => {});
    return known;
  }
  function learn(server) {
    if (!server || Math.abs(server - Date.now() - skew) < 5000) return;
    known = Promise.resolve();
    skew = server - Date.now();
    put("facts", { key: "clock", skew: skew }).catch(() => {});
  }
  const learnTime = (response) => learn(Date.parse(response.headers.get("Date") || ""));
  const ms = () => Date.now() + skew;
  const now = () => new Date(ms()).toISOString();
  /* The calendar day of an instant in a zone; the phone's own zone may be another. */
  function dayIn(zone, instant) {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(instant);
    return ["year", "month", "day"].map((type) => parts.find((part) => part.type === type).value).join("-");
  }

  /* ---- whose: marks and refusals wait for their own person ---- */
  const who = async () => ((await get("facts", "who").catch(() => null)) || { owner: "" }).owner;
  /* Without a login on the page: those of whoever was here last, else everybody's. */
  async function mine(store, owner) {
    const whose = owner || (await who());
    return (await all(store)).filter((one) => !whose || one.owner === whose).sort((a, b) => (a.at < b.at ? -1 : 1));
  }
  /* Every page of somebody signed in says so; what was kept or shown for another person goes. */
  async function belongs(owner) {
    const before = await who();
    if (before && before !== owner) await forget();
    if (before !== owner) await put("facts", { key: "who", owner: owner }).catch(() => {});
    return before && before !== owner;
  }
  /* Whether a round is kept: of `date`, or any. */
  async function hasRounds(date) {
    for (const name of await root.caches.keys()) {
      if (!name.startsWith("pages-")) continue;
      for (const request of await (await root.caches.open(name)).keys()) if (request.url.includes("/today?date=" + (date || ""))) return true;
    }
    return false;
  }
  async function forgetPages() {
    const names = await root.caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("pages-")).map((name) => root.caches.delete(name)));
  }
  /* What the person before could still be read from: kept pages, notifications on the screen, the number on the icon. */
  async function forget() {
    await forgetPages().catch(() => {});
    const worker = root.registration || (root.navigator.serviceWorker && (await root.navigator.serviceWorker.getRegistration()));
    for (const shown of worker ? await worker.getNotifications().catch(() => []) : []) shown.close();
    if (root.navigator.clearAppBadge) await root.navigator.clearAppBadge().catch(() => {});
    await remove("facts", ["who", "refreshed"]).catch(() => {});
  }
  /* Sign-out: nothing of this person stays. Answers went out before, or never will: their tokens end with the sign-in.
     What waits for somebody else on this phone is left to them. */
  async function wipe(owner) {
    const theirs = (await Promise.all(["marks", "refusals", "heard"].map((name) => mine(name, owner)))).map((rows) => rows.map((row) => row.key));
    await run(["marks", "refusals", "heard", "answers", "facts"], "readwrite", (...stores) => {
      theirs.forEach((keys, place) => { for (const key of keys) stores[place].delete(key); });
      stores[3].clear();
      stores[4].delete("endpoint");
    });
    await forget();
  }

  /* Who is signed in now, and a CSRF token of that session; null when nobody is. The way to the sign-in page is
     not followed: another sign-in page beside the one on screen would take the cookie from under its form. */
  async function whoami() {
    const text = await (await fetch("/inbox", { credentials: "same-origin", cache: "no-store", redirect: "manual" })).text();
    const owner = /<meta name="caller" content="([^"]*)"/.exec(text);
    const token = /<meta name="csrf-token" content="([^"]+)"/.exec(text);
    return owner && token ? { owner: owner[1], token: token[1] } : null;
  }

  /* ---- sending marks ---- */

  /* One batch a day, the oldest first; of several marks on one stop the last one counts and the others go with it. */
  function batches(marks) {
    const found = [];
    for (const date of Array.from(new Set(marks.map((mark) => mark.date))).sort()) {
      const stops = new Map();
      for (const mark of marks.filter((one) => one.date === date && !one.rest)) stops.set(mark.order_id, (stops.get(mark.order_id) || []).concat(mark));
      const rest = marks.filter((one) => one.date === date && one.rest);
      const groups = Array.from(stops.values());
      do {
        const part = groups.splice(0, MOST);
        found.push({ date: date, marks: part.map((group) => group[group.length - 1]), all: part.flat() });
      } while (groups.length);
      if (rest.length) Object.assign(found[found.length - 1], { rest: rest[0], all: found[found.length - 1].all.concat(rest) });
    }
    return found;
  }
  /* The same marks have the same key, whoever sends them and however often; keys of marks are random, so their sum is as good a key. */
  function keyOf(batch) {
    const sum = new Uint8Array(16);
    for (const mark of batch.all) {
      const hex = mark.key.replace(/-/g, "");
      for (let i = 0; i < 16; i++) sum[i] ^= parseInt(hex.substr(2 * i, 2), 16);
    }
    return "round-" + batch.date + "-" + batch.all.length + "-" + Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
  }
  function post(batch, token, key) {
    const body = { date: batch.date, marks: batch.marks.map((mark) => Object.assign({ order_id: mark.order_id, status: mark.status, at: mark.at }, mark.quantity ? { quantity: mark.quantity } : {})) };
    if (batch.rest) body.rest = "delivered";
    const headers = Object.assign({ "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": token }, key ? { "Idempotency-Key": key } : {});
    return fetch("/v1/attendance", { method: "POST", credentials: "same-origin", headers: headers, body: JSON.stringify(body) });
  }
  const codes = (answer) => [answer.code].concat((answer.errors || []).map((error) => error.code));

  /* {state: "heard" | "refused" | "left" | "signed_out", answer}. A token of an older page is changed for a fresh one once. */
  async function send(batch, token) {
    let given = await token(false), key = keyOf(batch);
    for (let tries = 0; tries < 3 && given; tries++) {
      const response = await post(batch, given, key);
      learnTime(response);
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return { state: answer.results ? "heard" : "left", answer: answer };
      if (response.status === 401) return { state: "signed_out" };
      if (response.status === 403 && codes(answer).includes("csrf_failed")) given = await token(true);
      else if (codes(answer).includes("idempotency_key_reused")) key = null;
      else if ([409, 422].includes(response.status) && answer.code !== "idempotency_key_in_use") return { state: "refused", answer: answer };
      else return { state: "left" };
    }
    return { state: given ? "left" : "signed_out" };
  }

  const refusal = (mark, detail, count) => Object.assign({}, mark, { at: now(), detail: detail || "", count: count || 1 });
  function heardOf(owner, date, record) {
    const said = record.vendor_mark || {}, theirs = record.customer_mark;
    return {
      key: [owner, date, record.order_id].join("|"), owner: owner, date: date, order_id: record.order_id, at: record.updated_at, status: said.status || "",
      quantity: said.quantity || "", theirs: record.disputed && theirs ? { status: theirs.status, quantity: theirs.quantity } : null,
    };
  }
  /* What became of each mark is written in the transaction that takes the marks away: closing the browser loses neither. */
  async function settle(batch, owner, state, answer) {
    const refused = [], heard = [], rest = new Map();
    if (state === "refused") for (const mark of batch.marks.concat(batch.rest || [])) refused.push(refusal(mark, answer.detail || answer.title));
    else (answer.results || []).forEach((result, place) => {
      if (result.record) heard.push(heardOf(owner, batch.date, result.record));
      else if (place < batch.marks.length) refused.push(refusal(batch.marks[place], result.error.detail));
      else rest.set(result.error.detail, (rest.get(result.error.detail) || 0) + 1);
    });
    for (const [detail, count] of rest) refused.push(Object.assign(refusal(batch.rest, detail, count), { key: batch.rest.key + detail }));
    await run(["marks", "refusals", "heard"], "readwrite", (marks, refusals, said) => {
      for (const mark of batch.all) marks.delete(mark.key);
      for (const one of refused) refusals.put(one);
      for (const one of heard) said.put(one);
    });
    return { refused: refused.length, heard: heard.length };
  }

  /* `token(fresh)`: a CSRF token, null when nobody is signed in. Answers {sent, refused, left, signedOut}. */
  async function flushMarks(token, owner) {
    const report = { sent: 0, refused: 0, left: 0, signedOut: false };
    for (const batch of batches(await mine("marks", owner))) {
      /* From here on the server may have them: what is taken back now is taken back by another mark. */
      await run("marks", "readwrite", (s) => { for (const mark of batch.all) { const request = s.get(mark.key); request.onsuccess = () => { if (request.result) s.put(Object.assign(request.result, { tried: true })); }; } });
      const found = await send(batch, token).catch(() => ({ state: "left" }));
      report.signedOut = found.state === "signed_out";
      if (found.state === "left" || report.signedOut) break;
      const done = await settle(batch, owner, found.state, found.answer);
      report.sent += done.heard;
      report.refused += done.refused;
    }
    report.left = (await mine("marks", owner)).length;
    return report;
  }
  /* Takes back a mark that surely never left the phone. */
  async function takeBack(key) {
    let gone = false;
    await run("marks", "readwrite", (s) => { const request = s.get(key); request.onsuccess = () => { if (request.result && !request.result.tried) { gone = true; s.delete(key); } }; });
    return gone;
  }

  /* ---- an answer given on a notification; the token in it is the permission, so no cookie goes with it ---- */
  function sendAnswer(answer) {
    return fetch("/v1/changes/" + encodeURIComponent(answer.change_id) + "/answer", {
      method: "POST", credentials: "omit", headers: { "Content-Type": "application/json", "Accept": "application/json" },
      body: JSON.stringify({ answer: answer.answer, token: answer.token }),
    });
  }
  /* Kept until it was taken or can never be: a token ends with its device, its sign-in and its change. */
  async function flushAnswers() {
    let left = 0;
    for (const answer of await all("answers")) {
      const status = await sendAnswer(answer).then((response) => response.status, () => 0);
      if (status >= 200 && status < 500 && ![408, 425, 429].includes(status)) await remove("answers", [answer.key]); else left += 1;
    }
    return left;
  }

  root.Store = { put, all, get, remove, newKey, clock, learn, learnTime, ms, now, dayIn, who, mine, belongs, hasRounds, forgetPages, wipe, whoami, flushMarks, takeBack, sendAnswer, flushAnswers };
})(self);
