/*
 * The interactive page. It shows one RUN (the JSON of reports/page/html.py: page_json) in the markup of page.html; `page` holds
 * the reader's choices. Read `show` (a new run), `select` (one of its steps) and `paint` (in page_diagram.js) first.
 *
 * A saved page loads nothing. A page is LIVE if its run has "live": {"api": where to POST, "token": what to send along,
 * "protocols": [names], "events": where it is told of changes of the user's file, or ""}. Then the choices are buttons, and only `request` in page_live.js talks to the server.
 * The scripts form one module; html.py says in which order.
 */

const $ = (id) => document.getElementById(id);
const embedded = JSON.parse($("run-data").textContent);
const live = embedded.live ?? null;
const page = {
  run: embedded,
  step: 0,
  hidden: new Set(), // what the filter hides: "process 1", "kind receive"
  pointed: null, // the steps [from, to] under the pointer or focus: equal for a mark, different for a message
  parts: [], // the elements of the diagram with their steps
  drawn: [], // all elements of the diagram, as drawn
  columns: [], // the processes in the diagram, and where
  closer: [], // between which places columns have moved together, and to what distance
  folded: new Set(), // groups of choices that the reader has closed
};

const KINDS = {
  multicast: "multicasts", receive: "receives", notice: "crash detected or suspected", crash: "crashes", timer: "timers",
  membership: "starts, joins, leaves", network: "network",
};
const CAUSES = { owed: "On its own", asked: "If an application asks", fault: "Faults" };
const LIGHTS = { fine: ["✓", "fine"], violated: ["✕", "violated"], open: ["○", "judged only at rest"] };
const EXPORTS = {
  command: ["command", ".sh"], text: ["replay text", ".txt"], pytest: ["pytest", ".py"],
  itf: ["ITF", ".itf.json"], mermaid: ["Mermaid", ".mmd"],
};

// --- elements --------------------------------------------------------------------------------------------------------

/** An element with attributes (`onclick` and the like: listeners; false or null: left out) and children. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity));
  return element;
}

function fill(id, ...children) {
  $(id).replaceChildren(...children.flat(Infinity));
}

const unseen = (text) => h("span", { class: "unseen" }, text);
const glyph = (sign) => h("span", { class: "glyph", "aria-hidden": "true" }, sign);
const words = (text) => text.split(/\s+/).filter(Boolean);

// --- a run -----------------------------------------------------------------------------------------------------------

/** Show `run`, at its step `step`; `quiet`: from the top. */
function show(run, step, quiet = false) {
  page.run = run;
  page.pointed = null;
  document.title = $("title").textContent = run.title;
  $("witness").hidden = !run.witness;
  $("witness-text").textContent = run.witness;
  $("command").textContent = run.command;
  $("story").textContent = run.story;
  $("story-heading").hidden = !run.story;
  $("repairs").hidden = !run.counterfactuals.length;
  fill("counterfactuals", run.counterfactuals.map(({ text, step: at }) =>
    h("li", null, `${text} `, h("button", { type: "button", class: "link", onclick: () => select(at) }, `step ${at}`))));
  $("slider").max = run.steps.length;
  hideOthersOnPhone();
  draw();
  listFilters();
  listSteps();
  listExports();
  if (live) fillForm();
  select(step, quiet);
  if (quiet) {
    revealNamed();
    revealEnd();
  }
}

function listSteps() {
  const item = (number, line) => h("li", { "data-step": number },
    h("button", {
      type: "button", onclick: () => select(number), onpointerenter: () => point(number && [number, number]),
      onpointerleave: () => point(null), onblur: () => point(null),
      onfocus: (event) => event.target.matches(":focus-visible") && point(number && [number, number]),
    }, number ? unseen("step ") : [], h("span", { class: "number" }, number), h("span", { class: "text" }, line), h("span", { class: "relation" })));
  fill("steps", item(0, "initial state"), page.run.steps.map((step) => item(step.number, step.line)));
}

