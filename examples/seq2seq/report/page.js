"use strict";

// The page of a report. All it shows is in the element "data"; report.h says what stands there. Words come from
// people's files: they are put in as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const { about, snapshots, sentences } = data;
const last = snapshots.length - 1;
const END = "end of sentence";

const byId = (id) => document.getElementById(id);
const state = { sentence: Math.floor(sentences.length / 2), moment: last, row: 0, column: 0, hidden: null, over: null, all: false };

// An element with attributes, handlers (onclick: …) and children.
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function svg(tag, attributes = {}, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text != null) made.textContent = text;
  return made;
}

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const whole = (share) => `${Math.round(100 * share)}%`;
const percent = (share) => (share > 0 && share < 0.0005 ? "<0.1%" : `${(100 * share).toFixed(1)}%`);
const fixed = (number, digits = 2) => {
  const text = Math.abs(number).toFixed(digits);
  return number < 0 && Number(text) !== 0 ? `−${text}` : text;
};
const signed = (number, digits = 2) => (number >= 0 ? "+" : "") + fixed(number, digits);
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const isStrong = (weight) => weight > 0.58;  // where light text reads better than dark on the scale, and the other way round

// Words may run from right to left: each stands for itself, and a line goes the way its first letter does.
const bdi = (word) => make("bdi", { dir: "auto" }, word);
const rightToLeft = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const direction = (words) => (rightToLeft.test(words.join(" ")) ? "rtl" : "ltr");

// The sentence that is shown, as the page needs it.
const sentence = () => sentences[state.sentence];
const sources = () => sentence().source;
const targets = () => [...sentence().target, null];  // null: the end of the sentence
const targetName = (word) => (word === null ? END : word);
const moment = (number = state.moment) => sentence().moments[number];
const seen = () => (state.hidden === null || !moment().hidden ? moment() : moment().hidden[state.hidden]);
const weight = (row, column) => seen().weights[row * sources().length + column] / 1e4;
const weightsOf = (row) => sources().map((_, column) => weight(row, column));
const probability = (part, row) => part.probabilities[row] / 1e4;
const atStep = (number) => (number === last && snapshots[last].step === about.steps ? "at the end of the training" : `at step ${grouped(snapshots[number].step)}`);
const litRow = () => (state.over === null ? state.row : state.over);

function paint(element, share) {
  element.style.setProperty("--weight", `${(100 * share).toFixed(2)}%`);
  element.classList.toggle("strong", isStrong(share));
}

// Built once for each sentence.

function sourceButton(word, column, note) {
  return make("button", { type: "button", class: sentence().unknown.includes(column) ? "word unknown" : "word",
    title: sentence().unknown.includes(column) ? "not in the model's vocabulary" : null,
    "aria-pressed": "false", "data-column": column, onclick: () => toggleHidden(column) }, bdi(word), make("small", {}, note));
}

function targetButton(word, row) {
  return make("button", { type: "button", class: word === null ? "word end" : "word", "data-row": row,
    onclick: () => choose(row, null), onfocus: () => light(row), onblur: () => light(null) },
  word === null ? END : bdi(word), make("small"));
}

function buildLines() {
  byId("source-line").dir = byId("hide-line").dir = direction(sources());
  byId("target-line").dir = byId("written").dir = direction(sentence().target);
  byId("source-line").replaceChildren(...sources().map((word, i) => sourceButton(word, i, "")));
  byId("hide-line").replaceChildren(...sources().map((word, i) => sourceButton(word, i, "hide")));
  byId("target-line").replaceChildren(...targets().map(targetButton));
  for (const button of byId("target-line").children) {
    button.addEventListener("mouseenter", () => light(Number(button.dataset.row)));
    button.addEventListener("mouseleave", () => light(null));
  }
}

