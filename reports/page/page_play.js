/*
 * Playing a run on the interactive page: step after step, while messages move along their arrows. Part of page.js.
 */

const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
let playing = 0; // counts the plays, so that an old one notices that it is over; 0: none
let plays = 0;

/** Play on from the selected step, from the beginning if it is the last one; or stop. */
async function play() {
  if (playing) return pause();
  const mine = playing = ++plays;
  showPlaying();
  if (page.step === page.run.steps.length) select(0);
  while (playing === mine && page.step < page.run.steps.length) {
    await travel(page.step + 1, +$("speed").value, () => playing === mine);
    if (playing === mine) move(1);
  }
  if (playing === mine) pause();
}

function pause() {
  playing = 0;
  showPlaying();
}

function showPlaying() {
  $("play").textContent = playing ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
}

/** Let what step `number` receives move to its receiver, in `time` milliseconds, for as long as `wanted`. */
function travel(number, time, wanted) {
  const arriving = page.run.flights.map((flight, index) => ({ flight, index })).filter(({ flight }) => flight.ended === number);
  const lines = arriving.map(({ index }) => $("diagram").querySelector(`#flight-${index}:not(.gone) path`)).filter(Boolean);
  const root = $("diagram").querySelector("g.graph");
  const couriers = STILL.matches ? [] : lines.map((line) => ({ line, dot: svgElement("circle", { class: "courier", r: 6 }) }));
  root.append(...couriers.map(({ dot }) => dot));
  const begin = performance.now();
  return new Promise((resolve) => {
    const tick = (now) => {
      const part = Math.min(Math.max((now - begin) / time, 0), 1);
      for (const { line, dot } of couriers) {
        const { x, y } = line.getPointAtLength(part * line.getTotalLength());
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", y);
      }
      if (part < 1 && wanted()) return requestAnimationFrame(tick);
      for (const { dot } of couriers) dot.remove();
      return resolve();
    };
    requestAnimationFrame(tick);
  });
}
