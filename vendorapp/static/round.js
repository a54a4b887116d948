/* The round (records/today.html): a tap is kept on the phone first, then sent; online or not, the way is the same.
   What a stop shows is worked out anew each time: as the page came, then what the server said since, then what waits here. */
(function () {
  "use strict";
  const root = document.documentElement;
  const page = document.getElementById("round");
  if (!page) return;
  const { say, many, number, locale, toast, owner } = App;
  const $ = (selector, from) => (from || document).querySelector(selector);
  const $$ = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const { date, zone, made } = page.dataset;
  const kept = root.dataset.kept || "";
  const form = $("form[data-round]");
  const rows = form ? $$(".stop", form).filter((row) => $(".marks", row)) : [];
  const DONE = ["delivered", "skipped"];

  /* ---- which day this is: a page stays open over night, or was kept since yesterday ---- */
  const dayText = (day, options) => new Intl.DateTimeFormat(locale, Object.assign({ timeZone: "UTC" }, options)).format(Date.parse(day + "T12:00:00Z"));
  const today = () => Store.dayIn(zone, kept ? Math.max(Store.ms(), Date.parse(made)) : Store.ms());
  function madeAt(now) {
    const options = Store.dayIn(zone, Date.parse(made)) === now ? {} : { day: "numeric", month: "long" };
    return new Intl.DateTimeFormat(locale, Object.assign({ timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, options)).format(Date.parse(made));
  }
  /* Nothing asks for the day before the server's time is known: a phone whose clock is ahead would load the page over and over. */
  const begun = (async () => {
    await Store.clock();
    if (!kept) Store.learn(Date.parse(made));
  })();
  /* True when the page gives way to the new day's. A day that was over when the page was made says so itself. */
  function turn() {
    const now = today();
    if (date < page.dataset.today) return false;
    if (kept) label(now);
    if (now <= page.dataset.today) return false;
    if (!kept && navigator.onLine) { location.replace("/today"); return true; }
    label(now);
    if (date !== now) Store.hasRounds(now).then((there) => { if (there) location.replace("/today"); }).catch(() => {});
    return false;
  }
  function label(now) {
    const heading = $(".page-head h1"), line = $("[data-kept-line]"), lead = $(".page-head .lead");
    const words = { time: madeAt(now), day: dayText(date, { dateStyle: "full" }) };
    heading.textContent = date === now ? say("today") : date > now ? say("tomorrow") : words.day;
    line.textContent = say(date < now ? "kept_past" : date > page.dataset.today && date === now ? "kept_plan" : "kept", words);
    line.hidden = false;
    lead.hidden = date < now;  // the heading is the date now
    if (date <= now) {
      for (const part of $$("[data-plan-only]")) part.hidden = true;
      for (const part of $$("[data-armed]")) part.hidden = false;
    }
  }

  /* ---- a stop's state and its looks ---- */
  const same = (a, b) => Number(a) === Number(b);
  for (const row of rows) {
    const usual = row.dataset.usual || row.dataset.q;
    row.base = { status: row.dataset.s === "other" ? "delivered" : row.dataset.s, quantity: row.dataset.q, bad: "bad" in row.dataset, theirs: null, waits: false, refused: "" };
    row.usual = usual;
    row.now = row.base;
  }
  const nameOf = (row) => $(".stop-what b", row).textContent;
  const theyText = (row, theirs) => say("says_" + theirs.status, { name: nameOf(row), quantity: number(theirs.quantity) });

  function paint(row, state) {
    if (JSON.stringify(state) === JSON.stringify(row.now)) return;
    row.now = state;
    const other = state.status === "delivered" && !same(state.quantity, row.usual);
    row.dataset.s = other ? "other" : state.status;
    row.dataset.q = state.quantity;
    const figure = $(".stop-q", row);
    $("span", figure).textContent = number(other ? state.quantity : row.usual);
    const struck = $("s", figure);
    if (struck && !other) struck.remove();
    if (!struck && other) {
      const before = document.createElement("s");
      before.textContent = number(row.usual);
      figure.prepend(before, " ");
    }
    for (const button of $$("button.m", row)) button.setAttribute("aria-pressed", String(button.value.endsWith(":" + state.status)));
    row.toggleAttribute("data-bad", state.bad);
    row.toggleAttribute("data-w", state.waits);
    const chip = $("[data-bad-chip]", row);
    if (chip) chip.hidden = !state.bad;
    const line = $(".stop-err", row);
    line.textContent = state.refused ? say("refused", { why: state.refused }) : state.theirs ? theyText(row, state.theirs) : "";
    line.hidden = !line.textContent;
  }
  const said = (state, mark, row) => Object.assign({}, state, { status: mark.status, quantity: mark.status === "delivered" && Number(mark.quantity) ? mark.quantity : row.usual });

  let marks = [], refusals = [], heard = [];
  function repaint() {
    const here = (list) => new Map(list.filter((one) => one.date === date && !one.rest).map((one) => [one.order_id, one]));
    const [since, waits, not] = [here(heard.filter((one) => Date.parse(one.at) >= Date.parse(made))), here(marks), here(refusals)];
    const rest = marks.some((mark) => mark.rest && mark.date === date);
    for (const row of rows) {
      const order = Number(row.id.slice(1));
      let state = row.base;
      const news = since.get(order), mark = waits.get(order);
      if (news) state = Object.assign(said(state, news, row), { bad: Boolean(news.theirs), theirs: news.theirs });
      if (mark) state = Object.assign(said(state, mark, row), { waits: true, bad: false, theirs: null });
      else if (not.has(order)) state = Object.assign({}, state, { refused: not.get(order).detail || say("no_reason") });
      if (!mark && rest && !DONE.includes(state.status)) state = Object.assign(said(state, { status: "delivered" }, row), { waits: true });
      paint(row, state);
    }
    if (form) count(rest);
    list();
  }
  const marked = rows.filter((row) => DONE.includes(row.base.status)).length;
  function count(rest) {
    const total = Number(form.dataset.total);
    const elsewhere = heard.filter((one) => one.date === date && Date.parse(one.at) >= Date.parse(made) && DONE.includes(one.status) && !document.getElementById("s" + one.order_id));
    const before = Math.max(0, Number(form.dataset.done) - marked);
    const done = rest ? total : Math.min(total, before + elsewhere.length + rows.filter((row) => DONE.includes(row.now.status)).length);
    $("[data-count]", form).textContent = say("of", { n: number(done), m: number(total) });
    $("progress", form).value = done;
    const button = $(".rest", form);
    if (button) button.hidden = done >= total || date > today();
  }

  /* ---- what was not taken, of any day, until it is put away ---- */
  let listed = "";
  function list() {
    const box = $("[data-not-taken]"), items = $("ul", box), keys = refusals.map((one) => one.key).join();
    box.hidden = !refusals.length;
    if (keys === listed) return;
    listed = keys;
    items.replaceChildren(...refusals.map((one) => {
      const item = $("template", box).content.firstElementChild.cloneNode(true);
      const what = one.rest ? many("rest_of", one.count) : one.status === "skipped" ? say("skipped") : one.quantity ? say("delivered_n", { quantity: number(one.quantity), unit: one.unit || "" }) : say("delivered");
      const link = $("a", item);
      link.textContent = one.rest ? say("the_rest") : say("stop_name", { name: one.name, item: one.item });
      link.href = one.rest ? "/today?date=" + one.date : page.dataset.dayUrl.replace("/0/", "/" + one.order_id + "/") + "?date=" + one.date;
      $("[data-what]", item).textContent = say("day_what", { day: dayText(one.date, { dateStyle: "full" }), what: what.trim() });
      $("[data-why]", item).textContent = one.detail || say("no_reason");
      const button = $("button", item);
      button.setAttribute("aria-label", say("put_away", { name: link.textContent }));
      button.addEventListener("click", async () => { await Store.remove("refusals", [one.key]); await App.look(); box.focus(); });
      return item;
    }));
  }

  /* ---- taps ---- */
  async function keep(row, status, quantity) {
    await begun;
    if (turn()) return true;
    const before = row.now;
    const mark = { key: Store.newKey(), owner: owner, date: date, order_id: Number(row.id.slice(1)), status: status, at: Store.now(), name: nameOf(row), item: row.dataset.item, unit: row.dataset.u };
    /* As agreed, unless another quantity was given, is to be taken back, or the page is an old one: then what it shows is what counts. */
    const given = quantity || row.usual;
    if (status === "delivered" && (kept || !same(given, row.usual) || !same(before.quantity, row.usual))) mark.quantity = String(Number(given));
    try { await Store.put("marks", mark); } catch (error) { return false; }
    await Store.remove("refusals", refusals.filter((one) => one.order_id === mark.order_id && one.date === date).map((one) => one.key));
    await App.look();
    toast(say("marked", { name: mark.name, what: say(status) }), say("undo"), () => undo(row, mark, before));
    App.flush();
    persist();
    return true;
  }
  async function undo(row, mark, before) {
    if (await Store.takeBack(mark.key)) {
      await App.look();
      toast(say("undone"));
    } else if (DONE.includes(before.status)) await keep(row, before.status, before.quantity);
    else if (navigator.onLine) location.assign($("[data-other]", row).href);
    else toast(say("undo_late"));
  }
  async function keepRest() {
    await begun;
    if (turn()) return true;
    const mark = { key: Store.newKey(), owner: owner, date: date, rest: true, at: Store.now() };
    try { await Store.put("marks", mark); } catch (error) { return false; }
    await App.look();
    const report = await App.flush();
    if (await Store.get("marks", mark.key)) {
      toast(say("rest_kept"), say("undo"), async () => {
        const gone = await Store.takeBack(mark.key);
        await App.look();
        toast(say(gone ? "undone" : "undo_late"));
      });
    } else if (report && report.sent) toast(say("rest_done"));
    persist();
    return true;
  }
  /* From the first mark on the browser is asked to keep this storage when space gets short. */
  async function persist() {
    if (navigator.storage && navigator.storage.persist && !(await navigator.storage.persisted())) await navigator.storage.persist();
  }
  /* Where the phone keeps nothing (private windows), the button's own form goes as it would without JavaScript. */
  function submitPlain(button) {
    const hidden = document.createElement("input");
    hidden.type = "hidden"; hidden.name = "mark"; hidden.value = button.value;
    form.append(hidden);
    HTMLFormElement.prototype.submit.call(form);
  }
  if (form) form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || button.name !== "mark") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const row = button.closest(".stop");
    const done = row ? await keep(row, button.value.split(":")[1], null) : await keepRest();
    if (!done) { if (navigator.onLine) submitPlain(button); else toast(say("no_signal_page")); }
  });

  /* ---- the sheet for another quantity ---- */
  const sheet = $("#other-sheet");
  const input = $("#other-qty");
  const typed = () => input.value.trim().replace(",", ".");
  let current = null;
  if (form && sheet && sheet.showModal) {
    form.addEventListener("click", (event) => {
      const link = event.target.closest("[data-other]");
      if (!link) return;
      event.preventDefault();
      current = link.closest(".stop");
      $("[data-other-who]").textContent = nameOf(current);
      $("[data-other-unit]").textContent = current.dataset.u ? "(" + current.dataset.u + ")" : "";
      input.value = String(Number(current.now.quantity));
      sheet.returnValue = "";
      sheet.showModal();
      input.select();
    });
    for (const button of $$("[data-step]", sheet)) {
      button.addEventListener("click", () => { input.value = String(Math.max(0, Number(typed() || 0) + Number(button.dataset.step))); });
    }
    sheet.addEventListener("close", async () => {
      if (sheet.returnValue !== "save" || !current || !/^\d{1,7}(\.\d{1,3})?$/.test(typed())) return;
      const nothing = Number(typed()) === 0;
      if (!(await keep(current, nothing ? "skipped" : "delivered", nothing ? null : typed()))) location.assign($("[data-other]", current).href);
    });
  }

  /* ---- beginning ---- */
  document.addEventListener("looked", async (event) => {
    ({ marks, refusals } = event.detail);
    heard = await Store.mine("heard", owner).catch(() => []);
    repaint();
  });
  (async () => {
    await begun;
    turn();
    root.dataset.settled = "";
    await App.look();
    if (location.hash === "#not-taken" && refusals.length) $("[data-not-taken]").focus();
  })();
  const later = async () => {
    await begun;
    if (document.visibilityState === "visible") turn();
  };
  document.addEventListener("visibilitychange", later);
  window.addEventListener("pageshow", later);
  setInterval(later, 60000);
})();