function buildMap() {
  byId("map").tHead.replaceChildren(make("tr", {}, make("td"), ...sources().map((word) => make("th", { scope: "col" }, bdi(word))),
    make("th", { scope: "col", class: "right" }, "its probability")));
  byId("map").tBodies[0].replaceChildren(...targets().map((word, row) => {
    const cells = sources().map((_, column) => make("td", {}, make("button", { type: "button", tabindex: -1, "data-row": row,
      "data-column": column, onclick: () => choose(row, column), onfocus: () => choose(row, column), onkeydown: moveInMap })));
    return make("tr", { onmouseenter: () => light(row), onmouseleave: () => light(null) },
      make("th", { scope: "row", class: word === null ? "end" : null }, word === null ? END : bdi(word)), ...cells, make("td", { class: "right" }));
  }));
}

const cellAt = (row, column) => byId("map").tBodies[0].rows[row].cells[column + 1];

function moveInMap(event) {
  const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!by) return;
  event.preventDefault();
  const row = Math.min(Math.max(state.row + by[0], 0), targets().length - 1);
  const column = Math.min(Math.max(state.column + by[1], 0), sources().length - 1);
  cellAt(row, column).firstChild.focus();
}

function fillSelect(select, words, name) {
  select.replaceChildren(...words.map((word, i) => make("option", { value: i }, name(word, i))));
}

function buildSentence() {
  state.row = state.column = 0;
  state.hidden = state.over = null;
  byId("overlay-label").hidden = !sentence().says || !about.attention;
  showGrammar();
  fillSelect(byId("steps-target"), targets(), (word, i) => `${i + 1}. ${targetName(word)}`);
  fillSelect(byId("steps-source"), sources(), (word, i) => `${i + 1}. ${word}`);
  buildLines();
  if (about.attention) {
    buildMap();
    markGrammar();
    state.column = topColumn(0);
  }
  update();
}

function showGrammar() {
  const shown = byId("overlay").checked && Boolean(sentence().says);
  byId("map").classList.toggle("overlaid", shown);
  byId("overlay-text").hidden = !shown;
}

function markGrammar() {
  const { says, agrees } = sentence();
  if (!says) return;
  says.forEach((columns, row) => sources().forEach((_, column) => {
    const cell = cellAt(row, column);
    cell.classList.toggle("says", columns.includes(column));
    cell.classList.toggle("agrees", agrees[row] === column);
  }));
  byId("overlay-text").textContent = says.map((columns, row) => {
    const from = columns.map((column) => sources()[column]).join(" + ");
    const gender = agrees[row] === null ? "" : `, gender of ${sources()[agrees[row]]}`;
    return `${sentence().target[row]}: ${from}${gender}`;
  }).join("; ") + ". The end comes from no word.";
}

// What changes with the slider, a hidden word, or a word that is pointed at.

const topColumn = (row) => weightsOf(row).reduce((best, weight, i, all) => (weight > all[best] ? i : best), 0);

function toggleHidden(column) {
  if (!about.attention) return;
  state.hidden = state.hidden === column ? null : column;
  update();
}

function light(row) {
  state.over = row;
  if (about.attention) updateLit();
}

function choose(row, column) {
  if (!about.attention) return;
  state.row = row;
  state.column = column === null ? topColumn(row) : column;
  updateLit();
  updateMarks();
  updateSteps();
}

function goTo(number) {
  state.moment = number;
  update();
}

function updateLit() {
  const row = litRow();
  const weights = weightsOf(row);
  for (const button of byId("source-line").children) {
    const column = Number(button.dataset.column);
    button.classList.add("lit");
    paint(button, weights[column]);
    button.querySelector("small").textContent = state.hidden === column ? "hidden" : whole(weights[column]);
  }
  for (const button of byId("target-line").children) button.classList.toggle("chosen", Number(button.dataset.row) === row);
  [...byId("map").tBodies[0].rows].forEach((tableRow, i) => tableRow.classList.toggle("chosen", i === row));
}

function updateLikely() {
  [...byId("target-line").children].forEach((button, row) => { button.querySelector("small").textContent = whole(probability(seen(), row)); });
}

