// The city's clock: jumps, and time that runs sixty times faster. The server answers a move when all due is played.

import { find, findAll, icon } from "./dom.js";
import { day, instant, liveIn, local, moment, t } from "./words.js";

const MORNING = 9;
const FIRST_OF_MONTH = 10;

const JUMPS = {
  hour: (now) => now.setUTCHours(now.getUTCHours() + 1),
  minute: (now) => now.setUTCMinutes(now.getUTCMinutes() + 1),
  morning: (now) => {
    if (now.getUTCHours() >= MORNING) now.setUTCDate(now.getUTCDate() + 1);
    now.setUTCHours(MORNING, 0, 0, 0);
  },
  month: (now) => {
    now.setUTCMonth(now.getUTCMonth() + 1, 1);
    now.setUTCHours(FIRST_OF_MONTH, 0, 0, 0);
  },
};

export class Clock {
  /** `move(iso)` asks the server and redraws the page. */
  constructor(move) {
    this.move = move;
    this.queue = Promise.resolve();
    this.isRunning = false;
    this.run = 0;
    for (const button of findAll("jump")) {
      button.addEventListener("click", () => this.#jumpBy(button));
    }
    find("run").addEventListener("click", () => this.#toggle());
  }

  show(now) {
    liveIn(now);
    this.now = now;
    const shown = find("now");
    shown.dateTime = now;
    shown.textContent = moment(now);
    document.querySelector('[data-jump="month"]').textContent = day(after("month", now));
    this.#drawRun();
  }

  /** Moves wait for each other: each is counted from where the one before it arrived. */
  #jump(step) {
    this.queue = this.queue.then(() => this.move(after(step, this.now)));
    return this.queue;
  }

  async #jumpBy(button) {
    button.setAttribute("aria-busy", "true");
    await this.#jump(button.dataset.jump);
    button.removeAttribute("aria-busy");
  }

  async #toggle() {
    const run = (this.run += 1);
    this.isRunning = !this.isRunning;
    this.#drawRun();
    while (this.isRunning && run === this.run) {
      const second = new Promise((wake) => { setTimeout(wake, 1_000); });
      if (!(await this.#jump("minute"))) this.isRunning = false;
      await second;
    }
    this.#drawRun();
  }

  #drawRun() {
    const button = find("run");
    button.classList.toggle("pill--on", this.isRunning);
    button.setAttribute("aria-label", t(this.isRunning ? "pause_label" : "run_label"));
    button.firstElementChild.replaceWith(icon(this.isRunning ? "pause" : "play"));
    find("run-words").textContent = t(this.isRunning ? "pause" : "run");
  }
}

function after(step, iso) {
  const now = local(iso);
  JUMPS[step](now);
  return instant(now);
}
