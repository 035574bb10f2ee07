/* A new page that is sent while it is being saved by itself for the first time would be taken for a second one with the
   same address, and refused. So the form waits for that answer, and is sent to the page that was made. */
(() => {
  const LONGEST = 20000; // milliseconds; then it is sent all the same
  let saving = null;
  let answered = () => {};

  document.addEventListener("w-autosave:save", (event) => {
    let end;
    const mine = new Promise((resolve) => {
      end = resolve;
    });
    saving = mine;
    answered = () => {
      if (saving === mine) saving = null;
      end();
    };
    // Whoever else hears of it may have forbidden it: then no answer comes.
    const done = answered;
    queueMicrotask(() => event.defaultPrevented && done());
    setTimeout(done, LONGEST);
  });
  for (const name of ["success", "error"]) {
    document.addEventListener(`w-autosave:${name}`, () => answered());
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!saving || !form.matches("[data-controller~=w-autosave]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      saving.then(() => {
        // A field of its own says which button it was: the button itself is disabled by now, and would say nothing.
        if (submitter?.name) {
          const pressed = document.createElement("input");
          pressed.type = "hidden";
          pressed.name = submitter.name;
          pressed.value = submitter.value;
          form.append(pressed);
        }
        form.requestSubmit();
      });
    },
    true,
  );
})();
