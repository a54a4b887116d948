/* "Tell me on this phone". The browser asks only inside the click; the card shows the one part that fits this browser. */
(function () {
  "use strict";
  const LATER = "push-later";
  const TOLD = "push-told";
  const REST_MS = 14 * 24 * 3600 * 1000;
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const ios = /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const installed = window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const card = document.querySelector("[data-push]");
  const always = Boolean(card && card.dataset.push === "always");
  const signIn = (document.querySelector("meta[name=caller]") || { dataset: {} }).dataset.signIn || "";

  /* A private window keeps nothing: then it rests, or is asked, until the page closes. */
  function kept(name) {
    try { return localStorage.getItem(name); } catch (error) { return null; }
  }
  function keep(name, value) {
    try { localStorage.setItem(name, value); } catch (error) { /* see above */ }
  }

  function bytes(base64url) {
    const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(text, (c) => c.charCodeAt(0));
  }
  function call(method, body) {
    return fetch("/v1/push/subscriptions", {
      method: method, credentials: "same-origin", keepalive: true,
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": App.token() }, body: JSON.stringify(body),
    });
  }
  async function publicKey() {
    const response = await fetch("/v1/push/public-key", { headers: { "Accept": "application/json" } });
    if (!response.ok) throw new Error("public key " + response.status);
    return (await response.json()).public_key;
  }
  function sameKey(subscription, key) {
    const held = subscription.options && subscription.options.applicationServerKey;
    if (!held) return true;
    const a = new Uint8Array(held), b = bytes(key);
    return a.length === b.length && a.every((value, i) => value === b[i]);
  }
  async function post(subscription) {
    const json = subscription.toJSON();
    const response = await call("POST", { endpoint: json.endpoint, keys: { p256dh: json.keys.p256dh, auth: json.keys.auth } });
    if (!response.ok) throw new Error("subscription " + response.status);
    keep(TOLD, signIn);
    await Store.put("facts", { key: "endpoint", endpoint: json.endpoint }).catch(() => {});
  }
  /* Whether somebody took this device off the list, since this sign-in put it there: then it stays off. */
  async function takenOff(subscription) {
    if (kept(TOLD) !== signIn) return false;
    const response = await fetch("/v1/push/subscriptions?limit=200", { headers: { "Accept": "application/json" } });
    return response.ok && !(await response.json()).items.some((one) => one.endpoint === subscription.endpoint);
  }

  /* Subscribes (or keeps what there is, if it was made with the server's present key) and tells the server. */
  async function on() {
    const worker = await navigator.serviceWorker.ready;
    const key = await publicKey();
    let subscription = await worker.pushManager.getSubscription();
    if (subscription && !sameKey(subscription, key)) { await subscription.unsubscribe(); subscription = null; }
    subscription = subscription || (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
    await post(subscription);
  }
  async function held() {
    const worker = can && (await navigator.serviceWorker.getRegistration());
    return (worker && (await worker.pushManager.getSubscription())) || null;
  }
  async function off() {
    const subscription = await held();
    if (!subscription) return;
    await call("DELETE", { endpoint: subscription.endpoint }).catch(() => {});
    await subscription.unsubscribe();
  }
  /* After a sign-out, which ended the device at the server. */
  async function leave() {
    const subscription = await held();
    if (subscription) await subscription.unsubscribe();
  }
  window.Push = { on, off, leave };

  function show(part) {
    if (!card) return;
    card.hidden = !part;
    for (const box of card.querySelectorAll("[data-push-part]")) box.hidden = box.dataset.pushPart !== part;
  }
  function fail(text) {
    const line = card.querySelector("[data-push-error]");
    line.textContent = text || "";
    line.hidden = !text;
  }
  const resting = () => Date.now() < Number(kept(LATER) || 0);

  async function start() {
    if (!App.owner) return;
    await App.settled;
    if (!can) { if (ios && !installed) show(always || !resting() ? "ios" : null); else show(always ? "none" : null); return; }
    if (Notification.permission === "denied") { show("denied"); if (!always && resting()) show(null); return; }
    const subscription = await held().catch(() => null);
    if (Notification.permission === "granted" && subscription) {
      if (!(await takenOff(subscription).catch(() => false))) {
        show(always ? "on" : null);
        /* What the server holds may belong to another login or sign-in: the same endpoint again is a cheap 200. */
        await on().catch(() => {});
        return;
      }
      await subscription.unsubscribe().catch(() => {});
    }
    show(always || !resting() ? "ask" : null);
  }

  if (card) card.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    fail("");
    if ("pushLater" in button.dataset) {
      keep(LATER, String(Date.now() + REST_MS));
      show(null);
    } else if ("pushOn" in button.dataset) {
      const asked = Notification.requestPermission();
      button.setAttribute("aria-busy", "true");
      try {
        const answer = await asked;
        if (answer === "granted") {
          await on();
          show("on");
          App.toast(App.say("push_on"));
          if ("pushReload" in card.dataset) location.reload();
        }
        else if (answer === "denied") show("denied");
      } catch (error) { fail(App.say("push_fail")); }
      button.removeAttribute("aria-busy");
    } else if ("pushOff" in button.dataset) {
      await off().catch(() => fail(App.say("push_fail")));
      if (!(await held().catch(() => null))) show("ask");
    }
  });
  start();
})();
