/*
 * The columns of the diagram of the interactive page: those of hidden processes are folded away. Part of page.js.
 */

const LEGIBLE = 1.2; // pixels per point: texts of 10 points have 12 pixels
const BESIDE = 262; // pixels of a screen above and below the diagram, which is no larger than what is left, if that is legible
const PHONE = window.matchMedia("(max-width: 640px)");
const RAIL = PHONE.matches ? 48 : 52; // points for the numbers of the steps, at the left
const MARGIN = PHONE.matches ? 7 : 10; // points around all that

/** Remember where everything was drawn, and which columns there are. */
function rememberColumns(root) {
  page.drawn = [...root.querySelectorAll("g.node, g.edge")].map((element) => {
    const path = element.matches(".edge") ? element.querySelector("path:not(.grip)")?.getAttribute("d") : null;
    const { x, width } = element.getBBox();
    return { element, path, middle: x + width / 2 };
  });
  page.columns = page.run.states[0].processes.map(({ node }, index) => {
    const name = root.querySelector(`#process-${node}`)?.getBBox();
    return name && { process: index + 1, x: name.x + name.width / 2 };
  }).filter(Boolean);
}

const shown = (process) => !page.hidden.has(`process ${process}`);

/** A function from places in the drawing to places without the columns of hidden processes. */
function folded() {
  const { columns } = page;
  const half = (one, other) => (columns[other].x - columns[one].x) / 2;
  const gaps = columns.map(({ process, x }, index) => {
    const [first, last] = [index === 0, index === columns.length - 1];
    const [before, after] = [first ? 60 : half(index - 1, index), last ? 60 : half(index, index + 1)];
    return shown(process) ? null : [x - before, x + after];
  }).filter(Boolean);
  const without = (x) => gaps.reduce((moved, [low, high]) => moved - Math.max(0, Math.min(x, high) - low), x);
  const moved = (x, [low, high, room]) => (1 - room / (high - low)) * Math.max(0, Math.min(x, high) - low);
  return (x) => page.closer.reduce((to, gap) => to - moved(without(x), gap), without(x));
}

/** On a phone, move the columns together until all fit, or what is on them would overlap. */
function moveTogether() {
  page.closer = [];
  fold();
  const places = page.columns.filter(({ process }) => shown(process)).map(({ x }) => folded()(x));
  const gaps = places.slice(1).map((x, index) => [places[index], x]);
  const wide = $("diagram").firstElementChild.viewBox.baseVal.width - $("diagram").clientWidth;
  if (!PHONE.matches || wide <= 0 || !gaps.length) return;
  const room = Math.max((places.at(-1) - places[0] - wide) / gaps.length, widest());
  page.closer = gaps.filter(([low, high]) => high - low > room).map((gap) => [...gap, room]);
  fold();
}

/** The room of the largest mark on a lifeline, or message queued beside it. */
function widest() {
  const marked = page.parts.filter((part) => part.element.matches(".node:not(.gone, .beside, .undone)") && lifelineOf(part));
  return Math.max(...marked.map(({ element, to }) => element.getBBox().width + (to === Infinity ? 30 : 4)));
}

/** Where the lifeline is with which `part` moves, if it is on one. */
function lifelineOf(part) {
  if (!part || part.margin) return undefined;
  const flight = page.run.flights[part.number];
  const queued = flight && part.to === Infinity && !part.element.matches(".edge") && flight.target;
  const process = part.process ?? (flight ? queued : part.from === part.to && page.run.steps[part.from - 1]?.process);
  return page.columns.find((column) => column.process === process)?.x;
}

/** Move everything to where it belongs when the columns of hidden processes take no room. */
function fold() {
  const place = folded();
  const ends = ([x, y]) => `${place(+x)},${y}`;
  for (const { element, path, middle } of page.drawn) {
    const here = lifelineOf(page.parts.find((part) => part.element === element)) ?? middle;
    const shift = place(here) - here;
    element.classList.toggle("gone", isGone(element));
    if (path === null) {
      element.dataset.shift = shift;
      element.setAttribute("transform", `translate(${shift} 0)`);
      continue;
    }
    const moved = path.replace(/(-?[\d.]+),(-?[\d.]+)/g, (_, ...pair) => ends(pair));
    for (const line of element.querySelectorAll("path")) line.setAttribute("d", moved);
    for (const head of element.querySelectorAll("polygon")) {
      const tip = head.getBBox();
      const at = tip.x + tip.width / 2;
      head.setAttribute("transform", `translate(${place(at) - at} 0)`);
    }
  }
  frameDiagram();
}

