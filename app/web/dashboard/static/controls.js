// The buttons below a live view: pressed without leaving the picture, and true to what is said elsewhere.
"use strict";

const LOOK_MS = 5000;

async function lookAtControls() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (answer.redirected) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const controls of document.querySelectorAll(".controls")) {
    const fresh = answer.ok && page.getElementById(controls.id);
    if (fresh) renew(controls, fresh.innerHTML);
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.closest(".controls")) return;
  event.preventDefault();
  const said = form.closest(".live").querySelector(".said");
  try {
    const sent = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } };
    const answer = await fetch(form.action, sent);
    if (answer.status === 401) return location.reload();
    said.textContent = answer.ok ? (await answer.json()).answer : await answer.text();
    await lookAtControls();
  } catch {
    said.textContent = "pycam does not answer";
  }
});

async function follow() {
  if (!document.hidden) await lookAtControls().catch(() => {}); // the next look may go well
  setTimeout(follow, LOOK_MS);
}
setTimeout(follow, LOOK_MS);
