/**
 * Figures that the reader can play with, without a server.
 *
 * matplotlib has drawn each figure whole, and authoring/sphinx/figures/inline_figures.py has put it into the
 * page. Here a figure gets controls, which move the parts that Python named. No layout is known
 * here: `plotting.mark_scale` says in the drawing itself where a value lies.
 */
"use strict";

/** The part of a figure that Python named so with `set_gid`. */
const part = (figure, name) => figure.querySelector(`[data-part="${name}"]`);

/** The words that follow a part's name; numbers where they are numbers. */
const words = (element) =>
  element.dataset.words.split(" ").map((word) => (isNaN(word) ? word : Number(word)));

const set = (element, attributes) =>
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));

/** A copy of a marker at another place. */
function markerAt(marker, [x, y]) {
  const copy = marker.cloneNode();
  set(copy, { x, y });
  return copy;
}

/** A path through points, given as pairs of pixels. */
const pathThrough = (points) =>
  "M" + points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");

/** Write a number as the book does, with a true minus sign and without a negative zero. */
function written(value, digits) {
  const text = digits === undefined ? String(value) : value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** The index of the number in a list that comes closest to another. */
function nearest(numbers, wanted) {
  const distances = numbers.map((number) => Math.abs(number - wanted));
  return distances.indexOf(Math.min(...distances));
}

/** The two axes of a drawing: where a value lies, and the values among which a reader chooses. */
function axesOf(figure, name, steps) {
  const line = part(figure, name);
  const [x0, y0, x1, y1] = line.querySelector("path").getAttribute("d").match(/-?[\d.]+/g);
  const [xKind, left, right, yKind, bottom, top] = words(line);
  return [axis(xKind, left, right, +x0, +x1, steps), axis(yKind, bottom, top, +y0, +y1, steps)];
}

function axis(kind, first, last, start, end, steps) {
  const [bend, unbend] = kind === "log" ? [Math.log, Math.exp] : [Number, Number];
  const span = bend(last) - bend(first);
  const values = Array.from({ length: steps + 1 }, (_, i) => {
    const value = unbend(bend(first) + (span * i) / steps);
    // Rounded, so that what the reader sees is what is computed.
    return Number(kind === "log" ? value.toPrecision(3) : value.toFixed(2));
  });
  const place = (value) => start + ((bend(value) - bend(first)) / span) * (end - start);
  return { values, place };
}

/** A place below the drawing for controls, and at its end a text that is read out on change. */
function addPanel(figure, update) {
  const panel = document.createElement("div");
  const output = document.createElement("output");
  panel.className = "figure-controls";
  panel.append(output);
  panel.addEventListener("input", update);
  figure.querySelector("svg").after(panel);
  return output;
}

/** A labelled slider over a list of values, above the output. */
function addSlider(output, text, values, initial) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const shown = document.createElement("span");
  // Without autocomplete="off" Firefox brings back the place of before a reload.
  set(input, { type: "range", min: 0, max: values.length - 1, autocomplete: "off" });
  set(shown, { "aria-hidden": true }); // aria-valuetext says it
  label.append(text, input, shown);
  output.before(label);
  const slider = {
    values,
    get value() {
      return values[input.value];
    },
    get index() {
      return Number(input.value);
    },
    set index(index) {
      input.value = index; // the browser keeps it between min and max
      shown.textContent = written(slider.value);
      set(input, { "aria-valuetext": shown.textContent });
    },
  };
  input.addEventListener("input", () => (slider.index = input.value));
  slider.index = nearest(values, initial);
  return slider;
}

/**
 * Let the reader move a marker by pointer and by arrow keys. Its place is kept in two sliders.
 * Returns a function that puts the marker where the sliders say.
 */
