/* Small helps on top of pages that work without them. No inline handlers: everything hangs on data-… attributes.
   data-signout, data-share, data-copy, data-print, data-reload, data-opens="dialog id", data-closes. */
(function () {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from) => (from || document).querySelector(selector);
  const $$ = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const words = Object.assign({}, ...$$("#texts,#round-texts").map((script) => JSON.parse(script.textContent)));
  const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const many = (key, n) => (n === 1 ? say(key + "_1") : say(key + "_n", { n: number(n) }));
  /* As the server writes them: English days and numbers are India's. */
  const locale = root.lang === "en" ? "en-IN" : root.lang;
  const number = (value) => new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(Number(value));
  const token = () => ($("meta[name=csrf-token]") || {}).content || "";
  const owner = ($("meta[name=caller]") || {}).content || "";

  function toast(text, action, then) {
    const box = document.createElement("div");
    box.className = "toast";
    const line = document.createElement("span");
    line.textContent = text;
    box.append(line);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action;
      button.addEventListener("click", () => { box.remove(); then(); });
      box.append(button);
    }
    const place = $("#toasts");
    place.replaceChildren(box);
    setTimeout(() => box.remove(), action ? 8000 : 5000);
  }
  /* htmx only where a page uses it */
  if ($("[data-hx-get],[data-hx-post],[data-hx-put],[data-hx-delete],[data-hx-boost]")) {
    const load = () => {
      const script = document.createElement("script");
      script.src = root.dataset.htmx;
      document.head.append(script);
    };
    /* htmx starts by itself only before DOMContentLoaded or after load, not between the two */
    if (document.readyState === "complete") load(); else window.addEventListener("load", load);
    document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });
  }

  /* service worker, and the words it needs in this person's language */
  const worker = navigator.serviceWorker;
  if (worker) {
    worker.register(root.dataset.sw, { updateViaCache: "none" }).catch(() => {});
    Store.put("words", { key: "words", value: words, lang: root.lang }).catch(() => {});
  }

  /* ---- what waits on this phone, said on every page; the rounds repaint themselves from the same (round.js) ---- */
  const net = $("#net");
  let waiting = 0, signedOut = false;

  async function look() {
    const [marks, refusals] = await Promise.all(["marks", "refusals"].map((name) => Store.mine(name, owner).catch(() => [])));
    waiting = marks.length;
    const line = (text, href) => {
      const part = document.createElement(href ? "a" : "span");
      part.textContent = text;
      if (href) part.href = href;
      return part;
    };
    const parts = [];
    if (!navigator.onLine && owner) parts.push(line(say(waiting ? "no_signal_short" : "no_signal")));
    if (waiting) parts.push(line(many("waiting", waiting)));
    if (waiting && signedOut) parts.push(line(say("sign_in_to_send"), "/sign-in?next=/today"));
    if (refusals.length) parts.push(line(many("not_taken", refusals.length), "/today#not-taken"));
    if (parts.map((part) => part.textContent).join() !== Array.from(net.children, (part) => part.textContent).join()) {
      net.replaceChildren(...parts.flatMap((part) => [part, " "]));
    }
    net.hidden = !parts.length;
    document.dispatchEvent(new CustomEvent("looked", { detail: { marks: marks, refusals: refusals } }));
  }

  /* Sends what waits; the page and the worker never at once. A page kept for long has an old token: then a fresh one is asked for. */
  let flushing = Promise.resolve(), again = null;
  function flush() {
    const fresh = async () => {
      const me = await Store.whoami();
      return me && me.owner === owner ? me.token : null;
    };
    const work = async () => {
      if (!navigator.onLine) return null;
      const report = await Store.flushMarks((old) => (old ? fresh() : token()), owner);
      signedOut = report.signedOut;
      if (report.left && !signedOut) {
        registerSync("marks");
        clearTimeout(again);
        again = setTimeout(flush, 30000);
      }
      return report;
    };
    const locked = () => (navigator.locks ? navigator.locks.request("vendorapp-flush", work) : work());
    const now = flushing.then(locked).catch(() => null);
    flushing = now.then(look);
    return flushing.then(() => now);
  }

  async function registerSync(tag) {
    const ready = worker && (await worker.ready.catch(() => null));
    if (ready && ready.sync) await ready.sync.register(tag).catch(() => {});
  }

  /* Whoever signs in on a phone finds nothing of the person before; answers of theirs go out before the phone is told of others. */
  const settled = owner ? Store.belongs(owner).then(() => (navigator.onLine ? Store.flushAnswers() : 0)).catch(() => {}) : Promise.resolve();
  window.App = { say, many, number, locale, toast, token, owner, look, flush, registerSync, settled, waits: () => waiting };

  if (owner) {
    const now = () => (navigator.onLine ? flush() : look());
    window.addEventListener("online", () => { now(); Store.flushAnswers().catch(() => {}); });
    window.addEventListener("offline", now);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") now(); });
    if (worker) worker.addEventListener("message", (event) => {
      if (!event.data || event.data.type !== "flushed") return;
      signedOut = event.data.report.signedOut;
      look();
    });
    settled.then(now).then(async () => { if (worker) ((await worker.ready).active || { postMessage() {} }).postMessage({ type: "opened" }); }).catch(() => {});
  } else {
    signedOut = navigator.onLine && !$("[data-offline]");
    look();
    const link = $("[data-kept-round]");
    if (link) Store.hasRounds().then((there) => { link.hidden = !there; }).catch(() => {});
  }

  /* ---- sign out: first what waits is sent, then the server ends the sign-in, then this phone keeps nothing ---- */
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-signout]") || form.dataset.ready) return;
    event.preventDefault();
    if (!navigator.onLine) { toast(say("no_signal_page")); return; }
    if (waiting) { await flush(); if (waiting && !window.confirm(say("leave_waiting"))) return; }
    const limit = () => new Promise((resolve) => setTimeout(resolve, 3000));
    await Promise.race([limit(), Store.flushAnswers().catch(() => {})]);
    const left = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    if (!left) { toast(say("no_signal_page")); return; }
    await Promise.race([limit(), Promise.resolve(window.Push && window.Push.leave()).catch(() => {})]);
    await Promise.race([limit(), Store.wipe(owner).catch(() => {})]);
    if (left.type === "opaqueredirect") { location.assign("/sign-in"); return; }
    form.dataset.ready = "1";
    form.submit();
  });

  /* ---- a form goes once; without signal it says so and keeps what was typed ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (!navigator.onLine) { event.preventDefault(); toast(say("no_signal_page")); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 8000);
  });
  function release(form) {
    delete form.dataset.sent;
    for (const button of $$("[aria-busy]", form)) button.removeAttribute("aria-busy");
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted) for (const form of $$("form")) release(form); });

  /* ---- little things ---- */
  for (const button of $$("[data-share]")) if (navigator.share) button.hidden = false;
  for (const button of $$("[data-copy]")) if (navigator.clipboard) button.hidden = false;
  for (const button of $$("[data-print]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const on = (name) => event.target.closest("[" + name + "]");
    let hit;
    if ((hit = on("data-share"))) navigator.share({ text: hit.dataset.shareText, url: hit.dataset.shareUrl }).catch(() => {});
    else if ((hit = on("data-copy"))) navigator.clipboard.writeText($("#" + hit.dataset.copy).value).then(() => toast(say("copied"))).catch(() => {});
    else if (on("data-print")) window.print();
    else if (on("data-reload")) { event.preventDefault(); location.reload(); }
    else if ((hit = on("data-opens"))) { const box = $("#" + hit.dataset.opens); if (box && box.showModal) { event.preventDefault(); box.showModal(); } }
    else if ((hit = on("data-closes"))) hit.closest("dialog").close();
  });
  /* the way back leads to the same search and the same filters */
  const back = $("a.back"), from = document.referrer && new URL(document.referrer);
  if (back && from && from.origin === location.origin && from.pathname === back.pathname && !back.search) back.search = from.search;
  const wrong = $("[aria-invalid=true],.field-radio.has-error input");
  if (wrong) wrong.focus();
  const badge = $(".bar .badge [aria-hidden]");
  if (owner && navigator.setAppBadge) { if (badge) navigator.setAppBadge(parseInt(badge.textContent, 10)).catch(() => {}); else navigator.clearAppBadge().catch(() => {}); }
})();
