// Each live view: looks while its page is seen, says so while it cannot, and tries again by itself.
"use strict";

const RETRY_MS = 5000;

for (const view of document.querySelectorAll(".live")) {
  const image = view.querySelector("img");
  const state = view.querySelector(".state");
  let again = 0;

  const start = () => {
    clearTimeout(again);
    if (document.hidden) return;
    image.src = `${view.dataset.stream}?at=${Date.now()}`;
  };
  const stop = () => {
    clearTimeout(again);
    image.removeAttribute("src"); // hangs up: nothing is encoded while nobody looks
  };
  const retry = (why) => {
    image.hidden = true;
    state.textContent = why;
    again = setTimeout(start, RETRY_MS);
  };

  // Fires with the first picture; some browsers fire it with each.
  image.addEventListener("load", () => {
    image.hidden = false;
    state.textContent = "live";
  });
  image.addEventListener("error", async () => {
    if (!image.getAttribute("src")) return;
    // An image says nothing of why; the same address asked once more does.
    const asking = new AbortController();
    try {
      const answer = await fetch(view.dataset.stream, { signal: asking.signal });
      if (answer.status === 401) return location.reload();
      retry(answer.ok ? "the connection was lost" : (await answer.text()).trim());
    } catch {
      retry("pycam does not answer");
    } finally {
      asking.abort();
    }
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  view.querySelector(".whole-screen").addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else view.requestFullscreen?.();
  });
  start();
}
