// What the pages of the peers share: the arcs, counting draws, and the run that is measured.
//
// The page tells the server what it does, since only the server can read what the browser's processes cost:
//   POST /mark?name=begin, POST /mark?name=end   around the frames that are measured
//   POST /done                                   with what the page measured itself, as JSON
//   POST /picture                                with a PNG, where one was asked for
"use strict";

const asked = new URLSearchParams(location.search);
const ARCS = Number(asked.get("arcs") ?? 0);
const FRAMES = Number(asked.get("frames") ?? 20);
const WARM_UP = Number(asked.get("warm_up") ?? 5);
const HUB = [50.11, 8.68];
const ADDED = 100;

// Ends of arcs, the same ones in every run (mulberry32).
function ends(count) {
  let state = 1;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Array.from({ length: count }, () => [(Math.asin(random() * 1.7 - 0.85) * 180) / Math.PI, random() * 360 - 180]);
}

// Draw calls and contexts, counted where they are made.
let draws = 0;
let context = null;
for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
  const real = WebGL2RenderingContext.prototype[name];
  WebGL2RenderingContext.prototype[name] = function (...parameters) {
    draws += 1;
    context = this;
    return real.apply(this, parameters);
  };
}

// Time that the page's own code takes in a frame.
let script_ms = 0;
const nextFrame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
  nextFrame((now) => {
    const start = performance.now();
    callback(now);
    script_ms += performance.now() - start;
  });

const frame = () => new Promise((resolve) => nextFrame(resolve));
const frames = async (count) => {
  for (let i = 0; i < count; i += 1) await frame();
};

// Waits until all that was asked of the rasterizer is done.
function drain() {
  if (context) context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
}

const post = (path, body) => fetch(path, { method: "POST", body });

// Measures `globe`: { add(pairs) → ms of the main thread, picture() → PNG data URL }.
async function measure(globe) {
  await frames(WARM_UP);
  drain();
  await post("/mark?name=begin");
  draws = 0;
  script_ms = 0;
  const start = performance.now();
  await frames(FRAMES);
  drain();
  const wall_ms = performance.now() - start;
  const report = { frames: FRAMES, draws: draws / FRAMES, script_ms: script_ms / FRAMES, wall_ms: wall_ms / FRAMES };
  await post("/mark?name=end");
  if (asked.has("picture")) await post("/picture", await (await fetch(await globe.picture())).blob());
  if (!asked.has("no_add")) report.add_100_ms = await globe.add(ends(ARCS + ADDED).slice(ARCS));
  await post("/done", JSON.stringify(report));
}

window.addEventListener("error", (event) => post("/done", JSON.stringify({ error: String(event.message) })));
window.addEventListener("unhandledrejection", (event) => post("/done", JSON.stringify({ error: String(event.reason) })));
