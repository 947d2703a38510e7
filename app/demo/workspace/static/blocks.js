// Block Kit → DOM. `page` answers names, act(message, element, value) and knows nothing of drawing.

import { askFirst, showPicture } from "./dialogs.js";
import { h } from "./dom.js";
import { mrkdwn, plain } from "./mrkdwn.js";

const DRAW = {
  section: (block, message, page) =>
    h(
      "div",
      { class: "section" },
      h(
        "div",
        { class: "section-text" },
        block.text ? h("div", {}, words(block.text, page)) : null,
        block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, words(field, page)))) : null,
      ),
      block.accessory ? h("div", { class: "accessory" }, element(block.accessory, message, page)) : null,
    ),
  header: (block) => h("h3", { class: "header" }, plain(block.text.text)),
  divider: () => h("hr"),
  markdown: (block, message, page) => h("div", { class: "section" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*"), page.names)),
  context: (block, message, page) =>
    h("div", { class: "context" }, block.elements.map((part) =>
      part.type === "image" ? smallPicture(part) : h("span", {}, words(part, page)))),
  image: (block, message, page) =>
    h("figure", {}, block.title ? h("figcaption", {}, plain(block.title.text)) : null, picture(address(block), block.alt_text)),
  actions: (block, message, page) =>
    h("div", { class: "actions" }, block.elements.map((part) => element(part, message, page))),
};

export function drawBlocks(message, page) {
  return message.blocks.map((block) => DRAW[block.type]?.(block, message, page) ?? null);
}

// A picture that opens in full; a grey note where its file is gone.
export function picture(source, description) {
  const image = h("img", { src: source, alt: description });
  const button = h("button", { type: "button", class: "picture", "aria-label": `Open picture: ${description}`, onclick: () => showPicture(source, description) }, image);
  image.addEventListener("error", () => button.replaceWith(h("p", { class: "gone" }, "This picture was deleted.")));
  return button;
}

function address(block) {
  return block.slack_file ? `/files/${encodeURIComponent(block.slack_file.id)}` : block.image_url;
}

function smallPicture(part) {
  return h("img", { src: address(part), alt: part.alt_text });
}

function words(text, page) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, page.names) : plain(text.text);
}

function element(part, message, page) {
  if (part.type === "image") return smallPicture(part);
  if (part.type === "button") return button(part, message, page);
  const menu = h(
    "select",
    { class: "button", "aria-label": part.placeholder?.text ?? "More", "data-action": part.action_id },
    part.initial_option ? null : h("option", { value: "" }, part.placeholder?.text ?? "⋯"),
    part.options.map((option) => h("option", { value: option.value, selected: option.value === part.initial_option?.value }, option.text.text)),
  );
  menu.addEventListener("change", () => menu.value && press(menu, part, message, page, menu.value));
  return menu;
}

function button(part, message, page) {
  const label = plain(part.text.text);
  if (part.url) {
    return h("a", { class: "button", href: /^https?:/i.test(part.url) ? part.url : "#", target: "_blank", rel: "noopener noreferrer" }, label);
  }
  const node = h("button", { type: "button", class: `button ${part.style ?? ""}`, "aria-label": part.accessibility_label, "data-action": part.action_id }, label);
  node.addEventListener("click", () => press(node, part, message, page));
  return node;
}

async function press(node, part, message, page, value) {
  if (part.confirm && !(await askFirst(part.confirm, page.names))) return;
  node.disabled = true;
  node.setAttribute("aria-busy", "true");
  try {
    await page.act(message, part, value);
  } finally {
    node.disabled = false;
    node.removeAttribute("aria-busy");
  }
}
