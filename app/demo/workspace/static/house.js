// The panel beside the messages: what the camera sees, and levers that make something happen.

import { byId, h } from "./dom.js";

const PHONE = "(max-width: 720px)";

export class HousePanel {
  #pull;
  #picture = "";
  #levers = h("div", { class: "levers" });
  #figure = h("figure", { hidden: true });
  #watching = h("span", { class: "watching", role: "status" });

  constructor(pull) {
    this.#pull = pull;
    const open = !window.matchMedia(PHONE).matches;
    byId("panels").replaceChildren(h("details", { open }, h("summary", {}, "The house"), this.#figure, this.#levers));
  }

  show({ picture_url, watching, levers }) {
    byId("panels").hidden = picture_url === "" && levers.length === 0;
    if (picture_url !== this.#picture) {
      this.#picture = picture_url;
      this.#figure.hidden = picture_url === "";
      this.#figure.replaceChildren(
        h("img", { src: picture_url, alt: "What the camera sees now", width: 640, height: 480 }),
        h("figcaption", {}, "What the camera sees", this.#watching),
      );
    }
    this.#watching.textContent = watching === null ? "" : watching ? "watching" : "not watching";
    this.#watching.classList.toggle("on", watching === true);
    const focused = document.activeElement?.dataset?.lever;
    this.#levers.replaceChildren(...levers.map((lever) => this.#button(lever)));
    if (focused) this.#levers.querySelector(`[data-lever="${CSS.escape(focused)}"]`)?.focus();
  }

  #button(lever) {
    return h(
      "button",
      { type: "button", "data-lever": lever.id, onclick: () => this.#pull(lever.id) },
      h("span", {}, lever.label),
      lever.state ? h("span", { class: "state" }, lever.state) : null,
    );
  }
}