function listFilters() {
  const kinds = Object.keys(KINDS).filter((kind) => page.run.steps.some((step) => step.kinds.includes(kind)));
  const names = page.run.states[0].processes.map((process, index) => [`process ${index + 1}`, process.node]);
  if (page.run.steps.some((step) => !step.process)) names.push(["process 0", "the network"]);
  const checkbox = ([key, label]) => h("label", null, h("input", {
    type: "checkbox", value: key, checked: !page.hidden.has(key), onchange: (event) => filter(key, event.target.checked),
  }), ` ${label}`);
  fill("by-process", names.map(checkbox));
  $("by-part").hidden = !page.run.steps.some((step) => step.aside);
  $("aside").checked = !page.hidden.has("aside");
  $("by-kind").parentElement.hidden = !kinds.length;
  fill("by-kind", kinds.map((kind) => checkbox([`kind ${kind}`, KINDS[kind]])));
}

function filter(key, shown) {
  if (shown) page.hidden.delete(key);
  else page.hidden.add(key);
  if (key.startsWith("process")) moveTogether();
  render();
}

/** Step `number` passes the filter; so does the initial state. */
function passes(number) {
  const step = page.run.steps[number - 1];
  if (!step) return true;
  if (step.aside && page.hidden.has("aside")) return false;
  return !page.hidden.has(`process ${step.process}`) && step.kinds.some((kind) => !page.hidden.has(`kind ${kind}`));
}

// --- a step ----------------------------------------------------------------------------------------------------------

/** Go to the state after step `number`; `quiet`: without scrolling to it. */
function select(number, quiet = false) {
  page.step = Math.min(Math.max(Math.trunc(number) || 0, 0), page.run.steps.length);
  render();
  if (!quiet) reveal();
  announce();
  remember();
}

/** Go to the next step in `direction` (1 or -1) that passes the filter. */
function move(direction) {
  let number = page.step + direction;
  while (number > 0 && number <= page.run.steps.length && !passes(number)) number += direction;
  if (number >= 0 && number <= page.run.steps.length) select(number);
}

/** Point at the steps [from, to]; null: at nothing. */
function point(steps) {
  page.pointed = steps || null;
  paint();
}

function render() {
  const { run, step } = page;
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", `${step} of ${run.steps.length}: ${line(step)}`);
  $("count").textContent = `${step} / ${run.steps.length}`;
  $("line").textContent = line(step);
  $("first").disabled = $("previous").disabled = step === 0;
  $("last").disabled = $("next").disabled = step === run.steps.length;
  const left = page.hidden.size;
  $("filtered").textContent = left ? ` (${left} left out)` : "";
  showState();
  showChoices();
  paint();
}

const line = (number) => (number ? page.run.steps[number - 1].line : "initial state");

function announce() {
  const broken = page.run.states[page.step].lamps.filter((lamp) => lamp.light === "violated").map((lamp) => called(lamp.name));
  const place = page.step ? `Step ${page.step} of ${page.run.steps.length}` : "Step 0";
  $("announcer").textContent = `${place}: ${line(page.step)}.${broken.length ? ` Violated: ${broken.join(", ")}.` : ""}`;
}

// --- the state after it ----------------------------------------------------------------------------------------------

function showState() {
  const { run, step: number } = page;
  const [step, state] = [run.steps[number - 1], run.states[number]];
  $("state-heading").textContent = step ? `After step ${number}` : "Initial state";
  fill("effects", step ? effects(step) : []);
  fill("lights", state.lamps.map(light));
  const reasons = state.lamps.filter((lamp) => lamp.text);
  fill("reasons", reasons.map((lamp) => h("li", { class: uncounted(lamp) && "uncounted" }, h("strong", null, `${called(lamp.name)}: `), lamp.text)));
  const before = run.states[Math.max(number - 1, 0)].processes;
  const tables = state.processes.map((now, index) => h("div", { class: "process" }, table(now, before[index])));
  fill("processes", tables.filter((_, index) => !page.hidden.has(`process ${index + 1}`)));
  fill("channels", channels(state));
}

function effects({ number, line: cause, done, undone }) {
  const { loop, steps } = page.run;
  const cycle = loop !== null && number > loop ? [`steps ${loop + 1} to ${steps.length} repeat forever`] : [];
  return [
    h("li", { class: "cause" }, cause),
    [...done, ...cycle].map((text) => h("li", null, text)),
    undone.map((text) => h("li", { class: "never" }, h("strong", null, "never "), text)),
  ];
}

/** What the property `name` is called; a user's own is named by its file. */
const called = (name) => page.run.labels[name] ?? name;