function updateHidden() {
  for (const line of ["source-line", "hide-line"])
    for (const button of byId(line).children) {
      const off = Number(button.dataset.column) === state.hidden;
      button.setAttribute("aria-pressed", off);
      if (line === "hide-line") button.querySelector("small").textContent = off ? "hidden" : "hide";
    }
}

function updateMap() {
  byId("map-caption").textContent = `Weight of each source word (across) for each word to write (down), in percent, ${atStep(state.moment)}` +
    (state.hidden === null ? "" : `, with “${sources()[state.hidden]}” hidden`) + ". Fed the right words before it.";
  [...byId("map").tHead.rows[0].cells].forEach((cell, i) => cell.classList.toggle("off", i - 1 === state.hidden));
  targets().forEach((_, row) => {
    sources().forEach((_, column) => {
      const cell = cellAt(row, column), share = weight(row, column);
      paint(cell, share);
      cell.classList.toggle("faint", share < 0.005);
      cell.classList.toggle("off", column === state.hidden);
      cell.firstChild.textContent = Math.round(100 * share);
    });
    cellAt(row, sources().length).textContent = percent(probability(seen(), row));
  });
}

function updateMarks() {
  targets().forEach((_, row) => sources().forEach((_, column) => {
    const here = row === state.row && column === state.column;
    cellAt(row, column).classList.toggle("cell", here);
    cellAt(row, column).firstChild.tabIndex = here ? 0 : -1;
  }));
  byId("steps-target").value = state.row;
  byId("steps-source").value = state.column;
}

function updateWritten() {
  const { written, ended } = moment();
  const wanted = sentence().target;
  const words = written.map((word, i) => (word === wanted[i] ? bdi(word)
    : make("span", { class: "wrong" }, bdi(word), make("span", { class: "sr" }, " (another word is right here)"))));
  words.push(ended ? make("span", { class: written.length === wanted.length ? "end" : "end wrong" }, `‹${END}›`) : "… and does not end");
  byId("written").replaceChildren(...words.flatMap((word) => [word, " "]));
  const right = wanted.filter((word, i) => written[i] === word).length;
  byId("written-score").textContent = right === wanted.length && written.length === right && ended ? "Every word right, and no word too many."
    : `${right} of ${wanted.length} words in their right place.`;
}

function bar(from, to, kind) {
  const left = Math.max(0, Math.min(from, to)), width = Math.min(1, Math.max(from, to)) - left;
  return make("i", { class: kind, style: `inset-inline-start: ${100 * left}%; width: ${100 * width}%` });
}
const bars = (...parts) => make("td", { class: "bar", "aria-hidden": "true" }, make("span", {}, ...parts));

function updateChange() {
  const hidden = state.hidden !== null;
  const rows = targets().map((word, row) => {
    const before = probability(moment(), row), after = probability(seen(), row);
    const points = Math.round(1000 * (after - before)) / 10;
    return make("tr", {}, make("th", { scope: "row", class: word === null ? "end" : null }, word === null ? END : bdi(word)),
      make("td", {}, percent(before)), make("td", {}, hidden ? percent(after) : ""),
      make("td", {}, hidden ? (points === 0 ? "0.0" : signed(points, 1)) : ""), bars(bar(0, after, ""), bar(0, before, "was")));
  });
  byId("change").tBodies[0].replaceChildren(...rows);
  byId("hide-text").textContent = hidden ? changeInWords() : "Nothing is hidden.";
}

function changeInWords() {
  const drops = targets().map((_, row) => probability(moment(), row) - probability(seen(), row));
  const most = drops.reduce((best, drop, row) => (drop > drops[best] ? row : best), 0);
  const word = `“${sources()[state.hidden]}” is hidden, ${atStep(state.moment)}. `;
  if (drops[most] < 0.005) return `${word}No right word got less likely by half a point or more.`;
  const strongest = targets().map((_, row) => moment().weights[row * sources().length + state.hidden] / 1e4);
  return `${word}“${targetName(targets()[most])}” lost most: ${percent(probability(moment(), most))} before, ` +
    `${percent(probability(seen(), most))} now. It had given the hidden word ${whole(strongest[most])} of its weight.`;
}

