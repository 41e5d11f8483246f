// The scanner types into the entry field: it is empty and focused whenever the desk can take the next card.
"use strict";

function ready() {
  const entry = document.getElementById("entry");
  const tap = document.querySelector("#tap > article");
  if (!entry || !tap || tap.dataset.tone === "wait") return;
  entry.focus({ preventScroll: true });
}

// After htmx has taken the form over: until then Enter would put what was scanned into the page's address.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("entry").disabled = false;
  document.getElementById("entry").focus({ preventScroll: true });
});

document.addEventListener("htmx:sseMessage", (event) => {
  if (event.target.id !== "tap") return;
  if (event.target.firstElementChild.dataset.tone === "wait") document.getElementById("entry-message").replaceChildren();
  ready();
});

// The session is over, here or in another window: nothing of it may stay on the screen.
document.addEventListener("htmx:sseClose", (event) => {
  if (event.detail.type === "message") window.location.reload();
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
