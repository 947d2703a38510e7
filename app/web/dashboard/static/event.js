// An event that goes on, or whose clip is being written: the page follows it until all is there.
"use strict";

const LOOK_MS = 3000;

async function follow() {
  const shown = document.getElementById("event");
  if (!("develops" in shown.dataset)) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (answer.redirected || [401, 404].includes(answer.status)) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("event");
      if (answer.ok && fresh) {
        renew(shown, fresh.innerHTML);
        if (!("develops" in fresh.dataset)) delete shown.dataset.develops;
      }
    } catch {
      // the next look may go well
    }
  }
  setTimeout(follow, LOOK_MS);
}
setTimeout(follow, LOOK_MS);