// The three steps, worked from the queries and keys of the last snapshot.

function updateSteps() {
  const { queries, keys, moments } = sentence();
  const known = queries.length > 0 && keys.length > 0;
  byId("steps-body").hidden = !known;
  byId("steps-when").textContent = known ? atStep(last) : "at a moment that was not kept: train on, and look again";
  if (!known) return;
  const query = queries[state.row], key = keys[state.column];
  const scores = keys.map((other) => dot(query, other));
  const weights = sources().map((_, column) => moments[last].weights[state.row * sources().length + column] / 1e4);
  showScore(query, key, scores[state.column]);
  showSoftmax(scores, weights);
  showContext(keys, weights);
}

function showScore(query, key, score) {
  const parts = query.map((q, i) => ({ i, q, k: key[i], adds: q * key[i] })).sort((a, b) => b.adds - a.adds);
  const largest = Math.max(...parts.map((part) => Math.abs(part.adds)), 1e-9);
  const most = 10, least = 4;  // shown of the one end and the other
  const shown = state.all || parts.length <= most + least + 1 ? parts : [...parts.slice(0, most), ...parts.slice(-least)];
  const rest = parts.filter((part) => !shown.includes(part));
  const rows = shown.map(({ i, q, k, adds }) => make("tr", {}, make("th", { scope: "row" }, String(i)), make("td", {}, fixed(q, 3)),
    make("td", {}, fixed(k, 3)), make("td", {}, signed(adds, 3)), bars(bar(0, Math.abs(adds) / largest, adds < 0 ? "minus" : ""))));
  if (rest.length > 0)
    rows.splice(most, 0, make("tr", { class: "rest" }, make("th", { scope: "row", colspan: 3 }, `the ${rest.length} between, together`),
      make("td", {}, signed(rest.reduce((sum, part) => sum + part.adds, 0), 3)), make("td")));
  rows.push(make("tr", { class: "total" }, make("th", { scope: "row", colspan: 3 }, "score"), make("td", { id: "score" }, fixed(score, 3)), make("td")));
  byId("score-parts").tBodies[0].replaceChildren(...rows);
  byId("all-parts").hidden = parts.length <= most + least + 1;
  byId("all-parts").textContent = state.all ? "Show fewer" : `Show all ${parts.length} coordinates`;
  byId("all-parts").setAttribute("aria-expanded", state.all);
}

function showSoftmax(scores, weights) {
  const largest = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - largest));
  const sum = raised.reduce((total, x) => total + x, 0);
  const rows = scores.map((score, i) => make("tr", { class: i === state.column ? "chosen" : null }, make("th", { scope: "row" }, bdi(sources()[i])),
    make("td", {}, fixed(score)), make("td", {}, fixed(raised[i], 4)), make("td", {}, percent(weights[i])), bars(bar(0, weights[i], ""))));
  rows.push(make("tr", { class: "total" }, make("th", { scope: "row" }, "sum"), make("td"), make("td", {}, fixed(sum, 4)), make("td", {}, "100%"), make("td")));
  byId("softmax").tBodies[0].replaceChildren(...rows);
}

function showContext(values, weights) {
  const context = values[0].map((_, f) => values.reduce((sum, value, i) => sum + weights[i] * value[f], 0));
  const value = values[state.column], share = weights[state.column];
  const along = (share * dot(value, context)) / Math.max(dot(context, context), 1e-12);
  byId("share-text").replaceChildren(bdi(sources()[state.column]), ` has ${percent(share)} of the weight for `,
    bdi(targetName(targets()[state.row])), `. Measured along the context, it gave ${percent(Math.max(along, 0))} of it` +
    (along < -0.0005 ? ` (it points the other way: ${fixed(100 * along, 1)}%)` : "") + ". Where it gave most:");
  const parts = value.map((v, f) => ({ f, v, gives: share * v })).sort((a, b) => Math.abs(b.gives) - Math.abs(a.gives)).slice(0, 6);
  byId("context").tBodies[0].replaceChildren(...parts.map(({ f, v, gives }) => make("tr", {}, make("th", { scope: "row" }, String(f)),
    make("td", {}, fixed(v, 3)), make("td", {}, fixed(share, 3)), make("td", {}, signed(gives, 3)), make("td", {}, fixed(context[f], 3)))));
}

