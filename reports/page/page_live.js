/*
 * The address of the interactive page, and what only a live page does: ask the server for other runs. Part of page.js.
 */

// --- the address: which step, and on a live page the whole run ---------------------------------------------------------

function address() {
  const said = new URLSearchParams();
  if (live) {
    said.set("impl", page.run.protocol);
    said.set("flags", page.run.flags.join(" "));
    for (const step of page.run.steps) said.append("line", step.line);
  }
  said.set("step", page.step);
  return `#${said}`;
}

let remembering = 0;

/** Write the step into the address after a short delay: browsers throttle frequent changes. */
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => history.replaceState(history.state, "", address()), 200);
}

/** Go to the run and step in the address. */
async function restore() {
  const said = new URLSearchParams(location.hash.slice(1));
  const lines = said.getAll("line");
  const other = said.get("impl") !== page.run.protocol || said.get("flags") !== page.run.flags.join(" ");
  const shown = page.run.steps.map((step) => step.line);
  if (live && said.has("impl") && (other || lines.join("\n") !== shown.join("\n"))) {
    await explore({ impl: said.get("impl"), flags: words(said.get("flags") ?? ""), lines }, false);
  }
  if (said.has("step")) select(+said.get("step"));
}

// --- a live page -----------------------------------------------------------------------------------------------------

let pending = null;

/**
 * The only function that talks to `groupy explore`.
 *
 * POSTs {"impl": name, "flags": [the scenario's flags], "lines": [the actions so far], "want": "run" or "search",
 * "property": the property to violate, or ""} with the header X-Groupy-Token. The answer is {"document": the run of these actions, for
 * "search" extended to the nearest violation of the property (or of any claimed one); "error": "" or why there is none, "edition": how often
 * the user's file was loaded again}.
 * Throws an Error whose message is meant for the reader. A new request cancels the previous one.
 */
async function request(body) {
  pending?.abort();
  pending = new AbortController();
  const { document: run, error, edition: known } = await answerTo(body, pending.signal);
  edition = known;
  if (error) throw new Error(error);
  return run;
}

async function answerTo(body, signal) {
  const headers = { "Content-Type": "application/json", "X-Groupy-Token": live.token };
  const answer = await fetch(live.api, { method: "POST", headers, body: JSON.stringify(body), signal })
    .catch((error) => {
      throw error.name === "AbortError" ? error : new Error("No answer. Is groupy explore still running?");
    });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

let edition = 0; // how often the user's file was loaded again

/** The user's file has changed: show the same run of the new one, its beginning, or what is wrong with it. */
async function reload(found) {
  const { protocol: impl, steps } = page.run;
  if (!found || found.edition === edition) return;
  edition = found.edition;
  if (impl !== live.protocols.at(-1)) return; // the file's comes last
  if (found.error) return say(found.error, true);
  const same = await explore({ lines: steps.map((step) => step.line) }, false);
  if (same || await explore({ lines: [] })) say(`${impl} was loaded again${same ? "" : ": this run is no run of it any more"}.`);
}

/** Tell the reader of the live page how things are; `wrong`: that something went wrong. */
function say(text, wrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
}

/** Request another run and show its end; `anew`: as a new entry in the browser's history. Returns whether there is one. */
async function explore(wish, anew = true) {
  const { protocol: impl, flags } = page.run;
  say(wish.want === "search" ? "Searching…" : "Working…");
  $("live").setAttribute("aria-busy", "true");
  try {
    const run = await request({ impl, flags, lines: [], want: "run", property: "", ...wish });
    if (anew) push(run);
    else show(run, run.steps.length);
    say("");
    $("live").removeAttribute("aria-busy");
    return true;
  } catch (error) {
    if (error.name === "AbortError") return false; // the request that replaced it reports the outcome
    say(error.message, true);
  }
  $("live").removeAttribute("aria-busy");
  return false;
}

/** Show `run` as a new entry in the browser's history; the previous entry keeps the run shown so far. */
function push(run) {
  const depth = (history.state?.depth ?? 0) + 1;
  history.replaceState(history.state, "", address());
  show(run, run.steps.length);
  clearTimeout(remembering);
  history.pushState({ depth }, "", address());
  $("back").disabled = false;
}

const linesHere = () => page.run.steps.slice(0, page.step).map((step) => step.line);

async function choose(text) {
  await explore({ lines: [...linesHere(), text] });
  $("choices-heading").focus({ preventScroll: true }); // the button is gone
}

function makeForm() {
  $("top").after($("live-form").content.cloneNode(true));
  $("search-place").append($("live-search").content.cloneNode(true));
  // Readers who choose need the choices at hand, right below the list of steps.
  $("steps").closest("section").after($("choices").closest("section"));
  $("live").addEventListener("submit", (event) => {
    event.preventDefault();
    explore({ impl: $("impl").value, flags: words($("flags").value) });
  });
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    explore({ lines: linesHere(), want: "search", property: $("wanted").value });
  });
  $("back").addEventListener("click", () => history.back());
  makeScenario();
  if (live.events) hearEvents(live.events, reload);
}

function fillForm() {
  const names = [...new Set([...live.protocols, page.run.protocol])];
  fill("impl", names.map((name) => h("option", { selected: name === page.run.protocol }, name)));
  $("flags").value = page.run.flags.join(" ");
  readFlags();
  rememberBranch(page.run);
  showBranches();
  const before = $("wanted").value;
  const wanted = page.run.states[0].lamps.map(({ name }) => h("option", { selected: name === before }, name));
  fill("wanted", h("option", { value: "" }, "any claimed property"), wanted);
  $("back").disabled = !history.state?.depth;
}

