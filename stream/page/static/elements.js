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
  const [top, focused] = [node.scrollTop, document.activeElement === node];
  node.replaceChildren(...rows);
  node.scrollTop = top;
  if (focused) node.focus({ preventScroll: true });
}

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
