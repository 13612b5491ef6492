// Keys press the buttons of the page; nothing else happens here. They can be turned off.
"use strict";

const keys = document.querySelector("[data-keys]");
const note = document.querySelector("[data-note]");
let sent = false;

if (keys) {
  keys.checked = localStorage.getItem("cutline-keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("cutline-keys", keys.checked ? "on" : "off"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || (keys && !keys.checked)) return;
  if (event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key.toLowerCase() === "n" && note) {
    event.preventDefault();
    note.focus();
    return;
  }
  const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button && !sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  }
}, true);

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}

if (note) {
  note.addEventListener("keydown", (event) => {
    // Enter in the note must not choose the first button.
    if (event.key === "Enter") { event.preventDefault(); note.blur(); }
  });
}

addEventListener("pageshow", () => { sent = false; });
