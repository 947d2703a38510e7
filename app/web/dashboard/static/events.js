// The first page of the list renews itself: an event appears without a reload.
"use strict";

const LOOK_MS = 3000;
const list = document.getElementById("list");
const form = document.querySelector("form.filters");

// While a year is typed, "2", "20" and "202" are dates, too: they are out of the field's range.
form.querySelector("input[type=date]").addEventListener("change", () => form.reportValidity() && form.requestSubmit());
// Empty filters stay out of the address.
form.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
// A picture that is not there (yet) leaves its place empty.
list.addEventListener("error", (event) => event.target.classList?.add("missing"), true);

let etag = "";
async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(list.dataset.fresh, { headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status === 401) return location.reload();
      if (answer.ok) {
        etag = answer.headers.get("ETag") ?? "";
        renew(list, await answer.text());
      }
    } catch {
      // pycam is being restarted, or the phone has no network: the next look may go well
    }
  }
  setTimeout(look, LOOK_MS);
}
if (list.dataset.fresh) setTimeout(look, LOOK_MS);
