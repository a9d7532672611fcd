// What is around the phones: SMS and mail with their codes, what just happened, what is planned.

import { announce, el, find, icon, redraw } from "./dom.js";
import { plain } from "./rich.js";
import { day, language, moment, phone, t, time } from "./words.js";

const CODE = /(?<!\d)\d{6}(?!\d)/;

export class Around {
  /** `phone()` is the phone that was used last: codes go there. */
  constructor({ phone, type }) {
    this.phone = phone;
    this.type = type;
    this.known = null;
  }

  /** Show the city's state. Returns how many letters are new since the last time. */
  show(state) {
    const letters = [
      ...numbered(state.sms, "sms"),
      ...numbered(state.mail, "mail"),
    ].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
    this.#list("letters", letters, (letter) => this.#letter(letter));
    this.#list("happened", numbered(state.happened, "happened").reverse(), happening);
    this.#list("planned", numbered(state.planned, "planned"), plan);
    this.retarget();
    return this.#announceNew(letters);
  }

  /** Name the phone that codes go to. */
  retarget() {
    const { name } = this.phone();
    for (const button of document.querySelectorAll("[data-code-into]")) {
      button.setAttribute("aria-label", t("type_into", { code: button.dataset.codeInto, channel: name }));
      button.querySelector("[data-into]").textContent = t("into", { channel: name });
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

function copier(code) {
  const words = el("span", { class: "unseen", role: "status" });
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    words.textContent = t("copied", { code });
    button.classList.add("round--done");
    setTimeout(() => button.classList.remove("round--done"), 1_500);
  };
  const label = t("copy", { code });
  const button = el("button", { type: "button", class: "round", "aria-label": label, title: label, onclick: copy },
    icon("copy"));
  return el("span", {}, button, words);
}

function happening(item) {
  return el(
    "li",
    { class: `happening happening--${item.what}` },
    el("p", { class: "happening__head" },
      el("b", {}, t(item.what)),
      el("time", { datetime: item.at, title: moment(item.at) }, time(item.at))),
    el("p", { class: "happening__text" }, item.text),
    item.payload === undefined || item.payload === null ? null : el(
      "details",
      {},
      el("summary", {}, t("payload")),
      el("pre", { tabindex: "0", role: "group", "aria-label": t("payload") }, JSON.stringify(item.payload, null, 2)),
    ),
  );
}

function plan(item) {
  return el(
    "li",
    { class: "plan" },
    el("time", { datetime: item.at, title: moment(item.at) }, el("b", {}, day(item.at)), ` ${time(item.at)}`),
    el("span", {}, item.what),
  );
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
