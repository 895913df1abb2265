// Builds and changes the page. Text only ever becomes a text node: nothing parses HTML.

export const $ = (id) => document.getElementById(id);

// h("p", {class: "quiet", place: {width: "50%"}, onclick: f}, "text", [more, nodes])
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "place") {
      for (const [property, length] of Object.entries(value)) element.style.setProperty(property, length);
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  const there = (child) => child !== null && child !== undefined && child !== false;
  element.append(...children.flat(Infinity).filter(there));
  return element;
}

// Makes the children of `list` those of `items`, in order. Of items whose `signature` is as
// before the node stays, and with it focus, what is typed and what is open.
export function keyed(list, items, { key, signature, make }) {
  const before = new Map();
  for (const node of list.children) before.set(node.dataset.key, node);
  const wanted = items.map((item) => {
    const name = String(key(item));
    const signed = signature(item);
    const old = before.get(name);
    before.delete(name);
    if (old && old.signature === signed) return old;
    const node = make(item);
    node.dataset.key = name;
    node.signature = signed;
    if (old) replace(old, node);
    return node;
  });
  for (const node of before.values()) node.remove();
  wanted.forEach((node, place) => {
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
  });
}

// Puts `node` where `old` is; elements with the same data-keep keep focus, value and openness.
function replace(old, node) {
  const kept = new Map();
  for (const each of node.querySelectorAll("[data-keep]")) kept.set(each.dataset.keep, each);
  const active = document.activeElement;
  let focus = null;
  for (const each of old.querySelectorAll("[data-keep]")) {
    const next = kept.get(each.dataset.keep);
    if (!next) continue;
    if (each === active) focus = next;
    if (each instanceof HTMLDetailsElement) next.open = each.open;
    if (each instanceof HTMLInputElement && each.value !== each.defaultValue) next.value = each.value;
  }
  old.replaceWith(node);
  focus?.focus({ preventScroll: true });
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

export function options(select, pairs) {
  const value = select.value;
  fill(select, pairs.map(([name, text]) => h("option", { value: name }, text)));
  if (pairs.some(([name]) => name === value)) select.value = value;
}

// An empty list says so instead of being blank.
export const nothing = (text) => h("p", { class: "nothing", "data-key": "" }, text);
