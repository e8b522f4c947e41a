// Small comforts of every page: what a form leaves empty stays out of the address, what cannot be taken back is asked about first,
// and where the navigation is wider than the screen, the place where one is can be seen.

document.querySelector(".bar [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    const question = form.dataset["confirm"];
    if (question !== undefined && !globalThis.confirm(question)) return event.preventDefault();
    if (form.dataset["dropEmpty"] === undefined) return;
    for (const field of form.querySelectorAll("input, select")) {
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)
        field.disabled = field.value === "";
    }
    // Back in the history the fields are as they were.
    setTimeout(() => {
      for (const field of form.querySelectorAll("input, select")) field.removeAttribute("disabled");
    });
  });
}
