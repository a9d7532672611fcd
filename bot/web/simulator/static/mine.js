// What a person sent, drawn alike on both phones.

import { el, icon } from "./dom.js";
import { plain } from "./rich.js";
import { phone, t } from "./words.js";

const LABELS = { voice: "voice", sticker: "sticker", location: "location" };

/** The content of one's own bubble. */
export function mine(payload) {
  if (payload.kind === "contact") return attachment("contact", payload.name, phone(payload.phone));
  if (payload.kind === "photo" || payload.kind === "file") return attachment(payload.kind, payload.name, payload.text);
  if (payload.kind === "location") {
    return attachment("location", t("location"), `${payload.latitude}, ${payload.longitude}`);
  }
  if (payload.kind in LABELS) return attachment(payload.kind, t(LABELS[payload.kind]));
  return el("p", { class: "words" }, ...plain(payload.text));
}

/** The same in words, for announcements. */
export function mineInWords(payload) {
  return payload.text || payload.name || t(LABELS[payload.kind] ?? "you");
}

function attachment(kind, title, detail) {
  return el(
    "p",
    { class: `sent sent--${kind}` },
    el("span", { class: "sent__icon" }, icon(kind)),
    el("span", { class: "sent__words" }, el("b", {}, title || t(kind)), detail ? el("span", {}, detail) : null),
  );
}