function makeMovable(figure, name, axes, sliders, text, update) {
  const svg = figure.querySelector("svg");
  const marker = part(figure, name).querySelector("use");
  const grip = document.createElementNS(svg.namespaceURI, "circle");
  const [least, greatest] = [sliders[0].values[0], sliders[0].values.slice(-1)[0]];
  set(grip, { class: "grip", r: 16, tabindex: 0, role: "slider", "aria-label": text });
  set(grip, { "aria-valuemin": least, "aria-valuemax": greatest });
  set(svg, { role: "group" }); // an image may not hold anything to act on
  svg.append(grip);

  const moveTo = (event) => {
    const pointer = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = pointer.matrixTransform(svg.getScreenCTM().inverse());
    [x, y].forEach((pixel, i) => {
      sliders[i].index = nearest(sliders[i].values.map(axes[i].place), pixel);
    });
    update();
  };
  svg.addEventListener("click", (event) => {
    const box = part(figure, "map").getBoundingClientRect();
    const beside = event.clientX < box.left || event.clientX > box.right;
    const above = event.clientY < box.top || event.clientY > box.bottom;
    if (event.target !== grip && !beside && !above) moveTo(event);
  });
  // Only the grip can be dragged: a finger elsewhere on the map may want to scroll the page.
  grip.addEventListener("pointerdown", (event) => grip.setPointerCapture(event.pointerId));
  grip.addEventListener("pointermove", (event) => {
    if (grip.hasPointerCapture(event.pointerId)) moveTo(event);
  });
  grip.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (!steps[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // do not scroll
    steps[event.key].forEach((step, i) => (sliders[i].index += step));
    update();
  });
  return () => {
    const [x, y] = axes.map((each, i) => each.place(sliders[i].value));
    set(marker, { x, y });
    set(grip, { cx: x, cy: y, "aria-valuenow": sliders[0].value });
    set(grip, { "aria-valuetext": sliders.map((each) => written(each.value)).join(", ") });
  };
}

/**
 * Gradient descent on the goldfield in 32 bits. Like `gradient_descent` of dl_workshop.optimize, it
 * stops at the last point where all was finite, and says which step led beyond.
 */
function descend(x, y, rate, steps) {
  const f = Math.fround;
  [x, y, rate] = [x, y, rate].map(f);
  const height = () => f(f(f(2 * f(x * x)) - f(f(4 * x) * y)) + f(f(f(y * y) * f(y * y)) + 2));
  const slopes = () => [f(f(4 * x) - f(4 * y)), f(f(4 * f(y * f(y * y))) - f(4 * x))];
  const path = [[x, y]];
  for (let step = 1; step <= steps; step++) {
    const [dx, dy] = slopes();
    [x, y] = [f(x - f(rate * dx)), f(y - f(rate * dy))];
    if (![height(), ...slopes()].every(isFinite)) return { path, divergedAt: step };
    path.push([x, y]);
  }
  return { path, height: height() };
}

/** Say how a walk went. */
function verdict({ path, divergedAt, height }) {
  if (divergedAt) return `The walk diverged at step ${divergedAt}.`;
  const distance = ([x, y], [u, v]) => Math.hypot(x - u, y - v);
  const [x, y] = path[path.length - 1];
  const last = path.slice(-21);
  const walked = last.slice(1).reduce((sum, point, i) => sum + distance(last[i], point), 0);
  const gold = x < 0 ? -1 : 1;
  let how = "It is still on its way.";
  // Whoever walks far in the last 20 steps, and yet gets nowhere, jumps to and fro.
  if (walked > 0.02 && walked > 2 * distance(last[0], last[20])) how = "It keeps hopping.";
  else if (distance([x, y], [gold, gold]) < 0.1) how = "It has found gold.";
  else if (distance([x, y], path[0]) === 0) how = "It has not moved.";
  const [endX, endY, endHeight] = [x, y, height].map((number) => written(number, 3));
  const steps = path.length - 1;
  return `After ${steps} steps the robot is at (${endX}, ${endY}), at height ${endHeight}. ${how}`;
}

function playGoldfield(figure) {
  const axes = axesOf(figure, "map", 80);
  const walk = part(figure, "walk");
  const [startX, startY, startRate, steps, ...rates] = words(walk);
  const line = walk.querySelector("path");
  const dot = walk.querySelector("use");
  const dots = dot.parentNode;
  const square = part(figure, "end").querySelector("use");

  const update = () => {
    const descent = descend(x.value, y.value, rate.value, steps);
    // Points far out cannot be seen, and their numbers would not fit into a drawing.
    const beyond = descent.path.findIndex((point) => Math.hypot(...point) > 1000);
    const seen = beyond < 0 ? descent.path : descent.path.slice(0, beyond);
    const points = seen.map((point) => point.map((value, i) => axes[i].place(value)));
    const every = rate.value < 0.1 ? 10 : 1;
    const dotted = points.filter((_, step) => step % every === 0);
    set(line, { d: pathThrough(points) });
    dots.replaceChildren(...dotted.map((point) => markerAt(dot, point)));
    set(square, { visibility: beyond < 0 ? "visible" : "hidden" });
    set(square, { x: points[points.length - 1][0], y: points[points.length - 1][1] });
    moveMarker();
    output.textContent = verdict(descent);
  };
  const output = addPanel(figure, update);
  const x = addSlider(output, "Start x", axes[0].values, startX);
  const y = addSlider(output, "Start y", axes[1].values, startY);
  const rate = addSlider(output, "Learning rate", rates, startRate);
  const moveMarker = makeMovable(figure, "start", axes, [x, y], "Start, x and y", update);
  update();
}

