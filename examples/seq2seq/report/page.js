// What stands once on the page, from this run's figures.

function describe() {
  const held = about.held_out ?
      `${grouped(about.measured_on)} more were held out: no sentence on this page was trained on` :
      "none were held out, so the sentences on this page were trained on";
  const done = snapshots[last].step === about.steps ?
      `${grouped(about.steps)} steps` :
      `${grouped(snapshots[last].step)} of ${grouped(about.steps)} steps so far`;
  byId("about").textContent = `Pairs: ${about.pairs}; ${grouped(about.trained_on)} to train on; ${held}. Model: ${
                                  about.model}, ` +
      `states of ${about.hidden} numbers, ${
                                  grouped(about.parameters)} parameters. ` +
      `Trained: ${done} of ${about.batch} pairs, ${about.seconds} s, seed ${about.seed}.` +
      (snapshots[0].step > 0 ?
           ` Measured from step ${grouped(snapshots[0].step)} on: the training was begun without this page.` :
           "");
  const sample = `measured on ${about.sample} ${about.held_out ? "held-out " : ""}sentences`;
  const first = snapshots[0], end = snapshots[last];
  byId("learning-text").textContent =
      `It was shown pairs, and nothing else; every parameter moved down the gradient of the loss. ` +
      `That went from ${fixed(first.loss)} to ${fixed(end.loss, end.loss < 0.1 ? 4 : 2)} (${
          sample}). The training loss is that of the steps themselves, ` +
      `with dropout and label smoothing where these are on.`;
  byId("before-title").textContent = looksFirst() ? "First it looks, then it translates" :
      about.attention                             ? "Looking, and translating" :
                                                    "Fed the right words, or its own";
  byId("before-text").textContent = lookInWords(sample);
}

// The moment from which on the weights were narrowed at least half as far as they are in the end: they may narrow and
// spread again before. None when they hardly narrowed.
function halfNarrowed() {
  const first = snapshots[0].entropy, end = snapshots[last].entropy;
  if (end >= first - 0.1) return undefined;
  return snapshots[snapshots.findLastIndex(({ entropy }) => entropy > (first + end) / 2) + 1];
}

// Whether the weights had narrowed half of the way before half of the sentences that it gets right were right.
function looksFirst() {
  const half = about.attention && halfNarrowed();
  return Boolean(half) && half.exact < snapshots[last].exact / 2;
}

function lookInWords(sample) {
  const first = snapshots[0], end = snapshots[last];
  if (!about.attention)
    return `At the end ${whole(end.forced)} of the words are right when it is fed the right words before, and ${
        whole(end.free)} when it is fed its own (${sample}).`;
  const half = halfNarrowed();
  let text = `The weights begin spread ${first.entropy > 0.95 ? "almost evenly" : "out"}: entropy ${
                 fixed(first.entropy)} of an even spread. ` +
      `At the end it is ${fixed(end.entropy)} (${sample}).`;
  if (half)
    text += ` From step ${grouped(half.step)} on, where it was ${
                fixed(half.entropy)}, it stayed at least half of the way down; by then ${whole(half.forced)} of the words were right ` +
        `when it was fed the right words before, ${whole(half.free)} when it was fed its own, and ${
                whole(half.exact)} of the sentences as a whole.`;
  return text;
}

function buildFigures() {
  const columns = [
    ["step", "step", grouped], ["loss", "loss", (x) => fixed(x, 4)], ["teacher-forced", "forced", percent],
    ["free-running", "free", percent], ["whole sentences", "exact", percent],
    ...(about.attention ? [["entropy / log n", "entropy", (x) => fixed(x, 3)]] : [])
  ];
  byId("figures").tHead.replaceChildren(make("tr", {}, ...columns.map(([name]) => make("th", { scope: "col" }, name))));
  byId("figures").tBodies[0].replaceChildren(...snapshots.map(
      (snapshot) => make(
          "tr", {},
          ...columns.map(
              ([, key, format], i) =>
                  make(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : {}, format(snapshot[key]))))));
  buildNorms();
}

function update() {
  const now = snapshots[state.moment];
  byId("moment").value = state.moment;
  byId("moment").setAttribute("aria-valuetext", `step ${now.step} of ${about.steps}`);
  byId("step").textContent = `step ${grouped(now.step)} of ${grouped(about.steps)}`;
  updateSentence();
  drawCharts();
  updateNorms();
  markScrolls();
}

