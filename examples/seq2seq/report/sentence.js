// The sentence that is shown, as the page needs it.
const sentence = () => sentences[state.sentence];
const sources = () => sentence().source;
const targets = () => [...sentence().target, null];  // null: the end of the sentence
const targetName = (word) => (word === null ? END : word);
// Of a sentence of the reader's own, in the playground, only how it is now is known.
const moment = (number = state.moment) => sentence().moments[sentence().own ? 0 : number];
const seen = () => (state.hidden === null || !moment().hidden ? moment() : moment().hidden[state.hidden]);
const weight = (row, column) =>
    (isSummary() || state.place !== 0 ? seen().weights[row * sources().length + column] / 1e4 : headWeight(row, column));
const weightsOf = (row) => sources().map((_, column) => weight(row, column));
const probability = (part, row) => part.probabilities[row] / 1e4;
const after = () => (headIsHidden() ? { probabilities: chosenHeads()[0].without } : seen());
const anyHidden = () => state.hidden !== null || headIsHidden();
const stepOf = (number) => (sentences.length > 0 && sentence().own ? sentence().step : snapshots[number].step);
const atStep = (number) =>
    (stepOf(number) === about.steps ? "at the end of the training" : `at step ${grouped(stepOf(number))}`);
const litRow = () => (state.over === null ? state.row : state.over);

function paint(element, share) {
  element.style.setProperty("--weight", `${(100 * share).toFixed(2)}%`);
  element.classList.toggle("strong", isStrong(share));
}

// Built once for each sentence.

function sourceButton(word, column, note) {
  return make(
      "button", {
        type: "button",
        class: sentence().unknown.includes(column) ? "word unknown" : "word",
        title: sentence().unknown.includes(column) ? "not in the model's vocabulary" : null,
        "aria-pressed": "false",
        "data-column": column,
        onclick: () => toggleHidden(column)
      },
      bdi(word), make("small", {}, note));
}

// Whether a target word was never seen in training, so that it cannot be written.
const isUnknown = (row) => (sentence().unknown_targets || []).includes(row);

// What the page has to say of words that the model does not know.
function unknownInWords() {
  const unknown = sentence().unknown.map((i) => sources()[i]);
  const unwritten = (sentence().unknown_targets || []).map((i) => sentence().target[i]);
  const list = (words) => words.map((word) => `“${word}”`).join(", ");
  return (unknown.length > 0 ? `Training never saw ${list(unknown)}: all such words look alike to it. ` : "") +
      (unwritten.length > 0 ? `It never saw ${list(unwritten)}, so it cannot write that.` : "");
}