// Charts: an axis of steps by ratios, a line for each series, and where the slider is.

const place = (step) => Math.log(1 + step / 10) / Math.log(1 + snapshots[last].step / 10 || 2);

function ticks() {
  const end = snapshots[last].step, list = [0];
  for (const step of [10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000])
    if (place(step) - place(list[list.length - 1]) > 0.1 && 1 - place(step) > 0.11) list.push(step);
  if (end > 0) list.push(end);
  return list;
}

// { id, top, digits, series: [{ name, points: [[step, value]], value: snapshot => number }] }
function drawChart({ id, top, format, series }) {
  const figure = byId(id);
  const width = Math.max(280, Math.round(figure.clientWidth)), height = 230;
  const box = { left: 40, right: 14, top: 10, bottom: 24 };
  const x = (step) => box.left + place(step) * (width - box.left - box.right);
  const y = (value) => height - box.bottom - (value / top) * (height - box.top - box.bottom);
  const summary = series.map(({ name, points }) => `${name} from ${format(points[0][1])} at step ${points[0][0]} to ` +
    `${format(points[points.length - 1][1])} at step ${points[points.length - 1][0]}`).join("; ");
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Chart by training step: ${summary}` });
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    drawn.append(svg("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(part * top), y2: y(part * top) }));
    drawn.append(svg("text", { x: box.left - 6, y: y(part * top) + 4, "text-anchor": "end" }, format(part * top)));
  }
  for (const step of ticks()) drawn.append(svg("text", { x: x(step), y: height - 6, "text-anchor": step === 0 ? "start" : step === snapshots[last].step ? "end" : "middle" }, grouped(step)));
  const now = snapshots[state.moment];
  drawn.append(svg("line", { class: "now", x1: x(now.step), x2: x(now.step), y1: box.top, y2: height - box.bottom }));
  const list = make("ul", { class: "series" });
  series.forEach(({ name, points, value }, i) => {
    drawn.append(svg("path", { class: `s${i}`, d: "M" + points.map(([step, v]) => `${x(step).toFixed(1)} ${y(Math.min(v, top)).toFixed(1)}`).join("L") }));
    const shown = value(now);
    if (shown != null) drawn.append(svg("circle", { class: `dot s${i}`, cx: x(now.step), cy: y(Math.min(shown, top)), r: 4 }));
    const sample = svg("svg", { viewBox: "0 0 30 8", "aria-hidden": "true" });
    sample.append(svg("path", { class: `s${i}`, d: "M0 4H30" }));
    list.append(make("li", {}, sample, `${name} `, make("b", {}, shown == null ? "" : format(shown))));
  });
  drawn.addEventListener("click", (event) => {
    const box = drawn.getBoundingClientRect();
    const at = (event.clientX - box.left) * (width / box.width);
    goTo(snapshots.reduce((best, { step }, i) => (Math.abs(x(step) - at) < Math.abs(x(snapshots[best].step) - at) ? i : best), 0));
  });
  figure.querySelectorAll("svg, ul").forEach((old) => old.remove());
  figure.prepend(list);
  figure.insertBefore(figure.querySelector("figcaption"), list);
  figure.insertBefore(drawn, list);
}

const measured = (key) => snapshots.map((snapshot) => [snapshot.step, snapshot[key]]);
const ofSnapshot = (key, name) => ({ name, points: measured(key), value: (snapshot) => snapshot[key] });

// The training loss near a snapshot: of the point at it or next after it.
function trainingLoss(snapshot) {
  const point = data.loss.find(([step]) => step >= snapshot.step);
  return point && snapshot.step > 0 ? point[1] : null;
}

function drawCharts() {
  const share = (value) => whole(value), number = (value) => fixed(value);
  const heldOut = about.held_out ? "held out" : "measured";
  const losses = [ofSnapshot("loss", heldOut)];
  if (data.loss.length > 0) losses.push({ name: "training", points: data.loss, value: trainingLoss });
  const largest = Math.max(...losses.flatMap(({ points }) => points.map((point) => point[1])));
  const top = [0.4, 1, 2, 4, 6, 8, 12, 20, 40].find((round) => round >= largest) || largest;
  drawChart({ id: "loss-chart", top, format: number, series: losses });
  drawChart({ id: "words-chart", top: 1, format: share, series: [ofSnapshot("forced", heldOut)] });
  drawChart({ id: "accuracy-chart", top: 1, format: share,
    series: [ofSnapshot("forced", "teacher-forced"), ofSnapshot("free", "free-running"), ofSnapshot("exact", "whole sentences")] });
  byId("entropy-chart").hidden = !about.attention;
  if (about.attention) drawChart({ id: "entropy-chart", top: 1, format: (value) => fixed(value), series: [ofSnapshot("entropy", "entropy / log n")] });
}

// What stands once on the page, from this run's figures.

function describe() {
  const held = about.held_out ? `${grouped(about.measured_on)} more were held out: no sentence on this page was trained on`
    : "none were held out, so the sentences on this page were trained on";
  const done = snapshots[last].step === about.steps ? `${grouped(about.steps)} steps`
    : `${grouped(snapshots[last].step)} of ${grouped(about.steps)} steps so far`;
  byId("about").textContent = `Pairs: ${about.pairs}; ${grouped(about.trained_on)} to train on; ${held}. Model: ${about.cell} encoder and decoder, ` +
    `${about.attention ? "dot-product attention" : "no attention"}, states of ${about.hidden} numbers, ${grouped(about.parameters)} parameters. ` +
    `Trained: ${done} of ${about.batch} pairs, ${about.seconds} s, seed ${about.seed}.` +
    (snapshots[0].step > 0 ? ` Measured from step ${grouped(snapshots[0].step)} on: the training was begun without this page.` : "");
  const sample = `measured on ${about.sample} ${about.held_out ? "held-out " : ""}sentences`;
  const first = snapshots[0], end = snapshots[last];
  byId("learning-text").textContent = `It was shown pairs, and nothing else; every parameter moved down the gradient of the loss. ` +
    `That went from ${fixed(first.loss)} to ${fixed(end.loss, end.loss < 0.1 ? 4 : 2)} (${sample}). The training loss is that of the steps themselves, ` +
    `with dropout and label smoothing where these are on.`;
  byId("before-title").textContent = looksFirst() ? "First it looks, then it translates"
    : about.attention ? "Looking, and translating" : "Fed the right words, or its own";
  byId("before-text").textContent = lookInWords(sample);
}

// The moment when the weights had narrowed half as far as they did in the end; none when they hardly did.
function halfNarrowed() {
  const first = snapshots[0].entropy, end = snapshots[last].entropy;
  return end < first - 0.1 ? snapshots.find(({ entropy }) => entropy <= (first + end) / 2) : undefined;
}

// Whether the weights had narrowed half of the way before half of the sentences that it gets right were right.
function looksFirst() {
  const half = about.attention && halfNarrowed();
  return Boolean(half) && half.exact < snapshots[last].exact / 2;
}

function lookInWords(sample) {
  const first = snapshots[0], end = snapshots[last];
  if (!about.attention)
    return `At the end ${whole(end.forced)} of the words are right when it is fed the right words before, and ${whole(end.free)} when it is fed its own (${sample}).`;
  const half = halfNarrowed();
  let text = `The weights begin spread ${first.entropy > 0.95 ? "almost evenly" : "out"}: entropy ${fixed(first.entropy)} of an even spread. ` +
    `At the end it is ${fixed(end.entropy)} (${sample}).`;
  if (half)
    text += ` At step ${grouped(half.step)} it was ${fixed(half.entropy)}, more than half of the way; by then ${whole(half.forced)} of the words were right ` +
      `when it was fed the right words before, ${whole(half.free)} when it was fed its own, and ${whole(half.exact)} of the sentences as a whole.`;
  return text;
}

function buildFigures() {
  const columns = [["step", "step", grouped], ["loss", "loss", (x) => fixed(x, 4)], ["teacher-forced", "forced", percent], ["free-running", "free", percent],
    ["whole sentences", "exact", percent], ...(about.attention ? [["entropy / log n", "entropy", (x) => fixed(x, 3)]] : [])];
  byId("figures").tHead.replaceChildren(make("tr", {}, ...columns.map(([name]) => make("th", { scope: "col" }, name))));
  byId("figures").tBodies[0].replaceChildren(...snapshots.map((snapshot) => make("tr", {}, ...columns.map(([, key, format], i) =>
    make(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : {}, format(snapshot[key]))))));
}

function update() {
  const now = snapshots[state.moment];
  byId("moment").value = state.moment;
  byId("moment").setAttribute("aria-valuetext", `step ${now.step} of ${about.steps}`);
  byId("step").textContent = `step ${grouped(now.step)} of ${grouped(about.steps)}`;
  for (const place of document.querySelectorAll(".at-step")) place.textContent = atStep(state.moment);
  if (sentences.length > 0) {
    updateWritten();
    updateLikely();
    if (about.attention) {
      updateHidden();
      updateLit();
      updateMap();
      updateMarks();
      updateChange();
      updateSteps();
    }
  }
  drawCharts();
}

let playing = null;
function play() {
  const stop = () => {
    clearInterval(playing);
    playing = null;
    byId("play").textContent = "▶";
    byId("play").setAttribute("aria-label", "Play the training");
  };
  if (playing !== null) return stop();
  byId("play").textContent = "⏸";
  byId("play").setAttribute("aria-label", "Pause");
  if (state.moment === last) goTo(0);
  playing = setInterval(() => (state.moment < last ? goTo(state.moment + 1) : stop()), 700);
}

function begin() {
  describe();
  buildFigures();
  byId("moment").max = last;
  byId("moment").addEventListener("input", (event) => goTo(Number(event.target.value)));
  byId("play").addEventListener("click", play);
  byId("overlay").addEventListener("change", showGrammar);
  byId("steps-target").addEventListener("change", (event) => choose(Number(event.target.value), state.column));
  byId("steps-source").addEventListener("change", (event) => choose(state.row, Number(event.target.value)));
  byId("all-parts").addEventListener("click", () => { state.all = !state.all; updateSteps(); });
  byId("sentence").addEventListener("change", (event) => { state.sentence = Number(event.target.value); buildSentence(); });
  if (!about.attention) {
    for (const id of ["hide", "steps", "map-scroll", "overlay-label", "overlay-text"]) byId(id).hidden = true;
    document.querySelectorAll("#glance > p, #glance .ramp").forEach((part) => { part.hidden = true; });
    byId("source-name").textContent = "It has read";
    byId("lead").textContent = "A translator reads a sentence, then writes another, word by word. This one may not look back: all it has while it " +
      "writes is the state in which the reading ended. This page is what happened while it learnt.";
    byId("glance-title").textContent = "What it writes";
  }
  if (sentences.length === 0) byId("sentences").hidden = true;
  fillSelect(byId("sentence"), sentences, ({ source }) => source.join(" "));
  byId("sentence").value = state.sentence;
  if (sentences.length > 0) buildSentence();
  else update();
  window.addEventListener("resize", drawCharts);
}

begin();
