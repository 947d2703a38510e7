// The list: keeps what it was told, draws each message once and again only when it changes.

import { drawBlocks, picture } from "./blocks.js";
import { clock, dateOf, dayKey, dayName, fullTime } from "./dates.js";
import { byId, h, svg } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const GROUP_SECONDS = 300; // a second message of the same person within this time needs no name of its own
const STICKY_PIXELS = 120; // this near to the end, new messages pull the list along

export class MessageList {
  #messages = new Map();
  #nodes = new Map();
  #open = new Set();
  #atEnd = true;

  constructor(page) {
    this.page = page;
    this.list = byId("messages");
    this.scroller = byId("scroller");
    this.newer = byId("newer");
    this.scroller.addEventListener("scroll", () => {
      // The scroller runs from its end (column-reverse): 0 is the newest message, and it stays there by itself
      // when a picture arrives or the window turns.
      this.#atEnd = this.scroller.scrollTop > -STICKY_PIXELS;
      if (this.#atEnd) this.newer.hidden = true;
    });
    this.newer.addEventListener("click", () => this.toEnd());
  }

  reset(messages) {
    this.#messages = new Map(messages.map((message) => [message.ts, message]));
    this.#nodes.clear();
    this.#atEnd = true;
    this.arrange();
  }

  put(message) {
    const known = this.#messages.get(message.ts);
    this.#messages.set(message.ts, message);
    this.#forget(message);
    this.arrange();
    if (!known && !this.#atEnd) this.newer.hidden = false;
    return !known;
  }

  remove(ts) {
    const message = this.#messages.get(ts);
    if (!message) return;
    this.#messages.delete(ts);
    this.#forget(message);
    this.arrange();
  }

  // A deleted file: draw again what may have shown it.
  redraw() {
    this.#nodes.clear();
    this.arrange();
  }

  arrange() {
    const focused = focusMark();
    const replies = new Map();
    const roots = [];
    for (const message of this.#messages.values()) {
      if (message.channel !== this.page.channel.id) continue;
      if (!message.thread_ts) roots.push(message);
      else replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
    }
    roots.sort((a, b) => Number(a.ts) - Number(b.ts));
    const rows = [this.#beginning()];
    let before = null;
    let day = null;
    for (const message of roots) {
      if (dayKey(message.ts) !== day) {
        day = dayKey(message.ts);
        before = null;
        rows.push(h("li", { class: "day" }, h("span", {}, dayName(message.ts))));
      }
      const thread = replies.get(message.ts) ?? [];
      rows.push(this.#row(message, thread, follows(before, message)));
      before = thread.length ? null : message;
    }
    this.list.replaceChildren(...rows);
    restoreFocus(focused);
    if (this.#atEnd) this.toEnd();
  }

  toEnd() {
    this.#atEnd = true;
    this.scroller.scrollTop = 0;
    this.newer.hidden = true;
  }

  #forget(message) {
    for (const ts of [message.ts, message.thread_ts]) this.#nodes.delete(ts);
  }

  #row(message, thread, compact) {
    const key = `${compact}`;
    const cached = this.#nodes.get(message.ts);
    if (cached?.key === key) return cached.node;
    const node = this.#draw(message, compact);
    if (thread.length) node.querySelector(".body").append(this.#thread(message, thread));
    this.#nodes.set(message.ts, { key, node });
    return node;
  }

  #thread(parent, thread) {
    const open = this.#open.has(parent.ts);
    const inner = h("ol", { class: "replies", hidden: !open }, thread.map((reply) => this.#draw(reply, false)));
    const count = thread.length === 1 ? "1 reply" : `${thread.length} replies`;
    const toggle = h(
      "button",
      { type: "button", class: "thread-toggle", "aria-expanded": String(open), "data-action": `thread-${parent.ts}` },
      this.#avatar(thread.at(-1).user),
      h("strong", {}, count),
      h("span", {}, `Last reply ${clock(thread.at(-1).ts)}`),
    );
    toggle.addEventListener("click", () => {
      inner.hidden = !inner.hidden;
      toggle.setAttribute("aria-expanded", String(!inner.hidden));
      if (inner.hidden) this.#open.delete(parent.ts);
      else this.#open.add(parent.ts);
    });
    return h("div", { class: "thread" }, toggle, inner);
  }

  #draw(message, compact) {
    const author = this.page.person(message.user);
    const content = message.blocks.length
      ? drawBlocks(message, this.page)
      : message.text
        ? [h("div", { class: "text" }, mrkdwn(message.text, this.page.names), message.edited ? h("span", { class: "edited" }, " (edited)") : null)]
        : [];
    const time = h("time", { datetime: dateOf(message.ts).toISOString(), title: fullTime(message.ts) }, clock(message.ts));
    return h(
      "li",
      { class: `message${compact ? " compact" : ""}${message.ephemeral ? " ephemeral" : ""}`, "data-ts": message.ts },
      compact ? h("div", { class: "gutter" }, time) : this.#avatar(message.user),
      h(
        "div",
        { class: "body" },
        message.ephemeral ? h("p", { class: "only-you" }, eye(), "Only visible to you") : null,
        compact ? null : h("p", { class: "byline" }, h("strong", {}, author.real_name), author.is_bot ? h("span", { class: "badge" }, "APP") : null, time),
        content,
        message.files.map((file) => this.#file(file)),
      ),
    );
  }

  #file(file) {
    if (file.gone) return h("p", { class: "gone" }, "This file was deleted.");
    if (file.mimetype.startsWith("image/")) return h("figure", {}, h("figcaption", {}, file.title), picture(file.url, file.title));
    if (file.mimetype.startsWith("video/")) {
      return h("figure", {}, h("figcaption", {}, file.title), h("video", { src: file.url, controls: true, preload: "metadata", playsinline: true }));
    }
    return h("a", { class: "attachment", href: file.url, download: file.name }, file.title, h("span", {}, `${Math.ceil(file.size / 1024)} kB`));
  }

  #avatar(id) {
    const person = this.page.person(id);
    const node = h("span", { class: `avatar${person.is_bot ? " bot" : ""}`, "aria-hidden": "true" });
    if (!person.is_bot) node.style.background = person.colour;
    node.append(person.is_bot ? lens() : person.real_name[0]);
    return node;
  }

  #beginning() {
    const tries = this.page.commands.slice(0, 4).map((command) =>
      h("button", { type: "button", class: "try", onclick: () => this.page.compose(`${command.name}${command.usage ? " " : ""}`) }, command.name));
    return h(
      "li",
      { class: "beginning" },
      h("h2", {}, `# ${this.page.channel.name}`),
      h("p", {}, this.page.channel.topic || "This is the very beginning of the channel."),
      tries.length ? h("p", { class: "tries" }, "Try ", tries) : null,
    );
  }
}

function follows(before, message) {
  return Boolean(
    before && before.user === message.user && before.ephemeral === message.ephemeral && !message.ephemeral &&
    Number(message.ts) - Number(before.ts) < GROUP_SECONDS,
  );
}

// Redrawing must not throw a keyboard user out of the button just pressed.
function focusMark() {
  const element = document.activeElement;
  const ts = element?.closest?.(".message")?.dataset.ts;
  return ts && element.dataset.action ? { ts, action: element.dataset.action } : null;
}

function restoreFocus(mark) {
  if (!mark || document.activeElement !== document.body) return;
  const row = document.querySelector(`.message[data-ts="${CSS.escape(mark.ts)}"]`);
  row?.querySelector(`[data-action="${CSS.escape(mark.action)}"]`)?.focus({ preventScroll: true });
}

const lens = () =>
  svg("svg", { viewBox: "0 0 36 36" },
    svg("circle", { cx: 18, cy: 18, r: 11, fill: "#0b1220", stroke: "#5eead4", "stroke-width": 2.5 }),
    svg("circle", { cx: 18, cy: 18, r: 5.5, fill: "#14b8a6" }),
    svg("circle", { cx: 20.5, cy: 15.5, r: 1.8, fill: "#f0fdfa" }));

const eye = () =>
  svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: "M1.500 10S4.500 4.500 10 4.500 18.500 10 18.500 10 15.500 15.500 10 15.500 1.500 10 1.500 10z", fill: "none", stroke: "currentColor", "stroke-width": 1.6 }),
    svg("circle", { cx: 10, cy: 10, r: 2.6, fill: "currentColor" }));
