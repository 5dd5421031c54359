/** The document. What comes from the switch becomes text only: there is no way from here to markup. */

/** The element of the page with this id. */
export function the<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as T;
}

/** A new element with that in it. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...content: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

/** The same of a drawing. */
export function draw<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...content: (string | Node)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content);
  return made;
}

/** Says something, unless it is said already. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A definition list's pairs. */
export function pairs(list: readonly (readonly [name: string, value: string])[]): HTMLElement[] {
  return list.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)));
}

/** Puts these into it, in this order, and moves only what is elsewhere. */
export function arrange(into: Element, wanted: readonly Element[]): void {
  let at = into.firstElementChild;
  for (const one of wanted) {
    if (at === one) at = at.nextElementSibling;
    else into.insertBefore(one, at);
  }
  while (at) {
    const next = at.nextElementSibling;
    at.remove();
    at = next;
  }
}