/** Whether `element` belongs to a hidden process, or is a message to or from one. */
function isGone(element) {
  const part = page.parts.find((other) => other.element === element);
  if (!part || part.margin) return false;
  if (part.process) return !shown(part.process);
  const flight = part.number === undefined ? null : page.run.flights[part.number];
  if (flight) return !shown(flight.source) || !shown(flight.target);
  const process = page.run.steps[part.from - 1]?.process;
  return Boolean(process) && !shown(process);
}

/** Let the picture be as large as what it shows, and the page have one column where the picture needs it all. */
function frameDiagram() {
  const svg = $("diagram").firstElementChild;
  const root = svg.querySelector("g.graph");
  const places = page.drawn.map(({ element }) => element).filter((element) => !element.matches(".step, .gone"));
  if (!places.length) return; // everything is hidden
  const { left, top, right, bottom } = extent(places);
  const { e, f } = root.transform.baseVal.consolidate().matrix;
  const [width, height] = [right - left + RAIL + 2 * MARGIN + 2, bottom - top + 20];
  svg.setAttribute("viewBox", `${left + e - RAIL - MARGIN} ${top + f - 10} ${width} ${height}`);
  for (const [name, value] of Object.entries({ x: left - RAIL - MARGIN, y: top - 10, width: RAIL, height })) {
    root.querySelector("rect.rail").setAttribute(name, value);
  }
  for (const number of root.querySelectorAll("g.step text")) number.setAttribute("x", left - MARGIN - RAIL / 2);
  svg.style.minWidth = `${width * (PHONE.matches ? 1 : LEGIBLE)}px`;
  svg.style.maxWidth = `max(${width * LEGIBLE}px, min(${width * 1.5}px, calc((100vh - ${BESIDE}px) * ${width / height})))`;
  document.querySelector("main").classList.toggle("wide", width * LEGIBLE > window.innerWidth - 424);
}

/** Name who is out of sight, on the side where that is. */
function nameHidden() {
  const { left, right } = $("diagram").getBoundingClientRect();
  const names = [...document.querySelectorAll("#diagram g.process:not(.gone)")];
  const out = (where) => names.filter((name) => where(name.getBoundingClientRect())).map((name) => name.textContent.trim().split(/\s+/).at(-1));
  const [before, after] = [out((box) => box.left < left + RAIL), out((box) => box.right > right)];
  $("elsewhere").hidden = !before.length && !after.length;
  fill("elsewhere", h("span", null, before.length ? `\u2190 ${before.join(", ")}` : ""), h("span", null, after.length ? `${after.join(", ")} \u2192` : ""));
}

/** On a phone there is room for the processes that the violation is about. */
function hideOthersOnPhone() {
  if (!PHONE.matches) return;
  page.run.states[0].processes.forEach((_, index) => {
    if (!page.run.involved.includes(index + 1)) page.hidden.add(`process ${index + 1}`);
  });
}

/** The samples of the legend, moved out of the drawing to where they find room on every screen. */
function listKey(root) {
  const samples = [...root.querySelectorAll("g.sample")].map((sample) => {
    const text = root.querySelector(`#${sample.id.replace("-b", "").replace("sample", "text")}`);
    return { sample, text };
  });
  const rows = new Map();
  for (const { sample, text } of samples) rows.set(text, [...(rows.get(text) ?? []), sample]);
  fill("key", [...rows].map(([text, parts]) => {
    const { left, top, right, bottom } = extent(parts);
    const [width, height] = [right - left + 4, bottom - top + 4];
    const drawing = svgElement("svg", { viewBox: `${left - 2} ${top - 2} ${width} ${height}`, width, height, "aria-hidden": "true" });
    drawing.append(...parts);
    return h("li", null, drawing, text.textContent.trim());
  }));
  for (const element of root.querySelectorAll("g.legend")) element.remove();
}
