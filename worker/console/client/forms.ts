// Small comforts of forms: what was left empty stays out of the address, and what cannot be taken back is asked about first.

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
