// The scanner types into the entry field: it is empty and focused whenever the desk can take the next card.
"use strict";

function ready() {
  const entry = document.getElementById("entry");
  const tap = document.querySelector("#tap > article");
  if (!entry || !tap || tap.dataset.tone === "wait") return;
  entry.focus({ preventScroll: true });
}

document.addEventListener("htmx:sseMessage", (event) => {
  if (event.target.id !== "tap") return;
  if (event.target.firstElementChild.dataset.tone === "wait") document.getElementById("entry-message").replaceChildren();
  ready();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status === 401) window.location.reload();
  if (!event.target.classList.contains("entry")) return;
  const entry = document.getElementById("entry");
  if (event.detail.successful) {
    entry.value = "";
    event.target.querySelector("input[name=arrival]").checked = true;
  } else {
    entry.select();
  }
  entry.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // Not by a click: a form that was swapped in a moment ago may not be wired yet.
  if (document.querySelector("form.cancel")) htmx.ajax("POST", "/taps/cancel", { target: "#entry-message" });
  document.getElementById("entry").focus();
});
