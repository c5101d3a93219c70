// Build elements from plain values: text is always set as text, never read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `attributes` may hold `class`, `on<Event>` handlers, booleans and plain attributes. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "value" && "value" in node) node.value = value;
    else if (name === "vars") for (const [key, text] of Object.entries(value)) node.style.setProperty(`--${key}`, text);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Put `children` in place of what `node` holds. */
export function put(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A symbol of the page's sprite, hidden from screen readers. */
export function icon(name, className = "icon") {
  return svg("svg", { class: className, "aria-hidden": "true", viewBox: "0 0 16 16" }, svg("use", { href: `#i-${name}` }));
}

/** Text that only screen readers meet. */
export const spoken = (text) => el("span", { class: "spoken" }, text);

/** Attributes of a part whose numbers are those of the case before, until the new ones come. */
export const stale = (answer, beliefs) => (answer.key === beliefs.key ? {} : { class: "stale", "aria-busy": "true" });

/** Call `work` once, `wait` ms after the last call. */
export function later(work, wait) {
  let timer = 0;
  const call = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(work, wait, ...args);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** A folded part; `open` starts unfolded. */
export function folded(title, ...children) {
  return el("details", {}, el("summary", {}, title), ...children);
}