/** Nobody promised the property, and this page is not about it: that it is violated is no failure. */
const uncounted = ({ name, claimed }) => !claimed && name !== page.run.property;

function light(lamp) {
  const { name, light: state, claimed } = lamp;
  const [sign, word] = LIGHTS[state];
  const attributes = { class: `light ${state}${claimed ? "" : " unclaimed"}${uncounted(lamp) ? " uncounted" : ""}`, title: page.run.sentences[name] ?? "" };
  return h("li", attributes, glyph(sign), called(name), unseen(`: ${word}${claimed ? "" : "; not claimed by the protocol"}`));
}

/** The local state `now` of one process as a table; where it has changed, the value `then`, before the step, is struck out. */
function table(now, then) {
  const compare = (name, fresh, old) => {
    if (!now.changed.includes(name)) return fresh;
    return [old ? [h("del", null, old), " "] : [], h("ins", null, fresh)];
  };
  const row = (name, content) => h("tr", null, h("th", { scope: "row" }, name), h("td", null, content));
  const list = (name) => {
    if (!now[name].length && !now.changed.includes(name)) return [];
    return row(name, compare(name, now[name].join(", ") || "none", then[name].join(", ")));
  };
  const entries = now.log.map((text, index) => h("li", null, index < then.log.length ? text : h("ins", null, text)));
  const status = h("span", { class: "quiet" }, compare("status", now.status, then.status));
  return h("table", null,
    h("caption", null, h("strong", null, now.node), paintedWindow(now.colour), " ", status, now.role ? [" ", compare("role", now.role, then.role)] : []),
    h("tbody", null,
      Object.entries(now.fields).map(([name, text]) => row(name, compare(name, text, then.fields[name]))),
      list("watching"), list("timers"), inbox(now.node), entries.length ? row("log", h("ol", null, entries)) : []));
}

/** What waits for the process `node`, the oldest of each sender first; in the run's last state also why it is not received. */
function inbox(node) {
  const { run, step } = page;
  const waiting = run.states[step].channels.filter(({ target }) => target === node);
  if (!waiting.length) return [];
  const reasons = step < run.steps.length ? [] : run.flights.filter((flight) => flight.refusal);
  const why = (source, text) => {
    const known = reasons.find((flight) => flight.text === text && `p${flight.source}` === source && `p${flight.target}` === node);
    return known ? h("small", { class: "why" }, known.refusal) : [];
  };
  const items = waiting.flatMap(({ source, items: texts }) => texts.map((text) =>
    h("li", null, h("span", { class: "queued" }, text), ` from ${source}`, why(source, text))));
  return h("tr", null, h("th", { scope: "row" }, "inbox"), h("td", null, h("ol", { class: "inbox" }, items)));
}

/** The window of the colour worker: its colour, as bright as all colours of this state allow. */
function paintedWindow(colour) {
  if (!colour) return [];
  const brightest = Math.max(1, ...page.run.states[page.step].processes.flatMap((process) => process.colour ?? [0]));
  const pane = h("span", { class: "window", role: "img", "aria-label": `shows the colour ${colour.join(" ")}`, title: colour.join(" ") });
  pane.style.backgroundColor = `rgb(${colour.map((part) => Math.floor(255 / brightest) * part).join(" ")})`;
  return pane;
}

function channels({ channels: queues, split }) {
  const item = (text) => [" ", h("span", { class: "queued" }, text)];
  const name = (source, target) => h("strong", null, `${source} to ${target}`);
  const rows = queues.map(({ source, target, items }) => h("li", null, name(source, target), items.map(item)));
  if (split) rows.unshift(h("li", null, split));
  return rows.length ? rows : h("li", { class: "quiet" }, "all empty");
}

function showChoices() {
  const state = page.run.states[page.step];
  const taken = page.run.steps[page.step]?.line;
  $("choices-heading").textContent = taken ? "What else could have happened here" : "What could happen next";
  $("rest").textContent = state.at_rest ? "At rest: nothing more happens on its own." : "";
  $("rest").hidden = !state.at_rest;
  fill("choices", Object.entries(CAUSES).map(([cause, label]) => {
    const choices = state.choices.filter((choice) => choice.cause === cause);
    return choices.length ? group(cause, `${label} (${choices.length})`, choices.map((choice) => option(choice, taken))) : [];
  }));
}