/** The logarithm of the gamma function for x > 0: Stirling's series, at 8 or beyond. */
function logGamma(x) {
  let shift = 0;
  for (; x < 8; x++) shift += Math.log(x);
  const series = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / x ** 2) / x ** 2) / x ** 2;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series / x - shift;
}

/**
 * The log-density of each model. It is linear in x, x² and log x: at their means over a sample it
 * gives the mean of the log-density. So these three means are all we need of the data.
 */
const logDensities = {
  normal: (mean, sd) => (x, square) =>
    -Math.log(sd) - Math.log(2 * Math.PI) / 2 - (square - 2 * mean * x + mean ** 2) / (2 * sd ** 2),
  gamma: (shape, scale) => (x, square, log) =>
    (shape - 1) * log - x / scale - logGamma(shape) - shape * Math.log(scale),
};

function playLikelihood(figure, model, [nameA, nameB]) {
  const axes = axesOf(figure, "map", 160);
  const [xs, ys] = axesOf(figure, "data", 200);
  const curve = part(figure, "density").querySelector("path");
  const best = part(figure, "best").querySelector("use");
  const [startA, startB, startSize, ...sizes] = words(part(figure, "point"));
  // `plotting.conceal` has clipped all but one size to a window outside of the figure.
  const partsOf = (n) => [part(figure, `contours-${n}`), part(figure, `sample-${n}`)];
  const windows = partsOf(startSize).map((each) => each.querySelector("[clip-path]"));
  sizes.flatMap(partsOf).forEach((each, i) => {
    const open = windows[i % 2].getAttribute("clip-path");
    each.querySelectorAll("[clip-path]").forEach((path) => set(path, { "clip-path": open }));
  });

  const update = () => {
    for (const n of sizes)
      for (const each of partsOf(n)) set(each, { display: n === size.value ? "inline" : "none" });
    const [bestA, bestB, ...means] = words(partsOf(size.value)[0]);
    const logDensity = logDensities[model](a.value, b.value);
    const here = size.value * logDensity(...means);
    const highest = size.value * logDensities[model](bestA, bestB)(...means);
    const points = xs.values.map((x) => {
      const density = Math.exp(logDensity(x, x * x, Math.log(x)));
      return [xs.place(x), ys.place(density)];
    });
    // At 0 the density of a gamma distribution can be infinite.
    set(curve, { d: pathThrough(points.filter((point) => point.every(isFinite))) });
    set(best, { x: axes[0].place(bestA), y: axes[1].place(bestB) });
    moveMarker();
    output.textContent =
      `Log-likelihood ${written(here, 2)}, which is ${written(highest - here, 2)} below the ` +
      `highest: ${written(highest, 2)}, at ${nameA} = ${written(bestA, 2)} and ` +
      `${nameB} = ${written(bestB, 2)}.`;
  };
  const output = addPanel(figure, update);
  const size = addSlider(output, "Sample size n", sizes, startSize);
  const a = addSlider(output, nameA, axes[0].values, startA);
  const b = addSlider(output, nameB, axes[1].values, startB);
  const text = `Parameters, ${nameA} and ${nameB}`;
  const moveMarker = makeMovable(figure, "point", axes, [a, b], text, update);
  update();
}

/** What to do with which figure, by its name. */
const players = {
  "fig-play": playGoldfield,
  "fig-likelihood-normal": (figure) => playLikelihood(figure, "normal", ["μ", "σ"]),
  "fig-likelihood-gamma": (figure) => playLikelihood(figure, "gamma", ["k", "θ"]),
};

document.addEventListener("DOMContentLoaded", () => {
  for (const [name, play] of Object.entries(players)) {
    const figure = document.getElementById(name);
    if (figure) play(figure);
  }
});
