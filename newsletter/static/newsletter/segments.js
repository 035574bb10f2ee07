/* Counts a segment while it is put together, without loading the page anew. Everything works without this, too. */
(() => {
  const { Controller } = window.StimulusModule;
  /** How long somebody has stopped typing before it is counted, in milliseconds. */
  const PAUSE = 350;

  class Segment extends Controller {
    static values = { url: String };
    static targets = ["draft", "said"];

    disconnect() {
      clearTimeout(this.timer);
      this.request?.abort();
    }

    /** A button of a condition or a group; "save" goes its usual way. */
    act(event) {
      const command = event.submitter?.value ?? "save";
      if (command === "save") {
        clearTimeout(this.timer);
        return;
      }
      event.preventDefault();
      this.look(command);
    }

    /** Another choice may ask for other fields. */
    choose(event) {
      if (event.target.matches("select")) {
        this.look("look");
      }
    }

    type(event) {
      if (event.target.matches("[data-newsletter-segment-target=draft] input")) {
        clearTimeout(this.timer);
        if (this.command === "look") {
          /* Its answer would come with the fields as they were before this letter. */
          this.request.abort();
        }
        this.timer = setTimeout(() => this.look(this.command === "look" ? "look" : ""), PAUSE);
      }
    }

    /** Without a command only the count is replaced: the field that somebody types into stays as it is. */
    async look(command) {
      clearTimeout(this.timer);
      this.request?.abort();
      this.request = new AbortController();
      const { signal } = this.request;
      this.command = command;
      const body = new FormData(this.element);
      body.set("do", command);
      try {
        const response = await fetch(this.urlValue, { method: "POST", body, signal });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const fresh = page.querySelector("[data-part=rules]");
        if (!response.ok || !fresh) {
          throw new Error(response.statusText);
        }
        this.replace(page, "count");
        if (command) {
          const focused = document.activeElement?.id;
          this.replace(page, "rules");
          this.focus(command, focused);
        } else {
          this.mend(page);
        }
        this.command = "";
        this.saidTarget.textContent = this.draftTarget.querySelector("[data-said]").textContent.replace(/\s+/g, " ").trim();
      } catch (error) {
        if (error.name !== "AbortError") {
          this.saidTarget.textContent = this.draftTarget.querySelector("[data-part=count]").textContent = "…";
        }
      }
    }

    replace(page, part) {
      const fresh = page.querySelector(`[data-part=${part}]`);
      this.draftTarget.querySelector(`[data-part=${part}]`).replaceChildren(...fresh.childNodes);
    }

    /** What is wrong, and what no longer is, beside fields that stay. */
    mend(page) {
      for (const fresh of page.querySelectorAll(".newsletter-problem")) {
        const field = document.getElementById(fresh.id.replace(/problem$/, "value"));
        field?.toggleAttribute("aria-invalid", false);
        if (fresh.hasChildNodes()) {
          field?.setAttribute("aria-invalid", "true");
        }
        document.getElementById(fresh.id)?.replaceChildren(...fresh.childNodes);
      }
    }

    /** What was just added; after something went, the group it stood in; else the field as before. */
    focus(command, before) {
      const added = this.draftTarget.querySelector("[data-focus]");
      if (command.startsWith("remove:")) {
        const path = added?.querySelector("[name=rule]")?.value ?? "0";
        this.draftTarget.querySelector(`button[value="add:${path}"]`)?.focus();
      } else if (added) {
        added.querySelector("select")?.focus();
      } else if (before) {
        document.getElementById(before)?.focus();
      }
    }
  }

  window.wagtail.app.register("newsletter-segment", Segment);
})();
