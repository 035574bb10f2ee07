/* A check beside an editor (of stories, of issues): asks for findings when the writer pauses, and acts on them. */
(() => {
  const { Controller } = window.StimulusModule;
  /** Milliseconds between looks at the form; it is checked once it stood still for one of them. */
  const PAUSE = 900;
  /** What stands at the foot of a story: crisis help goes before it. */
  const FOOT = ["references", "signature", "subscribe_form", "related_stories"];

  class Check extends Controller {
    static targets = ["findings", "summary", "trouble"];
    static values = { url: String, away: String, panel: { type: String, default: "editorial-check" } };

    connect() {
      this.checked = null;
      this.seen = null;
      this.timer = setInterval(() => this.look(), PAUSE);
    }

    disconnect() {
      clearInterval(this.timer);
      clearTimeout(this.again);
      this.request?.abort();
    }

    get form() {
      return document.querySelector("[data-edit-form]");
    }

    /** The form as it stands, without files: what the preview posts, too. */
    get content() {
      const fields = new FormData(this.form);
      for (const name of ["action-publish", "action-submit"]) fields.delete(name);
      return new URLSearchParams([...fields].filter(([, value]) => typeof value === "string"));
    }

    look() {
      if (document.hidden || !this.form || this.isBusy) return;
      const now = this.content.toString();
      const stoodStill = now === this.seen;
      this.seen = now;
      if (now !== this.checked && (stoodStill || this.checked === null)) this.check();
    }

    async check(decision = {}) {
      const content = this.content;
      this.checked = content.toString();
      for (const [name, value] of Object.entries(decision)) content.set(name, value);
      this.isBusy = true;
      this.findingsTarget.setAttribute("aria-busy", "true");
      this.request = new AbortController();
      try {
        const response = await fetch(this.urlValue, { method: "POST", body: content, signal: this.request.signal });
        if (!response.ok) throw new Error(String(response.status));
        this.show(await response.json());
      } catch (error) {
        if (error.name !== "AbortError") this.complain(this.awayValue);
      } finally {
        this.isBusy = false;
        this.findingsTarget.removeAttribute("aria-busy");
      }
    }

    show({ html, open, summary, complaint, again }) {
      this.complain(complaint);
      clearTimeout(this.again);
      // An answer is under way: it is looked for although nobody writes.
      if (again) this.again = setTimeout(() => (this.checked = null), again * 1000);
      const typing = this.openReason();
      const focused = this.findingsTarget.contains(document.activeElement) ? this.nameOf(document.activeElement) : null;
      this.findingsTarget.innerHTML = html;
      this.putBack(typing);
      if (focused) this.focusOn(focused);
      this.count(open);
      this.say(summary);
    }

    /** A reason that somebody is writing outlives a fresh list. */
    openReason() {
      const details = this.findingsTarget.querySelector("details[open]");
      const button = details?.querySelector("[data-fingerprint]");
      return button && { fingerprint: button.dataset.fingerprint, text: details.querySelector("[data-reason]").value };
    }

    putBack(typing) {
      if (!typing) return;
      const button = this.findingsTarget.querySelector(`details [data-fingerprint="${typing.fingerprint}"]`);
      const details = button?.closest("details");
      if (!details) return;
      details.open = true;
      details.querySelector("[data-reason]").value = typing.text;
    }

    nameOf(element) {
      const { fingerprint = "", place = "", field = "", sentence = "" } = element.dataset;
      const inside = element.closest("details")?.querySelector("[data-fingerprint]")?.dataset.fingerprint ?? "";
      return { tag: element.localName, what: element.dataset.do ?? "", key: fingerprint + place + field + sentence, inside };
    }

    focusOn({ tag, what, key, inside }) {
      const same = [...this.findingsTarget.querySelectorAll(tag)].find((element) => {
        const name = this.nameOf(element);
        return name.what === what && name.key === key && name.inside === inside;
      });
      // What was pressed may be gone: the list itself is the nearest thing left.
      if (same) same.focus({ preventScroll: true });
      else {
        this.findingsTarget.tabIndex = -1;
        this.findingsTarget.focus({ preventScroll: true });
      }
    }

    count(open) {
      const badge = document.querySelector(`[data-side-panel-toggle="${this.panelValue}"] [data-side-panel-toggle-counter]`);
      if (!badge) return;
      badge.textContent = String(open);
      badge.hidden = !open;
    }

    /** Why something could not be done, for everybody to see; nothing takes the last complaint away. */
    complain(words) {
      this.troubleTarget.textContent = words;
      this.troubleTarget.hidden = !words;
    }

    /** Only what is new is announced. */
    say(words) {
      if (this.summaryTarget.textContent !== words) this.summaryTarget.textContent = words;
    }

    act(event) {
      const link = event.target.closest('a[href^="#block-"]');
      if (link) {
        event.preventDefault();
        this.goTo({ block: link.getAttribute("href").slice("#block-".length, -"-section".length) });
        return;
      }
      const { target } = event;
      const button = target.closest("[data-do]");
      if (!button) return;
      const { fingerprint } = button.dataset;
      switch (button.dataset.do) {
        case "show":
          this.goTo(button.dataset);
          break;
        case "fix":
          this.addCrisisHelp();
          break;
        case "ask":
          this.check({ decision: button.dataset.decision });
          break;
        case "acknowledge":
          this.check({ decision: "acknowledge", fingerprint });
          break;
        case "override": {
          const field = button.closest("details").querySelector("[data-reason]");
          field.required = true;
          if (field.reportValidity()) this.check({ decision: "override", fingerprint, reason: field.value });
          break;
        }
      }
    }

    get body() {
      return window.wagtail.editHandler?.getPanelByName("body")?.getBoundWidget();
    }

    /** Through the StreamField itself, so that nothing that isn't saved yet is touched. */
    addCrisisHelp() {
      const body = this.body;
      if (!body || body.children.some((child) => child.type === "crisis_help")) return;
      let place = body.children.length;
      while (place && FOOT.includes(body.children[place - 1].type)) place -= 1;
      const value = body.blockDef.initialChildStates.crisis_help;
      const block = body.insert({ type: "crisis_help", value }, place, { focus: true });
      const element = block?.element ?? null;
      this.reveal(element instanceof HTMLElement ? element : document.getElementById("panel-child-content-body-section"));
    }

    /** A block that was never saved has no id yet: then its place tells which it is. */
    elementOf({ block, place, field }) {
      const named = block && document.querySelector(`[data-contentpath="${CSS.escape(block)}"]`);
      const placed = place && this.body?.children[place - 1];
      return named || placed?.element || placed?.container?.[0] || document.getElementById(field);
    }

    goTo({ block, place, field, sentence }) {
      const target = this.elementOf({ block, place, field });
      if (!target) return;
      if (window.matchMedia("(max-width: 49.9375rem)").matches) {
        document.querySelector("[data-form-side-close-button]")?.click();
      }
      this.reveal(target);
      this.mark(target, sentence);
    }

    /** Opens the tab and the panels that hold the element, scrolls to it and puts the focus there. */
    reveal(element) {
      if (!element) return;
      const tab = element.closest("[role=tabpanel]");
      if (tab?.hidden) document.getElementById(tab.getAttribute("aria-labelledby"))?.click();
      for (let panel = element.closest("[data-panel]"); panel; panel = panel.parentElement?.closest("[data-panel]")) {
        const toggle = panel.querySelector("[data-panel-toggle]");
        if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
      }
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      element.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
      const inside = "[contenteditable=true], textarea, input:not([type=hidden]), select";
      (element.matches(inside) ? element : element.querySelector(inside))?.focus({ preventScroll: true });
      element.classList.add("editorial-here");
      setTimeout(() => element.classList.remove("editorial-here"), 2500);
    }

    /** Marks the sentence's first words without touching the editor's own elements. */
    mark(element, sentence) {
      if (!sentence || !window.Highlight || !CSS.highlights) return;
      CSS.highlights.delete("rounds-finding");
      const words = sentence.split(/\s*\[\d/)[0].trim();
      const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      let text = "";
      const places = [];
      for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
        for (let index = 0; index < node.data.length; index += 1) {
          const letter = /\s/.test(node.data[index]) ? " " : node.data[index];
          if (letter === " " && text.endsWith(" ")) continue;
          text += letter;
          places.push([node, index]);
        }
      }
      const start = text.indexOf(words);
      if (start < 0) return;
      const range = new Range();
      range.setStart(...places[start]);
      const [node, index] = places[start + words.length - 1];
      range.setEnd(node, index + 1);
      CSS.highlights.set("rounds-finding", new window.Highlight(range));
      setTimeout(() => CSS.highlights.delete("rounds-finding"), 8000);
    }
  }

  window.wagtail.app.register("rounds-check", Check);
})();
