// What the chosen person has in their pocket: the numbers the bot will ask for, one press away.

import { copy } from "./clipboard.js";
import { announce, el, find, findAll, redraw } from "./dom.js";
import { language, t } from "./words.js";

const DONE_FOR = 1_500;
const CLOSED = "papers-closed";

export class Papers {
  /** `phone()` is the phone that was used last: numbers are typed there, or copied for its secure page. */
  constructor({ phone, type }) {
    this.phone = phone;
    this.type = type;
    this.card = find("papers-card");
    this.card.open = localStorage.getItem(CLOSED) !== "yes";
    // At the press itself: "toggle" comes later, and a page that is left at once would forget it. Open now means closed then.
    const summary = this.card.querySelector("summary");
    summary.addEventListener("click", () => localStorage.setItem(CLOSED, this.card.open ? "yes" : "no"));
  }

  /** Show the papers of a person; somebody the registry does not know has none. */
  show(papers) {
    this.card.hidden = !papers;
    redraw(find("papers"), papers ? numbers(papers) : [], (paper) => this.#row(paper));
    this.retarget();
  }

  /** Say where a press takes the number. */
  retarget() {
    const { name, kind, takesNumbers } = this.phone();
    const where = takesNumbers ? t(`into_${kind}`) : t("copy_number");
    for (const button of findAll("number", this.card)) {
      find("where", button).textContent = where;
      const { number, whose, label } = button.dataset;
      const key = takesNumbers ? "number_into" : "number_copy";
      button.setAttribute("aria-label", t(key, { whose, label, number: grouped(number), channel: name }));
    }
  }

  #row(paper) {
    const take = () => this.#take(paper.number, button);
    const button = el(
      "button",
      {
        type: "button",
        class: "paper",
        data: { number: paper.number, whose: paper.name, label: t(paper.label) },
        onclick: take,
      },
      el("span", { class: "paper__name" }, paper.name),
      el("span", { class: "paper__number" }, `${t(paper.label)} `, el("b", {}, grouped(paper.number))),
      el("span", { class: "paper__where", data: { where: "" } }),
    );
    return el("li", {}, button);
  }

  async #take(number, button) {
    if (this.phone().takesNumbers) {
      this.type(number);
      return;
    }
    await copy(number);
    announce(t("number_copied", { number: grouped(number) }));
    find("where", button).textContent = t("copied_short");
    setTimeout(() => this.retarget(), DONE_FOR);
  }
}

function numbers({ name, iin, document, children }) {
  const own = iin ? { label: "iin", number: iin } : { label: "document", number: document };
  const papers = [{ name, ...own }, ...children.map((child) => ({ name: child.name, label: "iin", number: child.iin }))];
  return papers
    .filter(({ number }) => number)
    .map((paper) => ({ ...paper, key: paper.number, stamp: `${language()} ${paper.name}` }));
}

/** "980422 401 001": the birth date, then the rest; a document's number stays as it is. */
function grouped(number) {
  return number.replace(/^(\d{6})(\d{3})(\d{3})$/, "$1 $2 $3");
}
