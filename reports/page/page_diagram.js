/*
 * The diagram of the interactive page: which element belongs to which steps, and its look at each step. Part of page.js.
 * Elements are identified by the ids from reports/spacetime/layout.py, such as step-3, delivery-3-0 or flight-2.
 */

const SVG = "http://www.w3.org/2000/svg";
const FLIGHTS = ["flight", "label", "lost", "copy", "refusal"]; // kinds numbered by flight; all others are numbered by step
const MARKS = { lost: "ended", copy: "sent" }; // those of them that mark where the flight ends or begins
/** Redraw the diagram of `page.run`. */
function draw() {
  $("diagram").innerHTML = page.run.svg;
  const root = $("diagram").querySelector("g.graph");
  listKey(root);
  const elements = [...root.querySelectorAll("g.node, g.edge")].filter((element) => !element.matches(".title"));
  page.parts = elements.map((element) => ({ element, ...between(element) })).filter((part) => part.process || "from" in part);
  for (const part of page.parts) if (!part.process) listen(part);
  root.querySelector("polygon").after(svgElement("g", { id: "halo" }));
  [...root.querySelectorAll("g.life")].at(-1)?.after(svgElement("g", { id: "ahead" }));
  crop(root);
  rememberColumns(root);
  moveTogether();
}

/** Remove what the page shows elsewhere: the title, and the margin texts of the steps except their numbers. */
function crop(root) {
  for (const text of root.querySelectorAll("g.step text")) text.textContent = `step ${text.textContent.trim().split(/\s/)[0]}`;
  root.querySelector("g.title")?.remove();
  for (const step of root.querySelectorAll("g.step")) {
    step.querySelector("polygon")?.remove();
    step.querySelector("text").setAttribute("text-anchor", "middle");
  }
  const gutter = svgElement("rect", { class: "rail" });
  // On top of whatever scrolls behind them.
  root.append(gutter, svgElement("g", { id: "number", class: "rail" }), ...root.querySelectorAll("g.step, g.process"));
}

