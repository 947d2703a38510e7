// Puts what pycam says now in the place of what is shown. What has the keyboard's focus keeps it.
"use strict";

// Each rendering has other tokens; they alone are nothing new.
const TOKENS = /name="csrf_token" value="[^"]*"/g;

// What can have the focus is found again by where it leads and what it says; what has become another, by its number.
const FOCUSABLE = "a, button, summary, video";
const nameOf = (element) => (element.form?.action ?? element.getAttribute("href")) + element.textContent;

function renew(shown, html) {
  const made = document.createElement("template");
  made.innerHTML = html; // of our own templates, escaped there
  const fresh = made.innerHTML.replaceAll(TOKENS, "").trim();
  if (fresh === (shown.renewed ?? shown.innerHTML.replaceAll(TOKENS, "").trim())) return;
  const focused = document.activeElement;
  const number = [...shown.querySelectorAll(FOCUSABLE)].indexOf(focused);
  shown.renewed = fresh;
  shown.replaceChildren(made.content);
  if (number < 0) return;
  const now = [...shown.querySelectorAll(FOCUSABLE)];
  (now.find((one) => nameOf(one) === nameOf(focused)) ?? now[number])?.focus({ preventScroll: true });
}
