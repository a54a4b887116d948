/* Small helps on top of pages that work without them. No inline handlers: everything hangs on data-… attributes.
   data-round (the round's form), data-signout, data-share, data-copy, data-print, data-reload, data-opens="dialog id", data-closes. */
(function () {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from) => (from || document).querySelector(selector);
  const $$ = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const words = JSON.parse(($("#texts") || { textContent: "{}" }).textContent);
  const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
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
  window.App = { say, toast, token, owner };

  /* htmx only where a page uses it */
  if ($("[hx-get],[hx-post],[hx-put],[hx-delete],[hx-boost]")) {
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
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(root.dataset.sw, { updateViaCache: "none" }).catch(() => {});
    Store.put("words", { key: "words", value: words, lang: root.lang }).catch(() => {});
  }

  /* ---- the round: a tap is kept on the phone first, then sent; online or not, the way is the same ---- */
  const net = $("#net");
  let waiting = 0;

  async function showWaiting() {
    const marks = await Store.all("marks").catch(() => []);
    waiting = marks.filter((m) => !m.owner || m.owner === owner).length;
    const parts = [];
    if (!navigator.onLine && owner) parts.push(say("no_signal"));
    if (waiting) parts.push(waiting === 1 ? say("waiting_1") : say("waiting_n", { n: waiting }));
    net.textContent = parts.join(" ");
    net.hidden = !parts.length;
    for (const row of $$(".stop[data-w]")) row.removeAttribute("data-w");
    const round = $("form[data-round]");
    if (round) for (const mark of marks) {
      const row = mark.date === round.dataset.date && $("#s" + mark.order_id, round);
      if (row) { paint(row, mark.status, mark.quantity); row.dataset.w = ""; }
    }
  }

  function paint(row, status, quantity, disputed) {
    const usual = row.dataset.usual || (row.dataset.usual = row.dataset.q);
    const other = status === "delivered" && quantity && Number(quantity) !== Number(usual);
    row.dataset.s = other ? "other" : status;
    row.dataset.q = quantity || usual;
    const figure = $(".stop-q", row);
    $("span", figure).textContent = number(other ? quantity : usual);
    const struck = $("s", figure);
    if (struck && !other) struck.remove();
    if (!struck && other) {
      const before = document.createElement("s");
      before.textContent = number(usual);
      figure.prepend(before, " ");
    }
    for (const button of $$("button.m", row)) {
      button.setAttribute("aria-pressed", String(button.value.endsWith(":" + status)));
    }
    if (disputed !== undefined) row.toggleAttribute("data-bad", Boolean(disputed));
    count(row.closest("form"));
  }

  const number = (value) => new Intl.NumberFormat(root.lang, { maximumFractionDigits: 3 }).format(Number(value));

  function count(form) {
    const rows = $$(".stop", form);
    const here = rows.filter((row) => ["delivered", "other", "skipped"].includes(row.dataset.s)).length;
    if (form.dataset.before === undefined) return;
    const done = Number(form.dataset.before) + here;
    $("[data-count]", form).textContent = say("of", { n: number(done), m: number(form.dataset.total) });
    $("progress", form).value = done;
  }

  async function keep(form, row, status, quantity) {
    const order = Number(row.id.slice(1));
    const before = { status: row.dataset.s === "other" ? "delivered" : row.dataset.s, quantity: row.dataset.q };
    const usual = row.dataset.usual || row.dataset.q;
    const mark = { key: Store.newKey(), owner: owner, date: form.dataset.date, order_id: order, status: status, at: Store.now() };
    if (quantity && Number(quantity) !== Number(usual)) mark.quantity = quantity;
    else if (status === "delivered" && Number(before.quantity) !== Number(usual)) mark.quantity = String(Number(usual));
    try { await Store.put("marks", mark); } catch (error) { return false; }
    paint(row, status, mark.quantity);
    $(".stop-err", row).hidden = true;
    row.dataset.w = "";
    await showWaiting();
    const name = $(".stop-what b", row).textContent;
    toast(name + ": " + (status === "skipped" ? say("skipped") : say("delivered")), say("undo"), () => undo(form, row, mark, before));
    flush();
    return true;
  }

  async function undo(form, row, mark, before) {
    if (await Store.get("marks", mark.key)) {
      await Store.remove("marks", [mark.key]);
      paint(row, before.status, before.quantity);
      await showWaiting();
      toast(say("undone"));
    } else if (["delivered", "skipped"].includes(before.status)) {
      await keep(form, row, before.status, before.quantity);
    } else if (form.dataset.undo) {
      const body = new URLSearchParams({ csrf_token: token(), date: mark.date, order_id: mark.order_id });
      const response = await fetch(form.dataset.undo, { method: "POST", body: body }).catch(() => null);
      if (response && response.ok) { paint(row, "", before.quantity); toast(say("undone")); } else { toast(say("no_signal_page")); }
    } else {
      location.assign($("[data-other]", row).href);
    }
  }

  let flushing = null;
  function flush() {
    const work = async () => {
      const report = await Store.flushMarks(async () => token(), owner);
      tell(report);
      if (report.left) registerSync("marks");
    };
    const locked = () => (navigator.locks ? navigator.locks.request("vendorapp-flush", work) : work());
    flushing = (flushing || Promise.resolve()).then(locked).catch(() => {}).then(showWaiting);
    return flushing;
  }

  async function registerSync(tag) {
    const ready = navigator.serviceWorker && (await navigator.serviceWorker.ready.catch(() => null));
    if (ready && ready.sync) await ready.sync.register(tag).catch(() => {});
  }

  function tell(report) {
    const round = $("form[data-round]");
    for (const result of report.results.concat(report.refused)) {
      const row = round && result.date === round.dataset.date && $("#s" + result.order_id, round);
      const bad = result.error || (result.detail !== undefined ? result : null);
      if (bad) {
        const text = say("refused") + (bad.detail ? ": " + bad.detail : "");
        if (!row) { toast(text); continue; }
        paint(row, "", null);
        $(".stop-err", row).textContent = text;
        $(".stop-err", row).hidden = false;
      } else if (row && result.record) {
        const given = result.record.vendor_mark || result.record;
        paint(row, given.status, given.quantity, result.record.disputed);
      }
    }
  }

  function startRound(form) {
    const marked = $$(".stop", form).filter((row) => ["delivered", "other", "skipped"].includes(row.dataset.s)).length;
    form.dataset.before = Math.max(0, Number(form.dataset.done) - marked);
    for (const row of $$(".stop", form)) row.dataset.usual = row.dataset.usual || row.dataset.q;
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (!button || button.name !== "mark") return;
      if (button.value === "rest") {
        if (navigator.onLine && !waiting) return;
        event.preventDefault();
        await Store.put("marks", { key: Store.newKey(), owner: owner, date: form.dataset.date, rest: true, at: Store.now() });
        await flush();
        if (waiting) toast(say("rest_kept")); else location.reload();
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const row = button.closest(".stop");
      if (!(await keep(form, row, button.value.split(":")[1], null))) HTMLFormElement.prototype.submit.call(withMark(form, button));
    });
    const sheet = $("#other-sheet");
    const input = $("#other-qty");
    let current = null;
    if (!sheet || !sheet.showModal) return;
    form.addEventListener("click", (event) => {
      const link = event.target.closest("[data-other]");
      if (!link) return;
      event.preventDefault();
      current = link.closest(".stop");
      $("[data-other-who]").textContent = $(".stop-what b", current).textContent;
      $("[data-other-unit]").textContent = current.dataset.u ? "(" + current.dataset.u + ")" : "";
      input.value = String(Number(current.dataset.q));
      sheet.showModal();
      input.select();
    });
    for (const button of $$("[data-step]", sheet)) {
      button.addEventListener("click", () => { input.value = String(Math.max(0, Number(input.value.replace(",", ".") || 0) + Number(button.dataset.step))); });
    }
    sheet.addEventListener("close", () => {
      const value = input.value.trim().replace(",", ".");
      if (sheet.returnValue !== "save" || !current || !/^\d{1,7}(\.\d{1,3})?$/.test(value)) return;
      if (Number(value) === 0) keep(form, current, "skipped", null); else keep(form, current, "delivered", value);
    });
  }

  /* where the phone keeps nothing (private windows), the button's own form goes as it would without JavaScript */
  function withMark(form, button) {
    const hidden = document.createElement("input");
    hidden.type = "hidden"; hidden.name = "mark"; hidden.value = button.value;
    form.append(hidden);
    return form;
  }

  for (const form of $$("form[data-round]")) startRound(form);
  showWaiting();
  if (owner) {
    const again = () => { if (navigator.onLine) { flush(); Store.flushAnswers().catch(() => {}); } else { showWaiting(); } };
    window.addEventListener("online", again);
    window.addEventListener("offline", showWaiting);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") again(); });
    if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", (event) => { if (event.data && event.data.type === "flushed") { tell(event.data.report); showWaiting(); } });
    again();
  }

  /* ---- sign out: this phone is told nothing more and keeps nothing ---- */
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-signout]") || form.dataset.ready) return;
    event.preventDefault();
    if (waiting) { await flush(); if (waiting && !window.confirm(say("leave_waiting"))) return; }
    const limit = new Promise((resolve) => setTimeout(resolve, 3000));
    await Promise.race([limit, Promise.resolve(window.Push ? window.Push.off() : null).catch(() => {})]);
    await Promise.race([limit, Store.wipe().catch(() => {})]);
    if (navigator.clearAppBadge) navigator.clearAppBadge().catch(() => {});
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
  const wrong = $("[aria-invalid=true]");
  if (wrong) wrong.focus();
  const badge = $(".bar .badge [aria-hidden]");
  if (owner && navigator.setAppBadge) { if (badge) navigator.setAppBadge(parseInt(badge.textContent, 10)).catch(() => {}); else navigator.clearAppBadge().catch(() => {}); }
})();
