/* A campaign's page and list bring themselves up to date. Without this script there is a link that loads them again. */
(() => {
  const { Controller } = window.StimulusModule;
  const HIDDEN_SECONDS = 30;
  const LONGEST_SECONDS = 60;
  const SPOKEN_EVERY = 30_000;

  /** Asks for fresh parts of itself while there is something to expect, and puts in those that have changed. */
  class Live extends Controller {
    static targets = ["refresh", "trouble", "spoken"];
    static values = { url: String, seconds: Number, failed: String, refused: String };

    connect() {
      this.failures = 0;
      this.spokenAt = Date.now();
      this.state = this.part(this.element, "seconds")?.dataset.state;
      this.refreshTargets.forEach((link) => (link.hidden = true));
      this.remember(this.element);
      this.onVisibility = () => document.hidden || this.look();
      document.addEventListener("visibilitychange", this.onVisibility);
      this.wait();
    }

    disconnect() {
      clearTimeout(this.timer);
      this.asking?.abort();
      document.removeEventListener("visibilitychange", this.onVisibility);
    }

    wait() {
      clearTimeout(this.timer);
      if (!this.secondsValue) return;
      let seconds = this.secondsValue * 2 ** this.failures;
      if (document.hidden) seconds = Math.max(seconds, HIDDEN_SECONDS);
      this.timer = setTimeout(() => this.look(), Math.min(seconds, LONGEST_SECONDS) * 1000);
    }

    async look() {
      clearTimeout(this.timer);
      if (!this.secondsValue) return;
      this.asking?.abort();
      const asking = new AbortController();
      this.asking = asking;
      const late = setTimeout(() => asking.abort(), LONGEST_SECONDS * 1000);
      try {
        const response = await fetch(this.urlValue, { headers: { Accept: "text/html" }, signal: asking.signal });
        const html = await response.text();
        if (asking !== this.asking) return;
        this.take(response, html);
      } catch {
        if (asking !== this.asking || !this.element.isConnected) return;
        this.fail();
      } finally {
        clearTimeout(late);
      }
      this.wait();
    }

    take(response, html) {
      const fresh = new DOMParser().parseFromString(html, "text/html");
      const head = this.part(fresh, "seconds");
      if (response.status >= 500 || response.status === 429) {
        this.fail();
      } else if (!response.ok || !head) {
        this.secondsValue = 0; // the page to sign in, or a refusal: asking again changes nothing
        this.say(this.refusedValue);
      } else {
        this.failures = 0;
        this.say("");
        this.secondsValue = Number(head.dataset.seconds);
        fresh.querySelectorAll("[data-live]").forEach((part) => this.replace(part));
        this.speak(head.dataset);
      }
    }

    fail() {
      this.failures = Math.min(this.failures + 1, 5);
      this.say(this.failedValue);
    }

    say(words) {
      this.refreshTargets.forEach((link) => (link.hidden = !words));
      this.troubleTargets.forEach((place) => {
        if (place.textContent !== words) place.textContent = words;
      });
    }

    /** A sentence now and then, and at once when the state has changed. */
    speak({ spoken, state }) {
      if (!spoken || (state === this.state && Date.now() - this.spokenAt < SPOKEN_EVERY)) return;
      this.state = state;
      this.spokenAt = Date.now();
      this.spokenTargets.forEach((place) => (place.textContent = spoken));
    }

    replace(part) {
      const old = this.part(this.element, part.dataset.live);
      if (!old || this.versions.get(part.dataset.live) === this.version(part)) return;
      this.versions.set(part.dataset.live, this.version(part));
      const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
      const adopted = document.importNode(part, true);
      old.replaceWith(adopted);
      if (key === undefined) return;
      const again = adopted.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? adopted.querySelector("[data-key]");
      again?.focus({ preventScroll: true });
    }

    remember(root) {
      this.versions = new Map([...root.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, this.version(part)]));
    }

    /** What tells two renderings of a part apart; forms carry a token that differs each time. */
    version(part) {
      return part.dataset.version ?? part.innerHTML + JSON.stringify({ ...part.dataset });
    }

    part(root, name) {
      return root.querySelector(`[data-live="${name}"]`);
    }
  }

  window.wagtail.app.register("newsletter-live", Live);
})();
