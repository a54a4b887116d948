/* What the phone keeps until the server has it: marks of a round, answers given on a notification, and a few words.
   Used by the page (app.js, push.js) and by the service worker (sw.js), so it never touches the document. */
(function (root) {
  "use strict";

  let opening = null;
  function open() {
    opening = opening || new Promise(function (resolve, reject) {
      const request = root.indexedDB.open("vendorapp", 1);
      request.onupgradeneeded = function () {
        for (const name of ["marks", "answers", "words"]) request.result.createObjectStore(name, { keyPath: "key" });
      };
      request.onsuccess = function () {
        request.result.onversionchange = function () { request.result.close(); opening = null; };
        request.result.onclose = function () { opening = null; };
        resolve(request.result);
      };
      request.onerror = function () { opening = null; reject(request.error); };
    });
    return opening;
  }

  async function run(store, mode, work) {
    const db = await open();
    return new Promise(function (resolve, reject) {
      const tx = db.transaction(store, mode);
      const request = work(tx.objectStore(store));
      tx.oncomplete = function () { resolve(request && request.result); };
      tx.onerror = tx.onabort = function () { reject(tx.error); };
    });
  }

  const put = (store, value) => run(store, "readwrite", (s) => s.put(value));
  const all = (store) => run(store, "readonly", (s) => s.getAll());
  const get = (store, key) => run(store, "readonly", (s) => s.get(key));
  const remove = (store, keys) => run(store, "readwrite", (s) => { for (const key of keys) s.delete(key); });

  /* A new key, also where crypto.randomUUID is missing (plain http in a local network). */
  function newKey() {
    if (root.crypto && root.crypto.randomUUID) return root.crypto.randomUUID();
    return Array.from(root.crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  /* The phone's clock may be wrong; marks are ordered by the server's. Set from the Date header of each answer. */
  let skew = 0;
  function learnTime(response) {
    const server = Date.parse(response.headers.get("Date") || "");
    if (server && Math.abs(server - Date.now() - skew) > 5000) skew = server - Date.now();
  }
  const now = () => new Date(Date.now() + skew).toISOString();

  const DROP = new Set([409, 422]);

  /* One call per date, oldest first; of two marks for one order the later one counts.
     Removed only when the server took or refused them for good (2xx, 409, 422). Returns {sent, results, refused, left}. */
  async function flushMarks(token, owner) {
    const report = { sent: 0, results: [], refused: [], left: 0 };
    const mine = (await all("marks")).filter((m) => !owner || !m.owner || m.owner === owner).sort((a, b) => (a.at < b.at ? -1 : 1));
    const dates = new Map();
    for (const mark of mine) {
      if (!dates.has(mark.date)) dates.set(mark.date, []);
      dates.get(mark.date).push(mark);
    }
    for (const [date, marks] of dates) {
      const last = new Map(marks.map((m) => [m.rest ? "rest" : m.order_id, m]));
      const body = { date: date, marks: [] };
      for (const mark of last.values()) {
        if (mark.rest) { body.rest = "delivered"; continue; }
        const line = { order_id: mark.order_id, status: mark.status, at: mark.at };
        if (mark.quantity) line.quantity = mark.quantity;
        body.marks.push(line);
      }
      const keys = marks.map((m) => m.key);
      const headers = { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": await token() };
      if (keys.length === 1) headers["Idempotency-Key"] = keys[0];
      let response;
      try {
        response = await fetch("/v1/attendance", { method: "POST", credentials: "same-origin", headers: headers, body: JSON.stringify(body) });
      } catch (error) {
        report.left += keys.length;
        continue;
      }
      learnTime(response);
      const answer = await response.json().catch(() => ({}));
      if (response.ok || (DROP.has(response.status) && answer.code !== "idempotency_key_in_use")) {
        await remove("marks", keys);
        if (response.ok) {
          report.sent += keys.length;
          for (const result of answer.results || []) report.results.push(Object.assign({ date: date }, result));
        } else {
          for (const mark of marks) report.refused.push({ date: date, order_id: mark.order_id, detail: answer.detail || answer.title || "" });
        }
      } else {
        report.left += keys.length;
      }
    }
    return report;
  }

  /* An answer given on a notification; the token in it is the permission, so no cookie goes with it. */
  function sendAnswer(answer) {
    return fetch("/v1/changes/" + encodeURIComponent(answer.change_id) + "/answer", {
      method: "POST", credentials: "omit", headers: { "Content-Type": "application/json", "Accept": "application/json" },
      body: JSON.stringify({ answer: answer.answer, token: answer.token }),
    });
  }

  async function flushAnswers() {
    let left = 0;
    for (const answer of await all("answers")) {
      try {
        const response = await sendAnswer(answer);
        if (response.ok || [404, 409, 422].includes(response.status)) await remove("answers", [answer.key]);
        else left += 1;
      } catch (error) { left += 1; }
    }
    return left;
  }

  /* Nothing of one person stays for the next one on the same phone. Answers stay: their token is their own permission. */
  async function wipe() {
    const names = await root.caches.keys().catch(() => []);
    await Promise.all(names.filter((n) => n.startsWith("pages-")).map((n) => root.caches.delete(n)));
    await run("marks", "readwrite", (s) => s.clear()).catch(() => {});
  }

  root.Store = { put, all, get, remove, newKey, now, learnTime, flushMarks, sendAnswer, flushAnswers, wipe };
})(self);
