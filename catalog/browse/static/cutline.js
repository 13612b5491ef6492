// What every page shares: pictures that cannot be had show their stored thumbnail, and J and K go from card to card.
"use strict";

function fallBack(image) {
  const stored = image.dataset.fallback;
  if (!stored) return;
  delete image.dataset.fallback;
  const attribute = image instanceof SVGImageElement ? "href" : "src";
  if (image.getAttribute(attribute) === stored) return;
  image.setAttribute(attribute, stored);
  const said = image.closest("figure")?.querySelector("[data-said]");
  if (said) said.textContent = "The archive's file cannot be shown: this is the stored thumbnail.";
}

document.addEventListener("error", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-fallback]")) fallBack(event.target);
}, true);

for (const image of document.querySelectorAll("img[data-fallback]")) {
  if (image.complete && image.naturalWidth === 0) fallBack(image);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "/") {
    const search = document.querySelector("main input[type=search], header input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  if (event.key !== "j" && event.key !== "k") return;
  const cards = [...document.querySelectorAll("[data-card]")];
  if (!cards.length) return;
  const at = cards.indexOf(document.activeElement.closest("[data-card]"));
  const next = cards[Math.min(cards.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
});

// What takes long to count is not waited for: the page is asked for again until it is there.
if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 2000);
