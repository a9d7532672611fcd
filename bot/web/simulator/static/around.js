// What is around the phones: SMS and mail with their codes, what just happened, what is planned.

import { copy } from "./clipboard.js";
import { announce, el, find, icon, redraw } from "./dom.js";
import { plain } from "./rich.js";
import * as telegram from "./telegram.js";
import * as whatsapp from "./whatsapp.js";
import { day, language, moment, phone, t, time } from "./words.js";

const CODE = /(?<!\d)\d{6}(?!\d)/;
const DONE_FOR = 1_500;
const DRAWN_BY = { telegram, whatsapp };
const NAMES = { telegram: "Telegram", whatsapp: "WhatsApp", sms: "SMS" };
const FATES = ["done", "replayed", "retry", "dead", "twisted"];
/** What somebody did that has no words of its own, and the text that names it. */
const DEEDS = { contact: "contact_own", voice: "voice", sticker: "sticker", location: "location" };
const PLANS = { reply: "plan_reply", notice: "plan_notice", code: "plan_code" };

export class Around {
  /** `phone()` is the phone that was used last: codes go there. */
  constructor({ phone, type }) {
    this.phone = phone;
    this.type = type;
    this.known = null;
  }

  /** Show the city's state. Returns how many letters are new since the last time. */
  show(state) {
    if (this.person !== state.person) this.known = null;
    this.person = state.person;
    const letters = [
      ...numbered(state.sms, "sms"),
      ...numbered(state.mail, "mail"),
    ].filter(isFor(state)).sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
    this.#list("letters", letters, (letter) => this.#letter(letter));
    this.#list("happened", numbered(state.happened, "happened").reverse(), happening);
    this.#list("planned", numbered(state.planned, "planned"), plan);
    this.retarget();
    return this.#announceNew(letters);
  }

  /** Name the phone that codes go to. */
  retarget() {
    const { name, kind } = this.phone();
    for (const button of document.querySelectorAll("[data-code-into]")) {
      button.setAttribute("aria-label", t("type_into", { code: button.dataset.codeInto, channel: name }));
      button.querySelector("[data-into]").textContent = t(`into_${kind}`);
    }
  }

  #list(name, items, draw) {
    find(`${name}-empty`).hidden = items.length > 0;
    redraw(find(name), items, draw);
  }

  #announceNew(letters) {
    const before = this.known;
    this.known = new Set(letters.map((letter) => letter.key));
    const fresh = before ? letters.filter((letter) => !before.has(letter.key)) : [];
    for (const letter of fresh) {
      announce(t(letter.kind === "sms" ? "new_sms" : "new_mail", { to: phone(letter.to) }));
    }
    return fresh.length;
  }

  #letter(letter) {
    const code = CODE.exec(letter.text)?.[0];
    return el(
      "li",
      { class: "letter" },
      el(
        "p",
        { class: "letter__head" },
        el("b", {}, t(letter.kind)),
        el("span", {}, t("letter_to", { to: phone(letter.to) })),
        el("time", { datetime: letter.at, title: moment(letter.at) }, time(letter.at)),
      ),
      letter.subject ? el("p", { class: "letter__subject" }, letter.subject) : null,
      el("p", { class: "letter__text" }, ...plain(letter.text)),
      code ? el("p", { class: "letter__code" }, this.#typer(code), copier(code)) : null,
    );
  }

  #typer(code) {
    return el(
      "button",
      { type: "button", class: "pill pill--main", data: { codeInto: code }, onclick: () => this.type(code) },
      el("b", {}, code),
      el("span", { data: { into: "" } }),
    );
  }
}

/** An SMS to another person of the city lies in that person's pocket; one to a number of nobody's is everybody's. */
function isFor({ people, person }) {
  const others = new Set(people.filter(({ id }) => id !== person).map(({ whatsapp: number }) => number));
  return ({ to }) => !others.has(to);
}

function copier(code) {
  const words = el("span", { class: "unseen", role: "status" });
  const take = async () => {
    await copy(code);
    words.textContent = t("copied", { code });
    button.classList.add("round--done");
    setTimeout(() => button.classList.remove("round--done"), DONE_FOR);
  };
  const label = t("copy", { code });
  const button = el("button", { type: "button", class: "round", "aria-label": label, title: label, onclick: take },
    icon("copy"));
  return el("span", {}, button, words);
}

function happening(item) {
  const line = [
    el("span", { class: "happening__head" },
      el("b", {}, t(item.what)),
      el("span", { class: "happening__title" }, titleOf(item)),
      el("time", { datetime: item.at, title: moment(item.at) }, time(item.at))),
    item.payload ? el("span", { class: "happening__words" }, wordsOf(item)) : null,
  ];
  return el("li", { class: `happening happening--${item.what}` }, item.payload
    ? el(
      "details",
      {},
      el("summary", {}, ...line),
      el("pre", { tabindex: "0", role: "group", "aria-label": t("payload") }, JSON.stringify(item.payload, null, 2)),
    )
    : el("p", {}, ...line));
}

/** "Telegram: sendMessage", "готово", "Гость: Мой контакт". */
function titleOf({ what, text, payload }) {
  if (what === "outbox") return [NAMES[text] ?? text, payload?.method ?? payload?.type].filter(Boolean).join(": ");
  if (what === "turn") return FATES.includes(text) ? t(`fate_${text}`) : text;
  return text.replace(/: (\w+)$/, (whole, deed) => (DEEDS[deed] ? `: ${t(DEEDS[deed])}` : whole));
}

function wordsOf({ text, payload }) {
  return DRAWN_BY[text]?.inWords(payload) ?? "";
}

function plan(item) {
  return el(
    "li",
    { class: "plan" },
    el("time", { datetime: item.at, title: moment(item.at) }, el("b", {}, day(item.at)), ` ${time(item.at)}`),
    el("span", {}, planned(item.what)),
  );
}

/** "reply → sim-telegram" in the reader's words; what is already in words stays. */
function planned(what) {
  return what.replace(/^(\w+) → (?:sim-)?(\w+)$/, (whole, kind, channel) =>
    `${PLANS[kind] ? t(PLANS[kind]) : kind} → ${NAMES[channel] ?? channel}`);
}

/** Give each item a key that stays its own when others come or are trimmed away: its words, and which twin it is. */
function numbered(items, kind) {
  const twins = new Map();
  return items.map((item) => {
    const words = JSON.stringify(item);
    const twin = (twins.get(words) ?? 0) + 1;
    twins.set(words, twin);
    return { ...item, kind, key: `${kind} ${words} ${twin}`, stamp: language() };
  });
}
