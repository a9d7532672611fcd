// The page: fetches the city's state, shows it, and sends what people do. All drawing is in the other modules.

import { Around } from "./around.js";
import { Clock } from "./clock.js";
import { announce, el, find, findAll } from "./dom.js";
import { Papers } from "./papers.js";
import { Phone } from "./phone.js";
import * as words from "./words.js";

const { t } = words;
/** Events come in bursts; one look a little later sees them all. */
const DEBOUNCE = 40;
const RECONNECT = 1_000;

/** The sample person whom the bot does not know yet. */
const GUEST = "guest";
const MOTHER = "aigerim";
// The morning of the demo's first published tabel.
const PUBLISHED = "2026-12-01T10:00:00+05:00";

let state = null;
let asked = 0;
/** The one in the address, or the one chosen last: a secure page leads back to "/". */
let person = new URLSearchParams(location.search).get("person") ?? localStorage.getItem("person");
let isFounding = false;
let events = null;

const phones = { telegram: new Phone("telegram", say, upload), whatsapp: new Phone("whatsapp", say, upload) };
let used = phones[localStorage.getItem("phone")] ?? phones.telegram;
const around = new Around({ phone: target, type: typeNumber });
const papers = new Papers({ phone: target, type: typeNumber });
const clock = new Clock(moveClock);

await words.load();
words.apply();
listenToPage();
await refresh();
listenToCity();
delete document.body.dataset.loading;

// The city

/** Fetch the state and show it; an answer that was overtaken by a later one is dropped. */
async function refresh() {
  const turn = (asked += 1);
  const seen = await look(person);
  if (!seen || turn !== asked) return;
  state = seen;
  show();
}

async function look(whom) {
  const query = whom ? `?person=${encodeURIComponent(whom)}` : "";
  return ask(`/demo/state${query}`);
}

function show() {
  person = state.person;
  localStorage.setItem("person", person);
  clock.show(state.clock);
  drawPeople();
  const whom = state.people.find(({ id }) => id === person);
  const fresh = {};
  for (const [kind, phone] of Object.entries(phones)) {
    fresh[kind] = whom ? phone.show(whom, state.phones[kind], state.clock, state.commands) : 0;
  }
  papers.show(state.papers);
  fresh.around = around.show(state);
  markTabs(fresh);
}

/** Listen while somebody looks: a browser gives one city six connections, and every hidden tab would hold one. */
function listenToCity() {
  events?.close();
  if (document.hidden) return;
  const mine = new EventSource("/demo/events");
  events = mine;
  let waiting = 0;
  mine.onopen = () => {
    isFounding = false;
    notice("");
    refresh();
  };
  mine.onmessage = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, DEBOUNCE);
  };
  mine.onerror = () => {
    notice(offline());
    mine.close();
    // The browser reconnects by itself, but slowly, and not at all after an answer that was an error.
    setTimeout(() => mine === events && listenToCity(), RECONNECT);
  };
}

function offline() {
  return t(isFounding ? "founding" : "offline");
}

async function say(kind, said) {
  use(phones[kind]);
  // Whoever is shown has said it, also while somebody else is being fetched.
  const answer = await ask(`/demo/phones/${kind}/say`, { person: state.person, ...said });
  await refresh();
  return answer !== null;
}

/** Send a real file of this computer from a phone. */
async function upload(kind, file) {
  use(phones[kind]);
  const asked = new URLSearchParams({ person: state.person, name: file.name });
  const answer = await ask(`/demo/phones/${kind}/file?${asked}`, file);
  await refresh();
  return answer !== null;
}

async function moveClock(to) {
  const answer = await ask("/demo/clock", { to });
  await refresh();
  if (!clock.isRunning) announce(t("clock_now", { time: words.moment(clock.now) }));
  return answer !== null;
}

/** GET, or POST with a body. Returns the answer, or null after telling the reader what went wrong. */
async function ask(url, body) {
  const request = body && {
    method: "POST",
    headers: { "Content-Type": body instanceof Blob ? "application/octet-stream" : "application/json" },
    body: body instanceof Blob ? body : JSON.stringify(body),
  };
  try {
    const answer = await fetch(url, request);
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    notice(t("failed", { why: typeof told.detail === "string" ? told.detail : `HTTP ${answer.status}` }));
  } catch {
    notice(offline());
  }
  return null;
}

function notice(text) {
  if (text && find("notice").textContent !== text) announce(text);
  find("notice").textContent = text;
  find("notice").hidden = !text;
}

// People

function drawPeople() {
  const list = find("people");
  const stamp = JSON.stringify([state.people, person]);
  if (list.dataset.stamp === stamp) return;
  list.dataset.stamp = stamp;
  const held = list.contains(document.activeElement);
  list.replaceChildren(...state.people.map(({ id, name }) => el(
    "button",
    { type: "button", class: "pill person", "aria-pressed": String(id === person), onclick: () => become(id) },
    name,
  )));
  const chosen = list.querySelector('[aria-pressed="true"]');
  chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (held) chosen?.focus();
}

