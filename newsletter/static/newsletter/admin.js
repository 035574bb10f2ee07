/* Small behaviours of the newsletter's pages in Wagtail's admin. Everything works without them. */
(() => {
  const { Controller } = window.StimulusModule;

  /** Counts the characters of a field below it, in words with places for the numbers. */
  class Length extends Controller {
    static values = { min: Number, max: Number, words: String };

    connect() {
      this.note = document.createElement("p");
      this.note.className = "newsletter-length";
      this.element.insertAdjacentElement("afterend", this.note);
      this.count();
    }

    disconnect() {
      this.note?.remove();
    }

    count() {
      const length = [...this.element.value.trim()].length;
      const { minValue: min, maxValue: max } = this;
      const good = length >= min && length <= max;
      const numbers = { count: length, min, max };
      this.note.textContent = this.wordsValue.replace(/\{(\w+)\}/g, (place, name) => numbers[name] ?? place);
      this.note.classList.toggle("newsletter-length--off", length > 0 && !good);
    }
  }

  /** Brings the element, and `also` another one, up to date from its page, as long as that says that it is moving. */
  class Refresh extends Controller {
    static values = { seconds: Number, also: String };

    connect() {
      this.timer = setTimeout(() => this.refresh(), this.secondsValue * 1000);
    }

    disconnect() {
      clearTimeout(this.timer);
    }

    async refresh() {
      if (document.hidden || this.element.contains(document.activeElement)) {
        this.connect();
        return;
      }
      try {
        const response = await fetch(window.location.href, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const fresh = page.getElementById(this.element.id);
        if (response.ok && fresh) {
          if (this.alsoValue) this.replace(document.getElementById(this.alsoValue), page.getElementById(this.alsoValue));
          if (this.replace(this.element, fresh)) return;
        }
      } catch {
        /* The network is away for a moment: what is shown stays, and the next round tries again. */
      }
      this.connect();
    }

    /** Whether it had changed: what is the same stays, with whatever somebody has marked in it. */
    replace(old, fresh) {
      if (!old || !fresh || old.isEqualNode(fresh) || old.contains(document.activeElement)) return false;
      old.replaceWith(fresh);
      return true;
    }
  }

  /** Fetches what it holds when somebody first looks at it: what takes long keeps no page waiting. */
  class Later extends Controller {
    static values = { url: String, away: String };

    connect() {
      this.observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.load());
      this.observer.observe(this.element);
    }

    disconnect() {
      this.observer.disconnect();
    }

    async load() {
      this.observer.disconnect();
      this.element.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(this.urlValue, { headers: { Accept: "text/html" } });
        if (!response.ok) throw new Error(String(response.status));
        this.element.innerHTML = await response.text();
      } catch {
        this.element.textContent = this.awayValue;
      } finally {
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  window.wagtail.app.register("newsletter-later", Later);
  window.wagtail.app.register("newsletter-length", Length);
  window.wagtail.app.register("newsletter-refresh", Refresh);
})();
