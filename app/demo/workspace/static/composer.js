// The box at the bottom: Enter sends, a slash opens the menu of commands.

import { byId, h } from "./dom.js";

export class Composer {
  #chosen = 0;
  #shown = [];

  constructor(page) {
    this.page = page;
    this.form = byId("composer");
    this.text = byId("composer-text");
    this.menu = byId("menu");
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.#close());
    this.text.addEventListener("focus", () => this.#changed());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#changed();
  }

  name(channel) {
    this.text.placeholder = `Message #${channel.name}, or type / for commands`;
    this.text.setAttribute("aria-label", `Message #${channel.name}`);
  }

  put(text) {
    this.text.value = text;
    this.text.focus();
    this.#changed();
  }

  #changed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    this.form.classList.toggle("empty", this.text.value.trim() === "");
    const typed = this.text.value.match(/^\/\S*$/)?.[0];
    this.#shown = typed && document.activeElement === this.text ? this.page.commands.filter((command) => command.name.startsWith(typed)) : [];
    this.#chosen = 0;
    this.#draw();
  }

  #draw() {
    this.menu.hidden = this.#shown.length === 0;
    this.text.setAttribute("aria-expanded", String(!this.menu.hidden));
    this.menu.replaceChildren(
      ...this.#shown.map((command, index) =>
        h(
          "li",
          {
            id: `menu-${index}`,
            role: "option",
            "aria-selected": String(index === this.#chosen),
            // mousedown, because a click would first take the focus from the box and close the menu
            onmousedown: (event) => { event.preventDefault(); this.#take(command); },
          },
          h("span", { class: "what" }, h("strong", {}, command.name), command.usage ? h("code", {}, command.usage) : null),
          h("span", { class: "does" }, command.description),
        ),
      ),
    );
    if (this.menu.hidden) this.text.removeAttribute("aria-activedescendant");
    else {
      this.text.setAttribute("aria-activedescendant", `menu-${this.#chosen}`);
      this.menu.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
    }
  }

  #key(event) {
    if (event.isComposing) return;
    const open = this.#shown.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (open && step) {
      event.preventDefault();
      this.#chosen = (this.#chosen + step + this.#shown.length) % this.#shown.length;
      this.#draw();
    } else if (open && event.key === "Escape") {
      this.#close();
    } else if (open && event.key === "Tab") {
      event.preventDefault();
      this.#take(this.#shown[this.#chosen]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const picked = this.#shown[this.#chosen];
      if (open && picked.name !== this.text.value) this.#take(picked);
      else this.#send();
    }
  }

  #take(command) {
    this.put(`${command.name}${command.usage ? " " : ""}`);
    this.#close();
  }

  #close() {
    this.#shown = [];
    this.#draw();
  }

  async #send() {
    const text = this.text.value.trim();
    if (!text) return;
    this.put("");
    this.form.setAttribute("aria-busy", "true");
    try {
      await this.page.send(text);
    } catch {
      this.put(text); // nobody took it: give it back
    } finally {
      this.form.removeAttribute("aria-busy");
    }
  }
}
