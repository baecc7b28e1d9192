/*
 * The scenario of the live interactive page as a form, and the tree of the runs that the reader has tried. Part of page.js.
 */

const BUDGETS = ["nodes", "messages", "crashes", "joins", "leaves", "drops", "duplicates", "suspicions", "partitions", "recoveries"];
const ALWAYS = 3; // of these are always said; the others only if they are not 0
const tried = new Map(); // for each protocol and scenario: a tree of { next: Map from line to subtree }

// --- the scenario ----------------------------------------------------------------------------------------------------

/** The numbers among `flags`, by name, and whatever else stands there. */
function parsedFlags(flags) {
  const numbers = Object.fromEntries(BUDGETS.map((name) => [name, "0"]));
  const others = [];
  for (let place = 0; place < flags.length; place += 1) {
    const name = flags[place].slice(2);
    if (BUDGETS.includes(name) && place + 1 < flags.length) numbers[name] = flags[place += 1];
    else others.push(flags[place]);
  }
  return { numbers, others };
}

function makeScenario() {
  fill("budgets", BUDGETS.map((name) => h("label", null, name,
    h("input", { type: "number", id: `budget-${name}`, min: "0", max: "10", oninput: writeFlags }))));
  $("flags").addEventListener("input", readFlags);
}

/** Show in the fields what the flags say. */
function readFlags() {
  const { numbers } = parsedFlags(words($("flags").value));
  for (const name of BUDGETS) $(`budget-${name}`).value = numbers[name];
}

/** Write what the fields say into the flags. */
function writeFlags() {
  const { others } = parsedFlags(words($("flags").value));
  const said = BUDGETS.map((name) => [name, $(`budget-${name}`).value || "0"]);
  const needed = said.filter(([, value], index) => index < ALWAYS || value !== "0");
  $("flags").value = [...needed.flatMap(([name, value]) => [`--${name}`, value]), ...others].join(" ");
}

// --- the branches ----------------------------------------------------------------------------------------------------

const root = (run) => {
  const key = JSON.stringify([run.protocol, run.flags]);
  if (!tried.has(key)) tried.set(key, { next: new Map() });
  return tried.get(key);
};

function rememberBranch(run) {
  let place = root(run);
  for (const { line: text } of run.steps) {
    if (!place.next.has(text)) place.next.set(text, { next: new Map() });
    place = place.next.get(text);
  }
}

/** Show all that was tried of this protocol in this scenario; what belongs to the run shown is marked. */
function showBranches() {
  const tree = root(page.run);
  $("branches").hidden = tree.next.size === 0;
  fill("tree", below(tree, [], true));
}

/** The items for the steps after `lines`; what follows without a choice stands on the same level. */
function below(place, lines, here) {
  return [...place.next].flatMap(([text, next]) => {
    const path = [...lines, text];
    const shown = here && page.run.steps[lines.length]?.line === text;
    const step = h("button", { type: "button", class: "link", "aria-current": shown && "true", onclick: () => explore({ lines: path }) },
      `${path.length}. ${text}`);
    const rest = below(next, path, shown);
    return next.next.size > 1 ? [h("li", null, step, h("ul", null, rest))] : [h("li", null, step), ...rest];
  });
}
