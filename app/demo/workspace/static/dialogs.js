// The two windows above the page: "are you sure?", and a picture in full.

import { byId } from "./dom.js";
import { mrkdwn, plain } from "./mrkdwn.js";

// Resolves to true when the person went ahead. `confirm` is Block Kit's confirm object.
export function askFirst(confirm, names) {
  const dialog = byId("confirm");
  byId("confirm-title").replaceChildren(...plain(confirm.title.text));
  byId("confirm-text").replaceChildren(
    ...(confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, names) : plain(confirm.text.text)),
  );
  byId("confirm-deny").replaceChildren(...plain(confirm.deny.text));
  const go = byId("confirm-go");
  go.replaceChildren(...plain(confirm.confirm.text));
  go.className = confirm.style === "danger" ? "danger" : "primary";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go"), { once: true });
  });
}

export function showPicture(source, description) {
  const image = byId("lightbox-image");
  image.src = source;
  image.alt = description;
  byId("lightbox-caption").textContent = description;
  byId("lightbox").showModal();
}

for (const id of ["confirm", "lightbox"]) {
  const dialog = byId(id);
  // A click beside the content, which is the dialog itself, closes it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
