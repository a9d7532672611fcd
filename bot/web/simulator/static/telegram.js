// How Telegram draws the bot's payloads: text and photos, inline buttons under them, the reply keyboard.

import { el, icon } from "./dom.js";
import { link, telegram as rich } from "./rich.js";
import { t } from "./words.js";

/** The bot's bubble and the buttons under it. */
export function bubble(message, tap) {
  const { payload } = message;
  return { content: content(payload), under: inline(message, tap) };
}

/** What was said, without marks. */
export function inWords(payload) {
  return rich(payload.text ?? payload.caption ?? "", payload.parse_mode)
    .map((node) => node.textContent ?? node)
    .join("");
}

/** The keys of the reply keyboard. */
export function keys(keyboard, press) {
  return keyboard.keyboard.map((row) =>
    el("div", { class: "row" }, ...row.map((key) => el(
      "button",
      { type: "button", class: "key", onclick: () => press(key) },
      key.request_contact ? icon("contact") : null,
      key.text,
    ))));
}

function content(payload) {
  if (payload.photo) {
    return [picture(payload.photo, payload.caption), words(payload.caption, payload.parse_mode)].filter(Boolean);
  }
  return [words(payload.text, payload.parse_mode)];
}

function words(text, parseMode) {
  return text ? el("p", { class: "words" }, ...rich(text, parseMode)) : null;
}

function inline(message, tap) {
  const rows = message.payload.reply_markup?.inline_keyboard ?? [];
  if (!rows.some((row) => row.length)) return null;
  return el("div", { class: "inline" }, ...rows.map((row) =>
    el("div", { class: "row" }, ...row.map((button) => inlineButton(message, button, tap)))));
}

function inlineButton(message, button, tap) {
  if (button.url) {
    const opens = link(button.url, button.text, icon("link"));
    opens.classList.add("inline__button");
    return opens;
  }
  const press = () => tap({ message: message.id, data: button.callback_data, label: button.text });
  return el("button", { type: "button", class: "inline__button", onclick: press }, button.text);
}

/** A picture of the bot, by its name. */
export function picture(name, caption) {
  const src = `/demo/pictures/${encodeURIComponent(name)}`;
  return el("img", { class: "picture", src, alt: caption ? "" : t("picture", { name }) });
}
