// One phone: the talk, the field to write in, what can be attached. The drawing of the bot's bubbles is the channel's.

import { announce, el, find, icon, keyOf, redraw } from "./dom.js";
import { mine, mineInWords } from "./mine.js";
import * as telegram from "./telegram.js";
import * as whatsapp from "./whatsapp.js";
import * as words from "./words.js";

const { between, day, language, t, time } = words;
const DRAWN_BY = { telegram, whatsapp };
const NAMES = { telegram: "Telegram", whatsapp: "WhatsApp" };
const TOAST_FOR = 4_000;
const ALERT_FOR = 9_000;
/** How near to the end a reader must be to be taken along by new messages, in pixels. */
const NEAR_END = 120;

export class Phone {
  constructor(kind, say, upload) {
    this.kind = kind;
    this.name = NAMES[kind];
    this.root = document.getElementById(kind);
    this.say = say;
    this.upload = upload;
    this.part = (name) => find(name, this.root);
    this.field = this.part("field");
    this.commands = [];
    this.seenToast = null;
    this.#listen();
  }

  /** Show the transcript of `person`. Returns how many bubbles of the bot are new since the last time. */
  show(person, view, clock, commands = []) {
    const isSame = this.person?.id === person.id;
    const before = isSame ? this.view : null;
    this.person = person;
    this.view = view;
    this.commands = commands;
    this.#drawBar(clock);
    const held = this.#heldFocus();
    const wasNearEnd = !before || this.#isNearEnd();
    redraw(this.part("list"), this.#lines(), (item, isAgain) => this.#line(item, isAgain));
    this.#drawEmpty();
    this.#drawKeyboard();
    this.#returnFocus(held);
    const fresh = before ? this.#announceChanges(before) : 0;
    if (wasNearEnd || fresh) this.#goToEnd(Boolean(before));
    this.#toast(isSame);
    return fresh;
  }

  get canType() {
    return !this.part("compose").hidden;
  }

  /** On Telegram an IIN is typed into the chat, on WhatsApp on the secure page only. */
  get takesNumbers() {
    return this.kind === "telegram";
  }

  /** Put words into the field and stand there. */
  type(text) {
    this.field.value = text;
    this.#grow();
    this.field.focus();
  }

  focus() {
    (this.canType ? this.field : this.part("start")).focus();
  }

  // Drawing

  #drawBar(clock) {
    const address = this.kind === "whatsapp" ? words.phone(this.person.whatsapp) : `ID ${this.person.telegram}`;
    this.part("whose").textContent = `${this.person.name} · ${address}`;
    const state = this.part("window");
    const isTalked = this.kind === "whatsapp" && this.view.messages.length > 0;
    state.hidden = !isTalked;
    if (!isTalked) return;
    const until = this.view.window;
    const isOpen = until !== null && Date.parse(until) > Date.parse(clock);
    state.textContent = isOpen ? t("window_open", { left: between(clock, until) }) : t("window_closed");
    state.classList.toggle("phone__window--closed", !isOpen);
  }

