/*
 * The page of `groupy live`. Its server tells how the processes are, each time that this changes: {"state": that, or null when the run
 * has ended, "error": why}. Each button is a command of a script.
 */
"use strict";

const live = JSON.parse(document.getElementById("live").textContent);
const selected = new Set();
let sizes = "", standing = "", began = 0;

function $(name) {
  return document.getElementById(name);
}

/** An element with these properties, and with these children, which are elements or texts. */
function h(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The only function that asks the server. Throws an Error whose message is meant for the reader. */
async function request(body) {
  const headers = { "Content-Type": "application/json", "X-Groupy-Token": live.token };
  const answer = await fetch(live.api, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => {
    throw new Error("No answer. Is groupy live still running?");
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** Have a command done, and say why not if it cannot be. */
async function perform(command) {
  try {
    $("error").textContent = (await request({ want: "do", command })).error;
  } catch (error) {
    $("error").textContent = error.message;
  }
}

// --- the windows -----------------------------------------------------------------------------------------------------

const ACTIONS = [
  ["Multicast", (name) => `multicast ${name}`],
  ["Kill", (name) => `kill ${name}`],
  ["Recover", (name) => `recover ${name}`],
  ["Kill mid-broadcast", (name) => `kill ${name} mid-broadcast`],
  ["Freeze", (name, window) => `${window.classList.contains("frozen") ? "go on" : "freeze"} ${name}`],
  ["Leave", (name) => `leave ${name}`],
];

function windowOf(node) {
  const name = `p${node}`;
  const box = h("input", { type: "checkbox", id: `select-${name}` });
  const screen = h("div", { className: "screen" }, h("span", {}));
  const facts = h("dl", {});
  for (const fact of ["view", "role", "queue", "steps"]) {
    facts.append(h("dt", {}, fact), h("dd", { className: fact }));
  }
  const buttons = h("div", { className: "buttons" });
  const heading = h("h2", {}, h("label", {}, box, name), h("span", { className: "status" }));
  const failed = h("p", { className: "failed" });
  const window = h("article", { className: "window", id: name }, heading, screen, failed, facts, buttons);
  window.setAttribute("aria-label", name);
  for (const [text, command] of ACTIONS) {
    const button = h("button", { type: "button" }, text);
    button.dataset.action = text;
    button.addEventListener("click", () => perform(command(name, window)));
    buttons.append(button);
  }
  box.addEventListener("change", () => {
    if (box.checked) selected.add(node);
    else selected.delete(node);
    allow();
  });
  return window;
}

function showMember(member, state, brightest) {
  const name = `p${member.node}`;
  if (!$(name)) $("windows").append(windowOf(member.node));
  const window = $(name);
  const ended = member.status === "ended";
  const apart = state.side.length > 0 && state.side.includes(member.node) !== state.side.includes(state.members[0].node);
  window.className = ["window", member.status, apart ? "apart" : "", selected.has(member.node) ? "selected" : ""].join(" ");
  const colour = member.colour;
  window.querySelector(".screen").style.backgroundColor = colour ? `rgb(${colour.map((part) => Math.floor(255 / brightest) * part).join(" ")})` : "transparent";
  window.querySelector(".screen span").textContent = ended ? member.ended : colour ? colour.join(".") : state.recovers ? "up" : "no colour yet";
  window.querySelector(".failed").textContent = member.failed;
  window.querySelector(".status").textContent = member.status;
  window.querySelector(".view").textContent = member.view || "none";
  window.querySelector(".role").textContent = member.role;
  window.querySelector(".queue").textContent = `${member.queued} waiting`;
  window.querySelector(".steps").textContent = member.steps;
  window.querySelector("[data-action=Freeze]").textContent = member.status === "frozen" ? "Go on" : "Freeze";
  for (const control of window.querySelectorAll("button, input")) control.disabled = ended;
  const recover = window.querySelector("[data-action=Recover]");
  recover.hidden = !state.recovers;
  recover.disabled = !member.crashed;
  if (ended) selected.delete(member.node);
}

function show(state) {
  // As bright as all colours together allow: what a young group shows would be black and black.
  const brightest = Math.max(1, ...state.members.flatMap((member) => member.colour ?? []));
  for (const member of state.members) showMember(member, state, brightest);
  const up = state.members.filter((member) => member.status !== "ended").length;
  const colours = new Set(state.members.filter((one) => one.status === "up" && one.colour).map((one) => one.colour.join(".")));
  const parts = [`${up} of ${state.members.length} processes up`];
  if (!state.recovers) parts.push(`${colours.size} colour${colours.size === 1 ? "" : "s"}`);
  if (state.side.length) parts.push(`the network is split: ${state.side.map((node) => `p${node}`).join(", ")} and the others`);
  for (const [one, other] of state.cuts) parts.push(`p${one} and p${other} are cut`);
  standing = parts.join("; ");
  began = state.began;
  tick();
  if (state.done.join("\n") !== sizes) {
    sizes = state.done.join("\n");
    $("done").replaceChildren(...state.done.map((line) => h("li", {}, line)));
    $("done").scrollTop = $("done").scrollHeight;
  }
  allow();
}

function allow() {
  for (const node of document.querySelectorAll(".window")) node.classList.toggle("selected", selected.has(+node.id.slice(1)));
  $("part").disabled = selected.size === 0;
  $("cut").disabled = $("slow").disabled = selected.size !== 2;
}

/** Say how things stand, and for how long the run has gone on. */
function tick() {
  if (standing) $("standing").textContent = `${standing}; ${(Date.now() / 1000 - began).toFixed(0)} s`;
}

function hear(told) {
  if (told?.state) return show(told.state);
  standing = "";
  $("standing").textContent = told ? told.error : "No answer. Is groupy live still running?";
}

// --- why? ------------------------------------------------------------------------------------------------------------

async function why() {
  $("why").disabled = true;
  $("why").textContent = "Replaying…";
  try {
    const answer = await request({ want: "why" });
    if (answer.error) throw new Error(answer.error);
    const count = answer.findings.length;
    const nothing =
      answer.judged < answer.steps
        ? `Not decided: there was time to judge ${answer.judged} of ${answer.steps} steps`
        : `Nothing that is claimed is violated in ${answer.steps} steps`;
    $("because-heading").textContent = count ? `${answer.findings[0].name} is violated` : nothing;
    $("error").textContent = "";
    $("story").textContent = answer.story;
    $("findings").replaceChildren(...answer.findings.map(item));
    $("warnings").replaceChildren(...answer.warnings.map((text) => h("li", {}, `Warning: ${text}.`)));
    $("because").hidden = false;
    $("because-heading").focus();
  } catch (error) {
    $("error").textContent = error.message;
  }
  $("why").disabled = false;
  $("why").textContent = "Why?";
}

function item({ name, text, steps, page }) {
  const link = page ? h("a", { href: page, target: "_blank", rel: "noopener" }, `the least such run, ${steps} steps`) : "";
  return h("li", {}, h("strong", {}, name), `: ${text}`, page ? "; " : "", link);
}

const names = () => [...selected].sort((one, other) => one - other).map((node) => `p${node}`).join(" ");
$("join").addEventListener("click", () => perform("join"));
$("part").addEventListener("click", () => perform(`part ${names()}`));
$("cut").addEventListener("click", () => perform(`cut ${names()}`));
$("slow").addEventListener("click", () => perform(`slow ${names()} 0.5`));
$("heal").addEventListener("click", () => perform("heal"));
$("why").addEventListener("click", why);
$("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  perform($("command").value.trim());
});
setInterval(tick, 1000);
hearEvents(live.events, hear);
