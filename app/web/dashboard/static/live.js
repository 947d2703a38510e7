// Each live view: looks while its page is seen, shows whole pictures only, and none once no new one comes.
// The stream is read here and not by an image element: that keeps its last picture for ever and says nothing.
"use strict";

const RETRY_MS = 5000;
const LATE_MS = 8000; // dashboard.live_fps may be one in five seconds

// The stream's pictures (multipart, each with its Content-Length), for as long as it goes on.
async function* pictures(stream) {
  const reader = stream.getReader();
  let held = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(held.length + value.length);
    joined.set(held);
    joined.set(value, held.length);
    held = joined;
    for (;;) {
      const start = held.indexOf(0xff); // a JPEG's first byte; no head has it
      const head = new TextDecoder().decode(held.subarray(0, start < 0 ? held.length : start));
      const size = Number(/Content-Length: (\d+)\r\n\r\n$/.exec(head)?.[1]);
      if (start < 0 || !size || held.length < start + size) break;
      yield new Blob([held.subarray(start, start + size)], { type: "image/jpeg" });
      held = held.slice(start + size);
    }
  }
}

for (const view of document.querySelectorAll(".live")) {
  const image = view.querySelector("img");
  const state = view.querySelector(".state");
  let hangUp = () => {};
  let again = 0;

  const show = async (picture) => {
    const before = image.src;
    image.src = URL.createObjectURL(picture);
    await image.decode();
    if (before) URL.revokeObjectURL(before);
    image.hidden = false;
    if (state.textContent !== "live") state.textContent = "live"; // said once, not with each picture
  };

  const look = async (signal, late) => {
    const answer = await fetch(view.dataset.stream, { signal });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error((await answer.text()).trim());
    for await (const picture of pictures(answer.body)) {
      late();
      await show(picture);
    }
    throw new Error("the camera gives no pictures");
  };

  const start = async () => {
    clearTimeout(again);
    if (document.hidden) return;
    const asking = new AbortController();
    let timer = 0;
    let isLate = false;
    const late = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isLate = true;
        asking.abort();
      }, LATE_MS);
    };
    hangUp = () => asking.abort();
    late();
    try {
      await look(asking.signal, late);
    } catch (error) {
      if (asking.signal.aborted && !isLate) return; // the page is not seen: nothing is encoded while nobody looks
      image.hidden = true;
      const unreachable = error.name === "TypeError" && "pycam does not answer";
      state.textContent = isLate ? "no new picture comes" : unreachable || error.message;
      again = setTimeout(start, RETRY_MS);
    } finally {
      clearTimeout(timer);
      asking.abort();
    }
  };

  document.addEventListener("visibilitychange", () => {
    hangUp();
    clearTimeout(again);
    start();
  });
  const wholeScreen = view.querySelector(".whole-screen");
  wholeScreen.hidden = !document.fullscreenEnabled; // an iPhone has it for videos only
  wholeScreen.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else view.requestFullscreen();
  });
  start();
}