function targetButton(word, row) {
  return make(
      "button", {
        type: "button",
        class: word === null ? "word end" : isUnknown(row) ? "word unknown" : "word",
        title: isUnknown(row) ? "not in the model's vocabulary" : null,
        "data-row": row,
        onclick: () => choose(row, null),
        onfocus: () => light(row),
        onblur: () => light(null)
      },
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

// The words down and across the map.
const rowWords = () => (state.place === 1 ? sources() : targets());
const columnWords = () => (state.place === 2 ? [BEGIN, ...sentence().target] : sources());
const mapWeight = (row, column) => (state.place === 0 ? weight(row, column) : headWeight(row, column));

function cellButton(row, column) {
  return make("button", {
    type: "button",
    tabindex: -1,
    onclick: () => choose(row, column),
    onfocus: () => choose(row, column),
    onkeydown: moveInMap
  });
}

function buildMap() {
  byId("map").tHead.replaceChildren(make(
      "tr", {}, make("td"), ...columnWords().map((word) => make("th", { scope: "col" }, bdi(word))),
      make("th", { scope: "col", class: "right" }, state.place === 1 ? "" : "its probability")));
  const lighting = (row) =>
      (state.place === 1 ? {} : { onmouseenter: () => light(row), onmouseleave: () => light(null) });
  byId("map").tBodies[0].replaceChildren(...rowWords().map((word, row) => {
    const cells = columnWords().map((_, column) => make("td", {}, cellButton(row, column)));
    return make(
        "tr", lighting(row),
        make("th", { scope: "row", class: word === null ? "end" : null }, word === null ? END : bdi(word)), ...cells,
        make("td", { class: "right" }));
  }));
}

const cellAt = (row, column) => byId("map").tBodies[0].rows[row].cells[column + 1];

function moveInMap(event) {
  const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!by) return;
  event.preventDefault();
  const row = Math.min(Math.max(state.row + by[0], 0), rowWords().length - 1);
  const column = Math.min(Math.max(state.column + by[1], 0), columnWords().length - 1);
  cellAt(row, column).firstChild.focus();
}

function fillSelect(select, words, name) {
  select.replaceChildren(...words.map((word, i) => make("option", { value: i }, name(word, i))));
}

function buildSentence() {
  state.row = state.column = 0;
  state.hidden = state.over = null;
  state.headHidden = false;
  byId("overlay-label").hidden = !sentence().says || !about.attention || state.place !== 0;
  showGrammar();
  fillSelect(byId("steps-target"), targets(), (word, i) => `${i + 1}. ${targetName(word)}`);
  fillSelect(byId("steps-source"), sources(), (word, i) => `${i + 1}. ${word}`);
  buildLines();
  byId("unknown-text").textContent = unknownInWords();
  byId("unknown-text").hidden = unknownInWords() === "";
  if (about.attention) {
    buildMap();
    markGrammar();
    state.column = state.place === 0 ? topColumn(0) : 0;
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
  if (!says || state.place !== 0) return;
  says.forEach((columns, row) => sources().forEach((_, column) => {
    const cell = cellAt(row, column);
    cell.classList.toggle("says", columns.includes(column));
    cell.classList.toggle("agrees", agrees[row] === column);
  }));
  byId("overlay-text").textContent = says.map((columns, row) => {
                                           const from = columns.map((column) => sources()[column]).join(" + ");
                                           const gender =
                                               agrees[row] === null ? "" : `, gender of ${sources()[agrees[row]]}`;
                                           return `${sentence().target[row]}: ${from}${gender}`;
                                         })
                                         .join("; ") +
      ". The end comes from no word.";
}

// What changes with the slider, a hidden word, or a word that is pointed at.

const topColumn = (row) => weightsOf(row).reduce((best, weight, i, all) => (weight > all[best] ? i : best), 0);

function toggleHidden(column) {
  if (!about.attention) return;
  state.hidden = state.hidden === column ? null : column;
  if (about.heads && state.hidden !== null) showSummary();
  update();
}

function light(row) {
  state.over = row;
  if (about.attention) updateLit();
}

function choose(row, column) {
  if (!about.attention) return;
  state.row = row;
  state.column = column !== null ? column : state.place === 0 ? topColumn(row) : 0;
  updateLit();
  updateMarks();
  updateSteps();
}

function goTo(number) {
  state.moment = number;
  update();
}

function updateLit() {
  const row = Math.min(litRow(), targets().length - 1);
  const weights = weightsOf(row);
  for (const button of byId("source-line").children) {
    const column = Number(button.dataset.column);
    button.classList.add("lit");
    paint(button, weights[column]);
    button.querySelector("small").textContent = state.hidden === column ? "hidden" : whole(weights[column]);
  }
  for (const button of byId("target-line").children)
    button.classList.toggle("chosen", Number(button.dataset.row) === row);
  [...byId("map").tBodies[0].rows].forEach((tableRow, i) => tableRow.classList.toggle("chosen", i === row));
}

function updateLikely() {
  [...byId("target-line").children].forEach((button, row) => {
    button.querySelector("small").textContent = isUnknown(row) ? "not known" : whole(probability(after(), row));
  });
}

function updateHidden() {
  for (const part of document.querySelectorAll(".without")) part.hidden = !anyHidden();
  for (const line of ["source-line", "hide-line"])
    for (const button of byId(line).children) {
      const off = Number(button.dataset.column) === state.hidden;
      button.setAttribute("aria-pressed", off);
      if (line === "hide-line") button.querySelector("small").textContent = off ? "hidden" : "hide";
    }
}

function updateMap() {
  byId("map-caption").textContent =
      `${about.heads ? headName() : "Weight of each source word (across) for each word to write (down)"}, in percent, ${
          atStep(state.moment)}` +
      (state.hidden === null ? "" : `, with “${sources()[state.hidden]}” hidden`) +
      ". Fed the right words before it.";
  [...byId("map").tHead.rows[0].cells].forEach((cell, i) => cell.classList.toggle("off", i - 1 === state.hidden));
  rowWords().forEach((_, row) => {
    columnWords().forEach((_, column) => {
      const cell = cellAt(row, column), share = mapWeight(row, column);
      paint(cell, share);
      cell.classList.toggle("faint", share < 0.005);
      cell.classList.toggle("off", column === state.hidden);
      cell.firstChild.textContent = Math.round(100 * share);
    });
    cellAt(row, columnWords().length).textContent = state.place === 1 ? "" : percent(probability(after(), row));
  });
}

function updateMarks() {
  rowWords().forEach((_, row) => columnWords().forEach((_, column) => {
    const here = row === state.row && column === state.column;
    cellAt(row, column).classList.toggle("cell", here);
    cellAt(row, column).firstChild.tabIndex = here ? 0 : -1;
  }));
  if (!about.products) return;
  byId("steps-target").value = state.row;
  byId("steps-source").value = state.column;
}

function updateWritten() {
  const { written, ended } = moment();
  const wanted = sentence().target;
  const words = written.map(
      (word, i) =>
          (word === wanted[i] ? bdi(word) :
                                make(
                                    "span", { class: "wrong" }, bdi(word),
                                    make("span", { class: "sr" }, " (another word is right here)"))));
  words.push(
      ended ? make("span", { class: written.length === wanted.length ? "end" : "end wrong" }, `‹${END}›`) :
              "… and does not end");
  byId("written").replaceChildren(...words.flatMap((word) => [word, about.between_words]));
  const right = wanted.filter((word, i) => written[i] === word).length;
  byId("written-score").textContent = sentence().own && !sentence().known ?
      "Whether that is right is not known: the words above are its own, too." :
      right === wanted.length && written.length === right && ended ?
      "Every word right, and no word too many." :
      `${right} of ${wanted.length} words in their right place.`;
}

function bar(from, to, kind) {
  const left = Math.max(0, Math.min(from, to)), width = Math.min(1, Math.max(from, to)) - left;
  return make("i", { class: kind, style: `inset-inline-start: ${100 * left}%; width: ${100 * width}%` });
}
const bars = (...parts) => make("td", { class: "bar", "aria-hidden": "true" }, make("span", {}, ...parts));

function updateChange() {
  const hidden = anyHidden(), now = after();
  byId("change-scroll").hidden = !hidden;  // until then it would say nothing
  byId("hide").classList.toggle("open", hidden);
  const rows = targets().map((word, row) => {
    const before = probability(moment(), row), share = probability(now, row);
    const points = Math.round(1000 * (share - before)) / 10;
    return make(
        "tr", {}, make("th", { scope: "row", class: word === null ? "end" : null }, word === null ? END : bdi(word)),
        make("td", {}, percent(before)), make("td", {}, hidden ? percent(share) : ""),
        make("td", {}, hidden ? (points === 0 ? "0.0" : signed(points, 1)) : ""),
        bars(bar(0, share, ""), bar(0, before, "was")));
  });
  byId("change").tBodies[0].replaceChildren(...rows);
  byId("hide-text").textContent = hidden ? changeInWords() : "Nothing is hidden.";
}

function changeInWords() {
  const now = after();
  const drops = targets().map((_, row) => probability(moment(), row) - probability(now, row));
  const most = drops.reduce((best, drop, row) => (drop > drops[best] ? row : best), 0);
  const what = headIsHidden() ? `Head ${state.head + 1} of the ${placeName()}-attention of layer ${state.layer + 1}` :
                                `“${sources()[state.hidden]}”`;
  const word = `${what} is hidden, ${atStep(state.moment)}. `;
  if (drops[most] < 0.005) return `${word}No right word got less likely by half a point or more.`;
  const lost = `${word}“${targetName(targets()[most])}” lost most: ${percent(probability(moment(), most))} before, ` +
      `${percent(probability(now, most))} now.`;
  if (headIsHidden()) return lost;
  const strongest = targets().map((_, row) => moment().weights[row * sources().length + state.hidden] / 1e4);
  return `${lost} It had given the hidden word ${whole(strongest[most])} of its weight.`;
}
