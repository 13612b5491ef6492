// A picture that is chosen, dropped or pasted goes to the server as it is; what comes back is shown below.
"use strict";

const form = document.querySelector("[data-similar]");
if (form) {
  const file = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-status]");
  const results = document.querySelector("[data-results]");

  async function look(picture) {
    if (!picture) return;
    status.textContent = `Looking for ${picture.name || "the picture"} …`;
    results.replaceChildren();
    try {
      const reply = await fetch(form.action, {
        method: "POST",
        body: picture,
        headers: {
          "content-type": "application/octet-stream",
          "x-cutline-token": form.elements.token.value,
        },
      });
      const text = await reply.text();
      if (!(reply.headers.get("content-type") || "").startsWith("text/html")) {
        status.textContent = text;
        return;
      }
      const parsed = new DOMParser().parseFromString(text, "text/html");
      results.replaceChildren(...parsed.body.childNodes);
      status.textContent = "";
    } catch {
      status.textContent = "The server cannot be reached. Is it still running?";
    }
  }

  file.addEventListener("change", () => look(file.files[0]));
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    look(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const picture = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (picture) look(picture);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); look(file.files[0]); });
}
