// A contact sheet by keyboard and by touch. Without this script its boxes and buttons do the same.
"use strict";

const sheet = document.querySelector("[data-sheet]");

if (sheet) {
  const tiles = [...sheet.querySelectorAll("[data-tile]")];
  const panel = sheet.querySelector("[data-panel]");
  const accept = sheet.querySelector("[data-accept]");
  let at = 0;

  function goTo(index) {
    if (!tiles.length) return;
    at = Math.min(tiles.length - 1, Math.max(0, index));
    tiles.forEach((tile, number) => tile.toggleAttribute("data-at", number === at));
    const box = tiles[at].querySelector("[data-out]");
    box.focus({ preventScroll: true });
    tiles[at].scrollIntoView({ block: "nearest" });
  }

  function columns() {
    const top = tiles[0].offsetTop;
    const first = tiles.findIndex((tile) => tile.offsetTop !== top);
    return first > 0 ? first : tiles.length;
  }

  async function look() {
    const address = tiles[at].dataset.compareWith;
    panel.hidden = false;
    panel.textContent = "Loading …";
    try {
      const text = await (await fetch(address)).text();
      const over = new DOMParser().parseFromString(text, "text/html").querySelector("[data-compare]");
      if (!over) throw new Error("no comparison");
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "Close (Esc)";
      close.addEventListener("click", hide);
      panel.replaceChildren(close, over);
      setUpComparison(over);
      panel.scrollIntoView({ block: "nearest" });
    } catch {
      panel.textContent = "The comparison cannot be shown. Is the server still running?";
    }
  }

  function hide() {
    panel.hidden = true;
    panel.replaceChildren();
  }

  function count() {
    const out = sheet.querySelectorAll("[data-out]:checked").length;
    const words = sheet.querySelector("[data-accept-words]");
    if (words) words.textContent = out ? `All the same but ${out}` : "All the same";
  }

  sheet.addEventListener("change", count);
  sheet.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-tile]");
    if (tile) at = tiles.indexOf(tile);
    if (event.target.closest("[data-look]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      goTo(at);
      look();
    }
  });

  document.addEventListener("keydown", (event) => {
    const use = document.querySelector("[data-keys]");
    if (event.ctrlKey || event.metaKey || event.altKey || (use && !use.checked)) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() }[event.key];
    const key = event.key.toLowerCase();
    if (step && tiles.length) goTo(at + step);
    else if (key === "x" && tiles.length && !event.repeat) {
      const box = tiles[at].querySelector("[data-out]");
      box.click();
      // Pictures that do not belong stand together, so that the next one is at hand.
      if (box.checked) goTo(at + 1);
    }
    else if (key === "z" && tiles.length && !event.repeat) { if (panel.hidden) look(); else hide(); }
    else if (key === "escape" && !panel.hidden) hide();
    else if (key === "k" && tiles.length && !event.repeat) tiles[at].querySelector("[data-keep]")?.click();
    else if (key === "enter" && accept && !event.repeat && !event.target.closest("a, button, summary")) accept.click();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  count();
  goTo(0);
}
