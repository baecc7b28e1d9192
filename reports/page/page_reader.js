/*
 * What a reader of the interactive page can search and keep: the search in the steps, and the page as a file. Part of page.js.
 */

const untouched = document.documentElement.outerHTML; // before anything is shown

/** What the search field asks for: a function from texts; null: nothing. A pattern that is none yet finds nothing. */
function wantedText() {
  const text = $("find").value.trim();
  const pattern = /^\/(.+?)\/?$/.exec(text)?.[1];
  if (!text || text === "/") return null;
  if (!pattern) return (line) => line.toLowerCase().includes(text.toLowerCase());
  try {
    const known = new RegExp(pattern, "i");
    return (line) => known.test(line);
  } catch {
    return () => false;
  }
}

/** The steps whose line or effects the search finds; null when nothing is searched. */
function foundSteps() {
  const wanted = wantedText();
  return wanted && page.run.steps.filter(({ line: text, done, undone }) => [text, ...done, ...undone].some(wanted))
    .map(({ number }) => number).filter(passes);
}

function showFound() {
  const found = foundSteps();
  $("found").hidden = !found;
  if (found) $("found").textContent = found.length ? `${found.length} found: Enter goes to the next` : "No step has this.";
  for (const item of $("steps").children) item.hidden = found ? !found.includes(+item.dataset.step) : !passes(+item.dataset.step);
}

function toNextFound() {
  const found = foundSteps() ?? [];
  const next = found.find((number) => number > page.step) ?? found[0];
  if (next) select(next);
}

/** This page with the run that it shows, as a file that needs no server. */
async function pageFile() {
  const { exports, live: _, ...run } = page.run;
  const safe = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
  const zipped = new Blob([safe(exports)]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(zipped).arrayBuffer());
  const packed = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const put = (id, text) => (html) => {
    const from = html.indexOf(">", html.indexOf(`id="${id}"`)) + 1;
    return html.slice(0, from) + text + html.slice(html.indexOf("<\/script>", from));
  };
  const policy = (html) => html.replace("; connect-src " + "'self'", "");
  return `<!doctype html>\n${put("run-exports", packed)(put("run-data", safe(run))(policy(untouched)))}\n`;
}

async function savePage() {
  const file = URL.createObjectURL(new Blob([await pageFile()], { type: "text/html" }));
  h("a", { href: file, download: `${runStem()}.html` }).click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
  $("copy-status").textContent = "Saved as a file that needs neither this page nor a server.";
}
