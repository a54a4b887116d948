/* "Tell me on this phone". The browser asks only inside the click; the card shows the one part that fits this browser. */
(function () {
  "use strict";
  const LATER = "push-later";
  const REST_MS = 14 * 24 * 3600 * 1000;
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const ios = /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const installed = window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const card = document.querySelector("[data-push]");
  const always = Boolean(card && card.dataset.push === "always");

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
  window.Push = { on, off };

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
  function resting() {
    try { return Date.now() < Number(localStorage.getItem(LATER) || 0); } catch (error) { return false; }
  }

  async function start() {
    if (!App.owner) return;
    if (!can) { if (ios && !installed) show(always || !resting() ? "ios" : null); else show(always ? "none" : null); return; }
    if (Notification.permission === "denied") { show("denied"); if (!always && resting()) show(null); return; }
    const subscription = await held().catch(() => null);
    if (Notification.permission === "granted" && subscription) {
      show(always ? "on" : null);
      /* What the server holds may be gone or belong to another login: the same endpoint again is a cheap 200. */
      await on().catch(() => {});
      return;
    }
    show(always || !resting() ? "ask" : null);
  }

  if (card) card.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    fail("");
    if ("pushLater" in button.dataset) {
      try { localStorage.setItem(LATER, String(Date.now() + REST_MS)); } catch (error) { /* private window: rests until the page closes */ }
      show(null);
    } else if ("pushOn" in button.dataset) {
      const asked = Notification.requestPermission();
      button.setAttribute("aria-busy", "true");
      try {
        const answer = await asked;
        if (answer === "granted") { await on(); show("on"); App.toast(App.say("push_on")); }
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
