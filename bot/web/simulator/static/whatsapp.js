// How WhatsApp draws the bot's payloads: text, quick replies, the list and its sheet, links, media, the template badge.

import { el, find, icon } from "./dom.js";
import { link, whatsapp as rich } from "./rich.js";
import { picture } from "./telegram.js";
import { t } from "./words.js";

/** The bot's bubble and the buttons under it. */
export function bubble(message, tap) {
  const { payload } = message;
  const badge = payload.template
    ? el("p", { class: "badge" }, `${t("template")}: ${payload.template}`)
    : null;
  const media = payload.media ? picture(payload.media, payload.body) : null;
  const body = payload.body ? el("p", { class: "words" }, ...rich(payload.body)) : null;
  return { content: [badge, media, body].filter(Boolean), under: buttons(message, tap) };
}

/** What was said, without marks. */
export function inWords(payload) {
  return rich(payload.body ?? "").map((node) => node.textContent ?? node).join("");
}

function buttons(message, tap) {
  const { payload } = message;
  if (payload.type === "quick-reply") {
    return under(payload.actions.map((action) =>
      button("reply", action.title, () => tap({ message: message.id, data: action.id, label: action.title }))));
  }
  if (payload.type === "list-picker") {
    return under([button("list", payload.button, () => openSheet(message, tap), { "aria-haspopup": "dialog" })]);
  }
  if (payload.type === "call-to-action") {
    return under(payload.actions.map((action) => {
      const opens = link(action.url, icon("link"), action.title);
      opens.classList.add("under__button");
      return opens;
    }));
  }
  return null;
}

function under(children) {
  return el("div", { class: "under" }, ...children);
}

function button(sign, words, press, more = {}) {
  return el("button", { type: "button", class: "under__button", onclick: press, ...more }, icon(sign), words);
}

function openSheet(message, tap) {
  const { payload } = message;
  const sheet = find("sheet");
  find("sheet-title").textContent = payload.button;
  find("rows").replaceChildren(...payload.items.map((item) => el("li", {}, el(
    "button",
    {
      type: "button",
      class: "sheet__row",
      onclick: () => {
        sheet.close();
        tap({ message: message.id, data: item.id, label: item.item });
      },
    },
    el("b", {}, item.item),
    item.description ? el("span", {}, item.description) : null,
  ))));
  placeOver(sheet, document.getElementById("whatsapp"));
  sheet.showModal();
  find("rows").querySelector("button").focus();
}

/** Let the sheet rise from the bottom of the phone it belongs to. */
function placeOver(sheet, phone) {
  const box = phone.getBoundingClientRect();
  sheet.style.setProperty("--left", `${box.left}px`);
  sheet.style.setProperty("--width", `${box.width}px`);
  sheet.style.setProperty("--bottom", `${Math.max(0, window.innerHeight - box.bottom)}px`);
  sheet.style.setProperty("--tallest", `${Math.min(box.height - 64, window.innerHeight - 64)}px`);
}