function svgElement(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** The steps between which `element` extends; or its process: then it belongs to no step (a strip: to the last step). */
function between(element) {
  const end = page.run.steps.length;
  const [, process] = /^[a-z]+-p(\d+)/.exec(element.id) ?? [];
  if (process) return { process: +process, from: element.matches(".strip") ? end : undefined };
  const [, kind, digits] = /^([a-z]+)-(\d+)/.exec(element.id) ?? [];
  if (!kind) return {};
  if (!FLIGHTS.includes(kind)) return { from: +digits, to: +digits, margin: kind === "step" };
  const { sent, ended } = page.run.flights[+digits];
  const there = { sent, ended }[MARKS[kind]];
  const number = +digits;
  return there ? { from: there, to: there, number } : { from: sent, to: ended ?? Infinity, flight: true, number };
}

function listen({ element, from, to }) {
  const line = element.matches(".edge") && element.querySelector("path");
  if (line) { // wide enough to point at
    const grip = line.cloneNode();
    grip.classList.add("grip");
    line.before(grip);
  }
  element.addEventListener("pointerenter", () => point([from, to]));
  element.addEventListener("pointerleave", () => point(null));
  element.addEventListener("click", () => select(to === Infinity ? from : to));
}

/** The position of each lifeline and of the steps on it. */
function lanes() {
  const elements = page.drawn.map(({ element }) => element).filter((element) => !element.matches(".gone"));
  return page.run.states[0].processes.map(({ node }, index) => {
    const life = elements.filter((element) => element.id.startsWith(`life-${node}-`));
    if (!life.length) return null;
    const steps = page.run.steps.filter((step) => step.process === index + 1);
    return { ...extent(life), tops: steps.map(({ number }) => [number, extent(marks(number))?.top ?? Infinity]) };
  }).filter(Boolean);
}

/** The elements of step `number` on its lifeline, or across all lifelines. */
function marks(number) {
  const here = page.parts.filter((part) => part.from === number && part.to === number && !part.margin && !part.flight);
  return here.map((part) => part.element).filter((element) => !element.matches(".beside, .undone"));
}

function extent(elements) {
  if (!elements.length) return null;
  const boxes = elements.map((element) => {
    const { x, y, width, height } = element.getBBox();
    return { x: x + (+element.dataset.shift || 0), y, width, height };
  });
  return {
    left: Math.min(...boxes.map((box) => box.x)),
    top: Math.min(...boxes.map((box) => box.y)),
    right: Math.max(...boxes.map((box) => box.x + box.width)),
    bottom: Math.max(...boxes.map((box) => box.y + box.height)),
  };
}

// --- what depends on the step, the pointer and the filter ---------------------------------------------------------------

function paint() {
  const pointed = page.pointed ?? ($("pin").checked && page.step ? [page.step, page.step] : null);
  const relation = pointed && relationTo(...pointed);
  const apart = (number) => relation !== null && number !== 0 && number !== Infinity && !relation(number);
  for (const { element, process, from, to, flight } of page.parts) {
    element.classList.toggle("later", from > page.step);
    element.classList.toggle("now", from === page.step);
    element.classList.toggle("underway", Boolean(flight) && from <= page.step && page.step < to);
    element.classList.toggle("off", process ? page.hidden.has(`process ${process}`) : !(passes(from) && passes(to)));
    element.classList.toggle("apart", !process && (apart(from) || apart(to)));
  }
  paintPlace(pointed);
  for (const item of $("steps").children) paintItem(item, relation);
  showFound();
  $("nothing").hidden = !page.run.steps.length || page.run.steps.some((step) => passes(step.number));
  $("legend").textContent = pointed ? legend(pointed, relation) : "";
}

/** A function that returns how a step is related to the element between steps `from` and `to`: "" is unrelated. */
function relationTo(from, to) {
  const past = new Set(page.run.steps[from - 1]?.past);
  const future = new Set(page.run.steps[to - 1]?.future);
  return (number) => {
    if (number === from || number === to) return "here";
    return past.has(number) ? "before" : future.has(number) ? "after" : "";
  };
}

function legend([from, to], relation) {
  const count = { here: 0, before: 0, after: 0, "": 0 };
  for (const step of page.run.steps) count[relation(step.number)] += 1;
  const ends = [from, to].filter((number, index, both) => number && number !== Infinity && both.indexOf(number) === index);
  return `Step ${ends.join(" to ")}: ${count.before} before, ${count.after} after, ${count[""]} independent`;
}

function paintItem(item, relation) {
  const number = +item.dataset.step;
  const related = relation && number ? relation(number) : null;
  item.classList.toggle("later", number > page.step);
  item.classList.toggle("apart", related === "");
  if (number === page.step) item.lastChild.setAttribute("aria-current", "step");
  else item.lastChild.removeAttribute("aria-current");
  item.querySelector(".relation").textContent = related === "before" || related === "after" ? related : "";
}

/** Frames around the selected step and the one pointed at, and a veil over the future part of the lifelines. */
function paintPlace(pointed) {
  const [from, to] = pointed ?? [];
  const other = pointed && from === to && from !== page.step ? from : 0;
  const draw = (place, find) => {
    $(place).replaceChildren(...frame(find(other), "pointed"), ...frame(find(page.step), "selected"));
  };
  draw("halo", marks);
  draw("number", (number) => page.parts.filter((part) => part.margin && part.from === number).map((part) => part.element));
  $("ahead")?.replaceChildren(...lanes().map(({ left, right, bottom, tops }) => {
    const next = Math.min(bottom, ...tops.filter(([number]) => number > page.step).map(([, top]) => top));
    return svgElement("rect", { x: left - 5, y: next, width: right - left + 10, height: bottom - next });
  }));
  pin();
}

/** Keep the process names and step numbers in sight when the frame scrolls. */
function pin() {
  const svg = $("diagram").firstElementChild;
  const scale = svg.viewBox.baseVal.width / svg.clientWidth;
  const [right, down] = [$("diagram").scrollLeft * scale, $("diagram").scrollTop * scale];
  const shift = (names, x, y) => {
    for (const element of svg.querySelectorAll(names)) {
      const shift = element.matches(".process") ? +element.dataset.shift || 0 : 0;
      element.setAttribute("transform", `translate(${x + shift} ${y})`);
    }
  };
  shift("g.process", 0, down);
  shift("g.step, .rail", right, 0);
  nameHidden();
}

/** A frame around `elements`, if there are any. */
function frame(elements, why) {
  if (!elements.length) return [];
  const { left, top, right, bottom } = extent(elements);
  const gap = elements[0].matches(".step") ? 2 : 5;
  const [width, height] = [right - left + 2 * gap + 4, bottom - top + 2 * gap];
  return [svgElement("rect", { class: why, x: left - gap - 2, y: top - gap, width, height, rx: 6 })];
}

/** Where the diagram is wider than its frame, scroll it to the processes that the violation is about. */
function revealNamed() {
  const outer = $("diagram").getBoundingClientRect();
  const names = page.run.named.map((number) => $(`process-p${number}`)).filter((name) => name && !name.matches(".gone"));
  const boxes = names.map((name) => name.getBoundingClientRect());
  if (!boxes.length) return;
  const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
  const spare = Math.max(40, outer.width - RAIL - (right - left)); // where there is none, the first of them is in view
  $("diagram").scrollLeft += left - (outer.left + RAIL + spare / 2);
}

/** Scroll the frame of the diagram and the list to the selected step. The page itself does not scroll. */
function reveal() {
  scrollInto($("diagram"), $("halo").lastElementChild, RAIL + 10); // beside the numbers
  scrollInto($("steps"), $("steps").children[page.step]);
  revealEnd();
}

/** At the last step, scroll down to what is below it: what was delivered, and what is violated. */
function revealEnd() {
  if (page.step && page.step === page.run.steps.length) $("diagram").scrollTop = $("diagram").scrollHeight;
}

function scrollInto(frame, element, margin = 24) {
  if (!element) return;
  const [outer, inner] = [frame.getBoundingClientRect(), element.getBoundingClientRect()];
  const shift = (low, high, least, most) => (low < least ? low - least : high > most ? high - most : 0);
  frame.scrollBy(shift(inner.left - margin, inner.right + 24, outer.left, outer.right),
    shift(inner.top - 24, inner.bottom + 24, outer.top, outer.bottom));
}