function group(cause, label, items) {
  const remembered = (event) => page.folded[event.target.open ? "delete" : "add"](cause);
  return h("details", { open: !page.folded.has(cause), ontoggle: remembered }, h("summary", null, label), h("ul", null, items));
}

function option({ line: text }, taken) {
  const shown = live ? h("button", { type: "button", class: "choice", onclick: () => choose(text) }, text) : text;
  if (text !== taken) return h("li", null, shown);
  return h("li", { class: "taken" }, shown, h("span", { class: "happened" }, " happened here"));
}

// --- copying ---------------------------------------------------------------------------------------------------------

function listExports() {
  $("copied").hidden = true;
  $("copy-status").textContent = "";
  const texts = { command: page.run.command, ...page.run.exports };
  fill("copy-buttons", Object.keys(EXPORTS).filter((name) => texts[name]).map((name) =>
    h("button", { type: "button", "data-export": name, onclick: () => copy(name, texts[name]) }, EXPORTS[name][0])),
  h("button", { type: "button", id: "save-page", onclick: savePage }, "this page, as a file"));
}

const runStem = () => `${page.run.protocol}-${page.run.property || "run"}`.replace(/[^\w.-]+/g, "-");

/** Show `text` and copy it; if the page may not, select it for the reader's own copy command. */
async function copy(name, text) {
  $("copied").hidden = false;
  $("copy-text").value = text;
  URL.revokeObjectURL($("save").href);
  $("save").href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const stem = runStem();
  $("save").download = name === "pytest" ? `test_${stem.replace(/\W+/g, "_")}.py` : stem + EXPORTS[name][1];
  try {
    await navigator.clipboard.writeText(text);
    $("copy-status").textContent = `Copied the ${EXPORTS[name][0]}.`;
  } catch {
    $("copy-text").select();
    $("copy-status").textContent = "The text is selected: press Ctrl+C (or Cmd+C) to copy it.";
  }
}

/** The texts of the embedded run; compressed, since the ITF text is long and repetitive. */
async function embeddedExports() {
  const bytes = Uint8Array.from(atob($("run-exports").textContent), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// --- controls --------------------------------------------------------------------------------------------------------

const LETTERS = {
  j: () => move(1), k: () => move(-1), " ": play, "/": () => $("find").focus(), "?": () => $("keys").showModal(),
};
const ARROWS = { ArrowRight: LETTERS.j, ArrowLeft: LETTERS.k, Home: () => select(0), End: () => select(page.run.steps.length) };
const IN_LIST = { ArrowDown: LETTERS.j, ArrowUp: LETTERS.k };

function onKey(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || target.matches("input[type=text], input[type=search], input[type=number], select, textarea")) return;
  if ($("keys").open || (key === " " && target.matches("button, summary, input, a"))) return;
  const inList = $("steps").contains(target);
  // The slider and the diagram's frame use the arrow keys themselves.
  const own = target === $("slider") || target === $("diagram");
  const act = { ...LETTERS, ...(own ? {} : ARROWS), ...(inList ? IN_LIST : {}) }[key];
  if (!act) return;
  event.preventDefault();
  act();
  if (inList) $("steps").children[page.step].lastChild.focus();
}

function listenToControls() {
  document.addEventListener("keydown", onKey);
  $("slider").addEventListener("input", () => select(+$("slider").value));
  $("first").addEventListener("click", () => select(0));
  $("previous").addEventListener("click", LETTERS.k);
  $("next").addEventListener("click", LETTERS.j);
  $("last").addEventListener("click", ARROWS.End);
  $("pin").addEventListener("change", paint);
  $("play").addEventListener("click", play);
  $("help").addEventListener("click", LETTERS["?"]);
  $("aside").addEventListener("change", () => filter("aside", $("aside").checked));
  $("find").addEventListener("input", showFound);
  $("find").addEventListener("keydown", ({ key }) => key === "Enter" && toNextFound());
  window.addEventListener("resize", frameDiagram);
  $("diagram").addEventListener("scroll", pin);
  window.addEventListener("popstate", restore);
}

if (live) makeForm();
listenToControls();
show(embedded, embedded.steps.length, true);
restore();
embedded.exports = await embeddedExports().catch(() => ({}));
if (page.run === embedded) listExports();