  #lines() {
    let today = "";
    return this.view.messages.flatMap((message) => {
      const line = { key: message.id, stamp: `${language()} ${JSON.stringify(message)}`, message };
      const date = day(message.at);
      if (date === today) return [line];
      today = date;
      return [{ key: `day ${date}`, stamp: language(), date }, line];
    });
  }

  #line(item, isAgain) {
    if (item.date) return el("li", { class: "day" }, el("span", {}, item.date));
    const { message } = item;
    const isMine = message.who === "me";
    const drawn = isMine
      ? { content: [mine(message.payload)], under: null }
      : DRAWN_BY[this.kind].bubble(message, (tapped) => this.#send({ kind: "tap", ...tapped }));
    return el(
      "li",
      { class: `line line--${message.who}${isAgain ? "" : " line--new"}`, tabindex: "-1" },
      el(
        "div",
        { class: "bubble" },
        el("span", { class: "unseen" }, `${t(isMine ? "you" : "bot")}: `),
        ...drawn.content,
        el(
          "p",
          { class: "meta" },
          message.edited && !isMine ? el("span", {}, `${t("edited")} `) : null,
          el("time", { datetime: message.at }, time(message.at)),
          isMine ? ticks(message.status) : null,
        ),
      ),
      drawn.under,
    );
  }

  #drawEmpty() {
    const isEmpty = this.view.messages.length === 0;
    this.part("empty").hidden = !isEmpty;
    const start = this.part("start");
    if (start) {
      const hadFocus = document.activeElement === start;
      start.hidden = !isEmpty;
      this.part("compose").hidden = isEmpty;
      if (hadFocus && !isEmpty) this.field.focus();
    }
    this.part("greetings")?.replaceChildren(...(isEmpty ? t("greetings") : []).map((hello) =>
      el("button", { type: "button", class: "pill", onclick: () => this.#greet(hello) }, hello)));
    if (this.part("commands")) this.part("commands").hidden = this.commands.length === 0;
  }

  #drawKeyboard() {
    const place = this.part("keyboard");
    if (!place) return;
    const { keyboard } = this.view;
    const stamp = JSON.stringify(keyboard);
    this.part("keys").hidden = !keyboard;
    if (place.dataset.stamp === stamp) return;
    const hadFocus = place.contains(document.activeElement);
    place.dataset.stamp = stamp;
    place.replaceChildren(...(keyboard ? telegram.keys(keyboard, (key) => this.#press(key)) : []));
    this.#showKeyboard(Boolean(keyboard) && !keyboard.hidden);
    if (hadFocus) this.field.focus();
  }

  #showKeyboard(isShown) {
    this.part("keyboard").hidden = !isShown;
    this.part("keys").setAttribute("aria-pressed", isShown);
  }

  /** Toasts fade by themselves; those already there when the page opened are not shown. */
  #toast(isSame) {
    const newest = this.view.toasts.at(-1);
    const isNew = isSame && newest && newest.id > (this.seenToast ?? 0);
    this.seenToast = newest?.id ?? 0;
    if (!isNew) return;
    const place = this.part("toast");
    place.textContent = newest.text;
    announce(newest.text);
    place.hidden = false;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => { place.hidden = true; }, newest.alert ? ALERT_FOR : TOAST_FOR);
  }

  #announceChanges(before) {
    const known = new Map(before.messages.map((message) => [message.id, message]));
    const drawn = DRAWN_BY[this.kind];
    let fresh = 0;
    for (const message of this.view.messages) {
      const old = known.get(message.id);
      const isBot = message.who === "bot";
      const text = isBot ? drawn.inWords(message.payload) : mineInWords(message.payload);
      if (!old) {
        announce(t("said", { who: t(isBot ? "bot" : "you"), channel: this.name, text }));
        fresh += isBot ? 1 : 0;
      } else if (isBot && differ(drawn.inWords(old.payload), text)) {
        announce(t("changed", { text }));
      }
      known.delete(message.id);
    }
    if (known.size) announce(t("deleted"));
    return fresh;
  }

  // Where the reader is

  /** Remember which line holds the focus: an edit or a deletion must not throw it to the top of the page. */
  #heldFocus() {
    const line = document.activeElement?.closest(".line");
    if (!line || !this.root.contains(line)) return null;
    const buttons = [...line.querySelectorAll("button, a")];
    return { key: keyOf(line), at: buttons.indexOf(document.activeElement), node: document.activeElement };
  }

  #returnFocus(held) {
    if (!held || held.node.isConnected) return;
    const line = [...this.part("list").children].find((node) => keyOf(node) === held.key);
    const buttons = line ? [...line.querySelectorAll("button, a")] : [];
    (buttons[held.at] ?? buttons[0] ?? line ?? this.field).focus({ preventScroll: true });
  }

  #isNearEnd() {
    const talk = this.part("scroll");
    return talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR_END;
  }

  #goToEnd(isGentle) {
    const talk = this.part("scroll");
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    talk.scrollTo({ top: talk.scrollHeight, behavior: isGentle && !isCalm ? "smooth" : "instant" });
  }

  // Saying

  #listen() {
    this.part("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendText();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#sendText();
    });
    this.field.addEventListener("input", () => this.#grow());
    this.part("start")?.addEventListener("click", () => this.#send({ kind: "text", text: "/start" }));
    // A picture grows when it arrives, and what it belongs to must not slide out of sight.
    this.part("list").addEventListener("load", (event) => {
      if (this.part("list").lastElementChild.contains(event.target)) this.#goToEnd(false);
    }, { capture: true });
    this.part("attach").addEventListener("click", (event) => this.#openMenu(event.currentTarget, this.#attachments()));
    this.part("commands")?.addEventListener("click", (event) => this.#openMenu(event.currentTarget, this.#orders()));
    this.part("keys")?.addEventListener("click", () => this.#showKeyboard(this.part("keyboard").hidden));
    this.part("compose").addEventListener("keydown", (event) => this.#moveInMenu(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.part("compose").contains(event.target)) this.#closeMenu();
    });
    this.part("compose").addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.part("compose").contains(event.relatedTarget)) this.#closeMenu();
    });
  }

  #send(said) {
    return this.say(this.kind, said);
  }

  async #sendText() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.#grow();
    // What did not arrive must not be lost, unless the next words are already being typed.
    if (!(await this.#send({ kind: "text", text })) && !this.field.value) this.type(text);
  }

  #greet(text) {
    this.field.focus();
    this.#send({ kind: "text", text });
  }

  #press(key) {
    this.#send(key.request_contact ? { kind: "contact", own: true } : { kind: "press", text: key.text });
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 140)}px`;
  }

  // The menus over the field

  #attachments() {
    const items = [
      ["photo", t("photo"), { kind: "photo", label: t("photo_name") }],
      ["file", t("file"), { kind: "file", label: t("file_name") }],
      ["contact", t("contact_own"), { kind: "contact", own: true }],
      ["other", t("contact_other"), { kind: "contact", own: false }],
      ["voice", t("voice"), { kind: "voice" }],
      ["sticker", t("sticker"), { kind: "sticker" }],
      ["location", t("location"), { kind: "location" }],
    ].map(([sign, label, said]) => this.#menuItem([icon(sign), label], said));
    return [this.#picker(), ...items];
  }

  // A real file of this computer, one or several at once.
  #picker() {
    const files = el("input", { type: "file", multiple: "", hidden: "", tabindex: "-1" });
    files.addEventListener("change", async () => {
      for (const file of files.files) await this.upload(this.kind, file);
      files.remove();
    });
    const open = () => {
      this.#closeMenu();
      this.part("compose").append(files);
      files.click();
    };
    return el("button", { type: "button", class: "menu__item", onclick: open }, icon("file"), t("upload"));
  }

  #orders() {
    return this.commands.map(({ command, description }) => {
      const said = description[language()] ?? description;
      return this.#menuItem([el("b", {}, `/${command}`), said], { kind: "text", text: `/${command}` });
    });
  }

  #menuItem(children, said) {
    const choose = () => {
      this.#closeMenu();
      this.field.focus();
      this.#send(said);
    };
    return el("button", { type: "button", class: "menu__item", onclick: choose }, ...children);
  }

  #openMenu(opener, items) {
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    this.#closeMenu();
    if (isOpen) return;
    this.opener = opener;
    opener.setAttribute("aria-expanded", "true");
    const menu = this.part("menu");
    menu.replaceChildren(...items);
    menu.hidden = false;
    items[0].focus();
  }

  #closeMenu() {
    this.part("menu").hidden = true;
    this.opener?.setAttribute("aria-expanded", "false");
  }

  #moveInMenu(event) {
    const menu = this.part("menu");
    if (menu.hidden) return;
    const items = [...menu.children];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape") {
      this.#closeMenu();
      this.opener.focus();
    } else if (to !== undefined && at >= 0) {
      items.at(to % items.length).focus();
    } else return;
    event.preventDefault();
  }
}

/** A countdown's next number is no news to those who listen. */
function differ(before, now) {
  return before.replace(/\d+/g, "") !== now.replace(/\d+/g, "");
}

function ticks(status) {
  return el(
    "span",
    { class: `ticks ticks--${status}` },
    icon(status === "sent" ? "one" : "two"),
    el("span", { class: "unseen" }, t(`status_${status}`)),
  );
}
