// <baton-countdown deadline="MILLISECONDS"> shows the time left until a deadline of the server: "04:59",
// "−00:12" in red when it has passed, "––:––" without one. The page sets window.batonClock once: the server's time
// and the browser's when the page arrived, so that a wrong clock in the browser does not move deadlines.
(() => {
  const shown = new Set();
  const now = () => Date.now() + (window.batonClock ? window.batonClock.ahead : 0);
  const two = (number) => String(number).padStart(2, "0");

  function text(seconds) {
    const rest = Math.abs(seconds);
    const [hours, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
    const sign = seconds < 0 ? "−" : "";
    return `${sign}${hours ? `${hours}:` : ""}${two(minutes)}:${two(rest % 60)}`;
  }

  class Countdown extends HTMLElement {
    static observedAttributes = ["deadline"];

    constructor() {
      super();
      // The page's framework owns the element's children; a shadow root is out of its reach.
      this.face = this.attachShadow({ mode: "open" }).appendChild(document.createElement("span"));
      this.face.style.cssText = "font-variant-numeric: tabular-nums; white-space: nowrap";
    }

    connectedCallback() {
      this.setAttribute("role", "timer");
      shown.add(this);
      this.tick();
    }

    disconnectedCallback() {
      shown.delete(this);
    }

    attributeChangedCallback() {
      this.tick();
    }

    tick() {
      const deadline = Number(this.getAttribute("deadline"));
      // Rounded up: 00:00 is shown when the deadline is there, not a second before.
      const seconds = Math.ceil((deadline - now()) / 1000);
      const face = deadline ? text(seconds) : "––:––";
      if (this.face.textContent !== face) this.face.textContent = face;
      this.face.style.color = !deadline ? "#9e9e9e" : seconds < 0 ? "#c62828" : seconds <= 60 ? "#b45309" : "";
    }
  }

  customElements.define("baton-countdown", Countdown);
  setInterval(() => shown.forEach((countdown) => countdown.tick()), 200);
})();
