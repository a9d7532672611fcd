// The little DOM we need: making elements, finding them, and redrawing lists without losing the reader's place.

/** Make an element; `on*` are listeners, `data` the data attributes, the rest attributes. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** Make an icon of the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Find by data attribute: `find("talk")` is `[data-talk]`. */
export function find(name, root = document) {
  return root.querySelector(`[data-${name}]`);
}

export function findAll(name, root = document) {
  return [...root.querySelectorAll(`[data-${name}]`)];
}

/** Which item a node of a redrawn list shows. */
const shown = new WeakMap();

export function keyOf(node) {
  return shown.get(node)?.key;
}

/**
 * Make the children of `list` show `items` in order. An item is {key, stamp, …}; one whose stamp did not change
 * keeps its node, so focus, open details and running announcements survive. `draw` is told whether it draws anew.
 */
export function redraw(list, items, draw) {
  const drawn = new Map([...list.children].map((node) => [keyOf(node), node]));
  let next = list.firstElementChild;
  for (const item of items) {
    const old = drawn.get(item.key);
    drawn.delete(item.key);
    let node = old;
    if (!old || shown.get(old).stamp !== item.stamp) {
      node = draw(item, Boolean(old));
      shown.set(node, item);
      if (old) {
        if (old === next) next = node;
        old.replaceWith(node);
      }
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
  for (const gone of drawn.values()) gone.remove();
}

/** Say something to those who listen rather than look. */
export function announce(words) {
  const region = find("announce");
  region.append(el("p", {}, words));
  while (region.childElementCount > 4) region.firstElementChild.remove();
}
