// The app's Home tab: what it published for me, in the place of the messages.

import { drawBlocks } from "./blocks.js";
import { byId, h } from "./dom.js";

export class HomeTab {
  #view = null;

  // `act(what, body)` does something in my name; what is then to be seen comes by the stream.
  constructor(names, act) {
    this.act = act;
    this.page = { names, act: (view, element) => act("press", { action_id: element.action_id, value: element.value }) };
  }

  get isOpen() {
    return !byId("home").hidden;
  }

  enter() {
    this.#place(true);
    this.act("open", {});
  }

  leave() {
    this.#place(false);
  }

  show(view) {
    this.#view = view;
    this.#draw();
  }

  #place(open) {
    byId("home").hidden = !open;
    byId("scroller").hidden = open;
    byId("composer").hidden = open;
    if (open) byId("newer").hidden = true;
    this.#draw();
  }

  #draw() {
    if (!this.isOpen) return;
    const focused = document.activeElement?.dataset?.action;
    byId("home").replaceChildren(
      h("div", { class: "body" }, this.#view ? drawBlocks(this.#view, this.page) : h("p", { class: "gone" }, "The app has shown nothing here yet.")),
    );
    if (focused) byId("home").querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }
}
