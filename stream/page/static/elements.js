// Elements are made here and nowhere else. What others wrote (words, names, reasons) becomes text, never markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, look = "", ...inside) {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.append(...inside.filter((part) => part !== null));
  return made;
}

// Set text only if it is new: a screen reader and the layout are left in peace otherwise.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function look(node, name) {
  if (node.className !== name) node.className = name;
}

// Put rows in place of those that are there, unless they say the same.
export function fill(node, rows) {
  const made = element(node.tagName, "", ...rows);
  if (made.innerHTML === node.innerHTML) return;
  const [top, active] = [node.scrollTop, document.activeElement];
  const place = placeIn(node, active);
  node.replaceChildren(...rows);
  node.scrollTop = top;
  if (active === node) node.focus({ preventScroll: true });
  else if (place) elementAt(node, place)?.focus({ preventScroll: true });
}

const FOCUSABLE = "a[href], button, input, select, [tabindex]";

// Where the focused part of a list is: what names it, its row, and which part of the row; null if none is.
function placeIn(node, active) {
  if (!node.contains(active)) return null;
  const row = [...node.children].findIndex((each) => each.contains(active));
  if (row < 0) return null;
  return { name: nameOf(active), row, part: [...node.children[row].querySelectorAll(FOCUSABLE)].indexOf(active) };
}

// The same part again; without it the one in its place, so that who goes by keys does not begin anew.
function elementAt(node, { name, row, part }) {
  const parts = [...node.querySelectorAll(FOCUSABLE)];
  const there = [...(node.children[Math.min(row, node.children.length - 1)]?.querySelectorAll(FOCUSABLE) ?? [])];
  return (name && parts.find((each) => nameOf(each) === name)) || there[Math.min(part, there.length - 1)];
}

const nameOf = (part) => part.dataset?.of ?? part.getAttribute?.("href");

// A bar of the given share, from the middle if it is signed; it repeats a figure, so it is hidden from readers.
export function bar(share, name, signedBar = false) {
  const filled = element("span", `filled ${name}`);
  const part = Math.min(1, Math.abs(share));
  filled.style.width = `${(signedBar ? 50 : 100) * part}%`;
  filled.style.left = `${signedBar ? (share < 0 ? 50 - 50 * part : 50) : 0}%`;
  const made = element("span", signedBar ? "bar signed" : "bar", filled);
  made.setAttribute("aria-hidden", "true");
  return made;
}

// The switch of single keys; a page remembers it, and nothing else.
export function rememberKeys() {
  const [box, name] = [byId("keys"), "fsrf-keys"];
  box.checked = localStorage.getItem(name) !== "off";
  box.addEventListener("change", () => localStorage.setItem(name, box.checked ? "on" : "off"));
}
