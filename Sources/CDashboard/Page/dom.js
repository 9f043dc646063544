// Small helpers: elements are made once and changed only where something is other than before.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element with attributes (`onclick` and the like are listeners) and children. */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** The icon of a condition. */
export function icon(key) {
  return s("svg", { class: "icon", "aria-hidden": "true" }, s("use", { href: `#icon-${key}` }));
}

export function setIcon(element, key) {
  const use = element.firstElementChild;
  if (use.getAttribute("href") !== `#icon-${key}`) use.setAttribute("href", `#icon-${key}`);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

/** Makes `parent` have one child for each item, in order; children of earlier items are kept. */
export function reconcile(parent, items, keyOf, make, update) {
  const known = parent.keyed ?? (parent.keyed = new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, child] of known) {
    if (wanted.has(key)) continue;
    child.remove();
    known.delete(key);
  }
  const focused = document.activeElement;
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    if (!child) known.set(key, (child = make(item)));
    update?.(child, item);
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
  // An element that is moved loses the focus, and with it a person with a keyboard their place.
  if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/** Text in which what stands after "hale " at its end is shown as a command. */
export function sentence(text) {
  const command = /^(.*?: )(hale [a-z].*)$/.exec(text);
  return command ? [command[1], h("code", null, command[2])] : [text];
}
