// A dialog the app has opened for me.

import { drawBlocks } from "./blocks.js";
import { byId, h } from "./dom.js";

export class FormDialog {
  #id = null;

  // `act(what, body)` does something in my name and resolves to {ok, error, messages}.
  constructor(names, act) {
    this.names = names;
    this.act = act;
    this.dialog = byId("form");
    byId("form-cancel").addEventListener("click", () => this.dialog.close());
    byId("form-inside").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.dialog.addEventListener("close", () => {
      if (this.#id === null) return; // the app, or Slack, has closed it
      this.#id = null;
      this.act("close", {});
    });
  }

  show(view) {
    if (view === null) {
      this.#id = null;
      this.dialog.close();
      return;
    }
    if (view.id !== this.#id) this.#open(view);
    this.#complain(view.errors);
  }

  #open(view) {
    this.#id = view.id;
    byId("form-title").textContent = view.title.text;
    byId("form-cancel").textContent = view.close?.text ?? "Cancel";
    byId("form-go").textContent = view.submit?.text ?? "";
    byId("form-go").hidden = !view.submit;
    byId("form-fields").replaceChildren(...view.blocks.map((block) => this.#block(block)));
    if (!this.dialog.open) this.dialog.showModal();
  }

  #block(block) {
    if (block.type !== "input") return drawBlocks({ blocks: [block] }, { names: this.names, act: () => {} })[0];
    const { element } = block;
    return h(
      "label",
      { class: "field" },
      h("span", { class: "field-label" }, block.label.text, block.optional ? h("em", {}, " (optional)") : null),
      h("input", {
        name: block.block_id,
        inputmode: element.type === "number_input" ? "decimal" : null,
        value: element.initial_value ?? "",
        placeholder: element.placeholder?.text,
        autocomplete: "off",
      }),
      h("span", { class: "field-error", role: "alert", "data-error": block.block_id }),
      block.hint ? h("span", { class: "field-hint" }, block.hint.text) : null,
    );
  }

  // `errors`: by block id; "" is about all of it.
  #complain(errors) {
    byId("form-trouble").textContent = errors[""] ?? "";
    for (const place of byId("form-fields").querySelectorAll("[data-error]")) {
      place.textContent = errors[place.dataset.error] ?? "";
    }
  }

  async #send() {
    const go = byId("form-go");
    go.disabled = true;
    try {
      const inputs = [...byId("form-fields").querySelectorAll("input")];
      const { error, messages } = await this.act("submit", { values: Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()])) });
      if (error === "invalid_value") this.#complain(Object.fromEntries((messages ?? []).map((said) => said.split(/: (.*)/s))));
    } finally {
      go.disabled = false;
    }
  }
}
