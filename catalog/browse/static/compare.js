// Two pictures side by side, swiped, blinking, or their difference. Without this script they stand side by side.
"use strict";

const MODES = ["side", "swipe", "blink", "difference"];
const BLINK_MS = 700;

function setUpComparison(box) {
  const buttons = [...box.querySelectorAll("[data-mode-to]")];
  const second = box.querySelector("[data-second]");
  const swipe = box.querySelector("[data-swipe]");
  const edge = box.querySelector("[data-edge]");
  const slider = box.querySelector("[data-slider]");
  const laid = box.querySelector(".laid");
  const sides = box.querySelector(".sides");
  const full = box.querySelector("[data-full]");
  const svg = laid.querySelector("svg");
  const width = svg.viewBox.baseVal.width;
  let timer = 0;

  function show(mode) {
    box.dataset.mode = mode;
    clearInterval(timer);
    sides.hidden = mode !== "side";
    laid.hidden = mode === "side";
    second.removeAttribute("visibility");
    second.toggleAttribute("clip-path", false);
    if (mode === "swipe") second.setAttribute("clip-path", "url(#swipe)");
    if (mode === "blink") {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (!still) timer = setInterval(turn, BLINK_MS);
    }
    slider.closest("label").hidden = mode !== "swipe";
    edge.toggleAttribute("hidden", mode !== "swipe");
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.modeTo === mode));
    sessionStorage.setItem("cutline-compare", mode);
  }

  function turn() {
    if (second.getAttribute("visibility") === "hidden") second.removeAttribute("visibility");
    else second.setAttribute("visibility", "hidden");
  }

  function move() {
    const at = (slider.value / 1000) * width;
    swipe.setAttribute("x", at);
    swipe.setAttribute("width", Math.max(0, width - at));
    edge.setAttribute("x1", at);
    edge.setAttribute("x2", at);
  }

  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.modeTo));
  slider.addEventListener("input", move);
  svg.addEventListener("pointermove", (event) => {
    if (box.dataset.mode !== "swipe") return;
    const frame = svg.getBoundingClientRect();
    slider.value = Math.round(((event.clientX - frame.left) / frame.width) * 1000);
    move();
  });
  svg.addEventListener("click", () => { if (box.dataset.mode === "blink") turn(); });
  full.addEventListener("click", () => {
    const on = box.classList.toggle("full");
    full.setAttribute("aria-pressed", String(on));
  });
  document.addEventListener("keydown", (event) => {
    if (!box.isConnected || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select")) return;
    const mode = MODES[Number(event.key) - 1];
    if (mode && event.key.length === 1) show(mode);
  });

  box.querySelector(".modes").hidden = false;
  move();
  const last = sessionStorage.getItem("cutline-compare");
  show(MODES.includes(last) ? last : "side");
}

for (const box of document.querySelectorAll("[data-compare]")) setUpComparison(box);
