// Builds and updates the page. Text only becomes text nodes; nothing parses HTML.

// lit-html and uhtml build templates with innerHTML, which this page's Trusted Types policy forbids.
// So `morph` changes the nodes that are there instead: a node under the pointer, the focus or a
// selection stays the same node.

/** @type {(id: string) => any} */
export const $ = (id) => document.getElementById(id);

/** @type {(selector: string) => any} */
export const one = (selector) => document.querySelector(selector);
/** @type {(selector: string) => any[]} */
export const every = (selector) => [...document.querySelectorAll(selector)];

const SVG = "http://www.w3.org/2000/svg";

/** h("p", {class: "quiet", place: {width: "50%"}, onclick: f}, "text", [more, nodes]) */
export const h = (tag, attributes = {}, ...children) =>
  build(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "place") {
      for (const [property, length] of Object.entries(value)) element.style.setProperty(property, length);
    } else if (name.startsWith("on")) {
      listen(element, name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...present(children));
  return element;
}

const present = (children) => children.flat(Infinity)
  .filter((child) => child !== null && child !== undefined && child !== false);

const dispatch = (event) => event.currentTarget.listeners[event.type]?.(event);

function listen(element, type, listener) {
  element.listeners ??= {};
  if (!(type in element.listeners)) element.addEventListener(type, dispatch);
  element.listeners[type] = listener;
}

/** Makes `old` look and behave like `next`. Typed text and opened details stay. */
export function morph(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "style" && !isOwn(old, name) && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== "style" && !isOwn(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
  if (old.type === "checkbox") old.checked = next.checked;
  for (const type of Object.keys(old.listeners ?? {})) old.listeners[type] = undefined;
  for (const [type, listener] of Object.entries(next.listeners ?? {})) listen(old, type, listener);
  // Such an element manages its own content: a player, a chosen comparison.
  if (old.dataset?.own === undefined) reconcile(old, [...next.childNodes]);
}

// The user decides whether a <details> is open; a field tracks its own changes and validity.
const isOwn = (element, name) => (name === "open" && element instanceof HTMLDetailsElement)
  || name === "data-dirty" || name === "aria-invalid" || (name === "aria-describedby" && element.hasAttribute("aria-invalid"));

const keyOf = (node) => node.dataset?.key;

/** Makes the children of `parent` those of `wanted`; nodes with the same data-key are reused. */
export function reconcile(parent, wanted) {
  const byKey = new Map();
  const free = [];
  for (const child of parent.childNodes) {
    if (keyOf(child) === undefined) free.push(child);
    else byKey.set(keyOf(child), child);
  }
  const nodes = wanted.map((next) => {
    if (next.parentNode === parent) {
      byKey.delete(keyOf(next));
      return next;
    }
    const key = keyOf(next);
    let old;
    if (key !== undefined) {
      old = byKey.get(key);
      byKey.delete(key);
    } else {
      const index = free.findIndex((child) => child.nodeName === next.nodeName);
      if (index >= 0) [old] = free.splice(index, 1);
    }
    if (!old || old.nodeName !== next.nodeName) return next;
    morph(old, next);
    if (next.signature !== undefined) old.signature = next.signature;
    return old;
  });
  const kept = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!kept.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

/** Shows `items` in `list`, in order. An item whose `signature` is unchanged is not built again. */
export function keyed(list, items, { key, signature, make }) {
  const before = new Map();
  for (const node of list.children) before.set(keyOf(node), node);
  reconcile(list, items.map((item) => {
    const name = String(key(item));
    const signed = signature(item);
    const old = before.get(name);
    if (old && old.signature === signed) return old;
    const node = make(item);
    node.dataset.key = name;
    node.signature = signed;
    return node;
  }));
}

export const fill = (element, ...children) => reconcile(element, present(children)
  .map((child) => (child instanceof Node ? child : document.createTextNode(child))));

/** Sets the options of a select, [value, text] each; an open list is disturbed only by a change. */
export function options(select, pairs) {
  fill(select, pairs.map(([value, text]) => h("option", { value, "data-key": value }, text)));
}

/** The placeholder of an empty list. `tag`: "li" in lists. */
export const nothing = (text, tag = "p") => h(tag, { class: "nothing", "data-key": "" }, text);
