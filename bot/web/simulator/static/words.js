// The page's own words in three languages, and times as people say them.

import { findAll } from "./dom.js";

const LANGUAGES = ["kk", "ru", "en"];
let all = {};
let chosen = "ru";
let offset = "+05:00";

/** Load the texts and choose a language: the remembered one, the browser's, Russian. */
export async function load() {
  all = await (await fetch("/demo/static/texts.json")).json();
  const wished = [localStorage.getItem("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  chosen = wished.find((tag) => LANGUAGES.includes(tag)) ?? "ru";
}

export function language() {
  return chosen;
}

export function speak(tag) {
  chosen = tag;
  localStorage.setItem("language", tag);
}

/** The text of `key` with its {places} filled. */
export function t(key, values = {}) {
  const text = all[chosen][key];
  if (typeof text !== "string") return text ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** Put the texts where the page asks for them. */
export function apply() {
  document.documentElement.lang = chosen;
  document.title = `Balabaqsha — ${t("demo")}`;
  for (const node of findAll("t")) node.textContent = t(node.dataset.t);
  for (const node of findAll("label")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of findAll("hint")) node.setAttribute("placeholder", t(node.dataset.hint));
  for (const node of findAll("language")) node.setAttribute("aria-pressed", node.dataset.language === chosen);
}

/** All times are shown in the city's zone: the one its clock is written in. */
export function liveIn(clock) {
  offset = /(Z|[+-]\d\d:\d\d)$/.exec(clock)?.[1] ?? offset;
}

/** A Date whose UTC fields read as the city's local ones. */
export function local(iso) {
  return new Date(Date.parse(iso) + offsetMinutes() * 60_000);
}

/** The instant, written in the city's zone, of a Date made by `local`. */
export function instant(date) {
  return date.toISOString().slice(0, 19) + (offset === "Z" ? "+00:00" : offset);
}

export function time(iso) {
  return local(iso).toISOString().slice(11, 16);
}

export function day(iso) {
  const date = local(iso);
  return t("date", { day: date.getUTCDate(), month: t("months")[date.getUTCMonth()] });
}

export function moment(iso) {
  const date = local(iso);
  return t("moment", {
    weekday: t("weekdays")[date.getUTCDay()],
    day: date.getUTCDate(),
    month: t("months")[date.getUTCMonth()],
    year: date.getUTCFullYear(),
    time: time(iso),
  });
}

/** "23 h" or "14 min" between two instants. */
export function between(from, to) {
  const minutes = Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 60_000));
  return minutes >= 60 ? t("hours", { n: Math.floor(minutes / 60) }) : t("minutes", { n: minutes });
}

function offsetMinutes() {
  if (offset === "Z") return 0;
  const [hours, minutes] = offset.slice(1).split(":").map(Number);
  return (offset[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/** "+7 747 555 00 07"; what is no Kazakhstan number stays as it is. */
export function phone(number) {
  return number.replace(/^(\+7)(\d{3})(\d{3})(\d\d)(\d\d)$/, "$1 $2 $3 $4 $5");
}