async function become(id) {
  person = id;
  const here = new URL(location.href);
  here.searchParams.set("person", id);
  history.replaceState(null, "", here);
  await refresh();
}

async function addPerson(name) {
  const added = await ask("/demo/people", { name });
  if (added) await become(added.id);
}

/** "Register in two minutes": a guest at the Telegram phone, with start pressed. */
async function suggestRegister() {
  closeFirst();
  const guest = await look(GUEST);
  if (guest?.person === GUEST && guest.phones.telegram.messages.length === 0) await become(GUEST);
  else await addPerson("");
  showPart("telegram");
  await say("telegram", { kind: "text", text: "/start" });
  phones.telegram.focus();
}

/** "Confirm November's tabel": the mother at the Telegram phone, on the morning it is published. */
async function suggestTabel() {
  closeFirst();
  await become(MOTHER);
  const now = await look(MOTHER);
  if (now && Date.parse(now.clock) < Date.parse(PUBLISHED)) await ask("/demo/clock", { to: PUBLISHED });
  showPart("telegram");
  await say("telegram", { kind: "text", text: "/tabel" });
  phones.telegram.focus();
}

function closeFirst() {
  localStorage.setItem("been-here", "yes");
  find("first").hidden = true;
}

// Numbers and codes

function use(phone) {
  used = phone;
  localStorage.setItem("phone", phone.kind);
  around.retarget();
  papers.retarget();
}

/** The phone a number goes to: the one used last that can be typed into. */
function target() {
  return used.canType ? used : phones.whatsapp;
}

function typeNumber(number) {
  const phone = target();
  showPart(phone.kind);
  phone.type(number);
}

// The parts of a narrow screen

function showPart(part) {
  document.body.dataset.shown = part;
  for (const tab of findAll("tab")) {
    const isShown = tab.dataset.tab === part;
    tab.setAttribute("aria-current", String(isShown));
    if (isShown) find("new", tab).hidden = true;
  }
  if (phones[part]) use(phones[part]);
  find("scroll", document.getElementById(part))?.scrollTo({ top: 1e6 });
}

function markTabs(fresh) {
  for (const tab of findAll("tab")) {
    const part = tab.dataset.tab;
    if (!fresh[part] || document.body.dataset.shown === part) continue;
    const mark = find("new", tab);
    mark.textContent = fresh[part];
    mark.setAttribute("aria-label", t("unread", { n: fresh[part] }));
    mark.setAttribute("role", "img");
    mark.hidden = false;
  }
}

// The page

function listenToPage() {
  for (const tab of findAll("tab")) tab.addEventListener("click", () => showPart(tab.dataset.tab));
  showPart(used.kind);
  document.addEventListener("visibilitychange", listenToCity);
  for (const button of findAll("language")) button.addEventListener("click", () => speak(button.dataset.language));
  for (const skip of findAll("skip")) skip.addEventListener("click", (event) => skipTo(event, skip.dataset.skip));
  for (const phone of Object.values(phones)) {
    // Using, not passing: whoever tabs from Telegram to the codes goes through WhatsApp.
    for (const using of ["click", "input"]) phone.root.addEventListener(using, () => use(phone));
  }
  for (const button of findAll("close")) button.addEventListener("click", () => button.closest("dialog").close());
  find("sheet").addEventListener("click", (event) => {
    if (event.target === event.currentTarget) event.currentTarget.close();
  });
  find("new-person").addEventListener("click", () => find("person-box").showModal());
  find("person-form").addEventListener("submit", (event) => {
    const name = event.target.elements.name.value.trim();
    event.target.reset();
    if (name) addPerson(name);
  });
  find("reset").addEventListener("click", () => find("reset-box").showModal());
  find("reset-form").addEventListener("submit", async () => {
    if (!(await ask("/demo/reset", {}))) return;
    person = null;
    history.replaceState(null, "", location.pathname);
    isFounding = true;
    await refresh();
  });
  find("first").hidden = localStorage.getItem("been-here") === "yes";
  find("first-close").addEventListener("click", closeFirst);
  const suggestions = { register: suggestRegister, tabel: suggestTabel };
  for (const button of findAll("suggest")) button.addEventListener("click", suggestions[button.dataset.suggest]);
}

function speak(tag) {
  words.speak(tag);
  words.apply();
  find("people").dataset.stamp = "";
  show();
}

function skipTo(event, part) {
  event.preventDefault();
  showPart(part);
  if (phones[part]) phones[part].focus();
  else document.getElementById(part).focus();
}
