// Untrusted text to DOM nodes: Telegram's HTML subset, WhatsApp's marks, bare links. Never innerHTML.

import { el } from "./dom.js";

const TAGS = { B: "b", STRONG: "b", I: "i", EM: "i", U: "u", S: "s", CODE: "code", PRE: "pre" };
const SAFE_LINK = /^(https?|tg|mailto|tel):/i;
const BARE_LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)»]/g;
const FOREIGN_ENTITY = /&(?!(?:lt|gt|amp|quot|#\d+|#x[\da-f]+);)/gi;
const WHATSAPP_MARKS = /```(.+?)```|(?<![\p{L}\d])([*_~])(?=\S)(.+?)(?<=\S)\2(?![\p{L}\d])/gsu;
const WHATSAPP_TAGS = { "*": "b", _: "i", "~": "s" };

/** What Telegram shows of `text`. The parsed document is inert: it runs and loads nothing. */
export function telegram(text, parseMode) {
  if (parseMode !== "HTML") return plain(text);
  const parsed = new DOMParser().parseFromString(text.replace(FOREIGN_ENTITY, "&amp;"), "text/html");
  return allowed(parsed.body);
}

/** What WhatsApp shows of `text`. */
export function whatsapp(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(WHATSAPP_MARKS)) {
    nodes.push(...plain(text.slice(from, found.index)));
    const [whole, code, mark, marked] = found;
    nodes.push(code ? el("code", {}, code) : el(WHATSAPP_TAGS[mark], {}, ...whatsapp(marked)));
    from = found.index + whole.length;
  }
  return [...nodes, ...plain(text.slice(from))];
}

/** Text with its web addresses made into links. */
export function plain(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(BARE_LINK)) {
    nodes.push(text.slice(from, found.index), link(found[0], found[0]));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from)].filter((node) => node !== "");
}

/** A link that opens elsewhere and tells nothing about here; what is no web address stays text. */
export function link(href, ...children) {
  if (!SAFE_LINK.test(href)) return el("span", {}, ...children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function allowed(parent) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return parent.tagName === "A" ? [node.data] : plain(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    if (node.tagName === "A") return [link(node.getAttribute("href") ?? "", ...allowed(node))];
    const tag = TAGS[node.tagName];
    return tag ? [el(tag, {}, ...allowed(node))] : allowed(node);
  });
}
