/* Publish & email shows at once what another choice would do. Without this script its button Look again does. */
(() => {
  const { Controller } = window.StimulusModule;
  /** What decides whom it goes to and when. Words that are typed are not asked about at each pause. */
  const DECIDES = "select, [type=radio], [type=date], [type=time]";

  class Choices extends Controller {
    static targets = ["form", "part", "summary"];
    static values = { failed: String };

    disconnect() {
      this.stop();
    }

    choose(event) {
      if (event.target.matches(DECIDES)) this.look();
    }

    stop() {
      this.asking?.abort();
      this.asking = null;
    }

    /** Back in the browser may bring the old page with the newer choices in its fields. */
    comeBack() {
      const fields = [...this.formTarget.querySelectorAll(DECIDES)];
      if (fields.some((field) => this.differs(field))) this.look();
    }

    differs(field) {
      if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
      return field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    }

    async look() {
      this.stop();
      const asking = new AbortController();
      this.asking = asking;
      this.element.setAttribute("aria-busy", "true");
      try {
        const posted = this.posted();
        const response = await fetch(window.location.href, { method: "POST", body: posted, signal: asking.signal });
        const html = await response.text();
        if (asking !== this.asking) return;
        if (!response.ok || response.redirected) throw new Error(String(response.status));
        // Somebody went on typing: what came is for other words, and would overwrite theirs.
        if (posted.toString() !== this.posted().toString()) return this.look();
        this.take(new DOMParser().parseFromString(html, "text/html"));
      } catch {
        if (asking === this.asking) this.summaryTarget.textContent = this.failedValue;
      }
      if (asking === this.asking) this.element.removeAttribute("aria-busy");
    }

    posted() {
      return new URLSearchParams(new FormData(this.formTarget));
    }

    /** The field that has the focus keeps it; only what is wrong with it is said anew. */
    take(page) {
      for (const part of this.partTargets) {
        const fresh = page.getElementById(part.id);
        if (!fresh) throw new Error(part.id);
        if (!part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
        else part.querySelector("[data-field-errors]")?.replaceWith(fresh.querySelector("[data-field-errors]") ?? "");
      }
    }
  }

  window.wagtail.app.register("newsletter-choices", Choices);
})();