// Which layer's gradient was how long, when: by powers of ten between the least and the largest.
function buildNorms() {
  const layers = about.gradient_layers || [];
  const measured = snapshots.filter(({ norms }) => norms);
  byId("gradients").hidden = measured.length < 2;
  if (measured.length < 2) return;
  const powers = measured.flatMap(({ norms }) => norms.filter((norm) => norm > 0).map(Math.log10));
  const least = Math.min(...powers), span = Math.max(...powers) - least || 1;
  const cell = (snapshot, layer) => {
    if (!snapshot.norms) return make("td", { class: "none" });
    const norm = snapshot.norms[layer];
    const made = make("td", { title: `${layers[layer]}, step ${grouped(snapshot.step)}: ${norm}` });
    paint(made, norm > 0 ? 0.06 + (0.94 * (Math.log10(norm) - least)) / span : 0);
    return made;
  };
  byId("norms").tBodies[0].replaceChildren(...layers.map(
      (name, layer) => make(
          "tr", {}, make("th", { scope: "row" }, name), ...snapshots.map((snapshot) => cell(snapshot, layer)),
          make("td", { class: "right" }))));
}

function updateNorms() {
  if (byId("gradients").hidden) return;
  const { norms } = snapshots[state.moment];
  [...byId("norms").tBodies[0].rows].forEach((row, layer) => {
    [...row.querySelectorAll("td:not(.right)")].forEach(
        (cell, i) => cell.classList.toggle("now", i === state.moment));
    row.querySelector(".right").textContent = norms ? norms[layer].toPrecision(2) : "";
  });
  byId("norms-text").textContent = `On the right, the norms ${atStep(state.moment)}` +
      (norms ? ", before clipping." : ": none was measured there, for a gradient belongs to a step.");
}

// Says of what is wider than its place to which side it goes on.
function markScrolls() {
  for (const part of document.querySelectorAll(".scroll")) {
    const { scrollLeft, scrollWidth, clientWidth } = part;
    part.classList.toggle("more-before", scrollLeft > 4);
    part.classList.toggle("more-after", scrollLeft + clientWidth < scrollWidth - 4);
  }
}

function updateSentence() {
  for (const place of document.querySelectorAll(".at-step")) place.textContent = atStep(state.moment);
  if (sentences.length === 0) return;
  updateWritten();
  updateLikely();
  if (!about.attention) return;
  updateHidden();
  if (about.heads) updateHeads();
  updateLit();
  updateMap();
  updateMarks();
  updateChange();
  updateSteps();
}

let playing = null;
function play() {
  const stop = () => {
    clearInterval(playing);
    playing = null;
    byId("play").textContent = "▶ Play";
    byId("play").setAttribute("aria-label", "Play the training");
  };
  if (playing !== null) return stop();
  byId("play").textContent = "⏸ Pause";
  byId("play").setAttribute("aria-label", "Pause");
  if (state.moment === last) goTo(0);
  playing = setInterval(() => (state.moment < last ? goTo(state.moment + 1) : stop()), 700);
}

function nameSentences() {
  fillSelect(byId("sentence"), sentences,
             ({ source, own }) => (own ? "Yours: " : "") + source.join(about.between_words));
  byId("sentence").value = state.sentence;
}

function begin() {
  state.sentence = Math.floor(sentences.length / 2);
  state.moment = last;
  describe();
  buildFigures();
  for (const part of document.querySelectorAll(".scroll")) part.addEventListener("scroll", markScrolls);
  for (const part of document.querySelectorAll("details")) part.addEventListener("toggle", markScrolls);
  byId("moment").max = last;
  byId("moment").addEventListener("input", (event) => goTo(Number(event.target.value)));
  byId("play").addEventListener("click", play);
  byId("overlay").addEventListener("change", showGrammar);
  byId("steps-target").addEventListener("change", (event) => choose(Number(event.target.value), state.column));
  byId("steps-source").addEventListener("change", (event) => choose(state.row, Number(event.target.value)));
  byId("all-parts").addEventListener("click", () => {
    state.all = !state.all;
    updateSteps();
  });
  byId("sentence").addEventListener("change", (event) => {
    state.sentence = Number(event.target.value);
    buildSentence();
  });
  byId("steps").hidden = !about.products;
  if (about.heads) beginHeads();
  if (!about.attention) {
    for (const id of ["hide", "steps", "map-part"]) byId(id).hidden = true;
    byId("glance").classList.add("alone");
    document.querySelectorAll("#glance > p").forEach((part) => {
      part.hidden = true;
    });
    byId("source-name").textContent = "It has read";
    byId("lead").textContent =
        "A translator reads a sentence, then writes another, word by word. This one may not look back: all it has " +
        "while it writes is the state in which the reading ended. This page is what happened while it learnt.";
    byId("glance-title").textContent = "What it writes";
  }
  if (sentences.length === 0) byId("sentences").hidden = true;
  nameSentences();
  if (sentences.length > 0)
    buildSentence();
  else
    update();
  window.addEventListener("resize", () => {
    drawCharts();
    markScrolls();
  });
}

const given = JSON.parse(byId("data").textContent);
if (given) {
  take(given);
  begin();
}
