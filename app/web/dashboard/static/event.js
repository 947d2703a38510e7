// An event that goes on, or whose clip is being written: the page follows it until all is there.
"use strict";

const LOOK_MS = 3000;

async function follow() {
  const shown = document.getElementById("event");
  if (!("develops" in shown.dataset)) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.pathname);
      if (answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("event");
      if (answer.ok && fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
    } catch {
      // the next look may go well
    }
  }
  setTimeout(follow, LOOK_MS);
}
setTimeout(follow, LOOK_MS);
