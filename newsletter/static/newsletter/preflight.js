/* How long the mail is while it is written: asked whenever the form stands still for a moment. */
(() => {
  const { Controller } = window.StimulusModule;
  /** Milliseconds between looks at the form. */
  const PAUSE = 600;

  class Size extends Controller {
    static targets = ["meter", "words"];
    static values = { url: String };

    connect() {
      this.timer = setInterval(() => this.look(), PAUSE);
    }

    disconnect() {
      clearInterval(this.timer);
    }

    get content() {
      const form = document.querySelector("[data-edit-form]");
      if (!form) return "";
      return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
    }

    async look() {
      if (document.hidden || this.isBusy || !this.element.checkVisibility()) return;
      const now = this.content;
      const stoodStill = now === this.seen;
      this.seen = now;
      if (!now || now === this.measured || (!stoodStill && this.measured !== undefined)) return;
      this.measured = now;
      this.isBusy = true;
      try {
        const response = await fetch(this.urlValue, { method: "POST", body: new URLSearchParams(now) });
        if (response.ok) this.show(await response.json());
      } catch {
        /* The network is away for a moment: the check beside it says so; this is asked again at the next change. */
      } finally {
        this.isBusy = false;
      }
    }

    show({ octets, summary }) {
      this.meterTarget.value = octets ?? 0;
      this.wordsTarget.textContent = summary;
    }
  }

  /** Loads the page again while an answer is awaited, unless somebody writes a reason on it. */
  class Again extends Controller {
    static values = { seconds: Number };

    connect() {
      this.timer = setInterval(() => this.look(), this.secondsValue * 1000);
    }

    disconnect() {
      clearInterval(this.timer);
    }

    look() {
      const isWriting = [...this.element.querySelectorAll("textarea")].some((field) => field.value || field === document.activeElement);
      if (!document.hidden && !isWriting) window.location.replace(window.location.href);
    }
  }

  window.wagtail.app.register("newsletter-size", Size);
  window.wagtail.app.register("newsletter-again", Again);
})();
