"use strict";

// The playground: settings, one bench or two, and what is done with them. A bench is an engine with a translator in it and a
// frame with the report's page, which shows what the engine tells.

const byId = (id) => document.getElementById(id);
const form = byId("settings");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const percent = (share) => (share == null ? "" : `${(100 * share).toFixed(0)}%`);

let benches = [];
const framed = new Set();  // these, and those that are being made
let pairs = null;      // { text, unit } of the reader's own
let opened = null;     // bytes of a translator's file that was opened
let beginnings = 0;   // counts beginnings, so that what belongs to an older one is dropped

const say = (text) => (byId("progress-line").textContent = text);
function complain(error) {
  byId("trouble").textContent = error ? `${error.message ?? error}` : "";
  byId("trouble").hidden = !error;
}

// Settings, in the form and in links. Only what stands in the form is in a link, never a sentence or pairs.

const settingNames = ["cell", "attention", "ways", "width", "rate", "epochs", "seed", "beside"];

function readSettings() {
  const of = (name) => form.elements[name].value;
  return {
    cell: of("cell"), attention: of("attention"), ways: of("ways"), width: Number(of("width")), rate: Number(of("rate")),
    epochs: Number(of("epochs")), seed: Number(of("seed")), beside: form.elements.beside.checked
  };
}

function requestOf(settings, attention) {
  const transformer = settings.cell === "transformer";
  return {
    do: "begin", model: transformer ? "transformer" : "recurrent", cell: transformer ? "lstm" : settings.cell, attention,
    both_ways: settings.ways === "both", width: settings.width, rate: settings.rate, epochs: settings.epochs,
    seed: settings.seed, ...(pairs ? { pairs: pairs.text, unit: pairs.unit } : {})
  };
}

function takeLink() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = settingNames.includes(name) ? form.elements[name] : null;
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === "yes";
    else if (field.tagName === "SELECT") {
      if ([...field.options].some((option) => option.value === value)) field.value = value;
    } else if (Number.isFinite(Number(value)) && Number(value) >= Number(field.min) && Number(value) <= Number(field.max))
      field.value = value;
  }
}

function linkOf(settings) {
  const values = new URLSearchParams(Object.entries(settings).map(
      ([name, value]) => [name, name === "beside" ? (value ? "yes" : "no") : value]));
  return `${location.href.split("#")[0]}#${values}`;
}

function adaptForm() {
  const { cell, epochs, width } = readSettings();
  const transformer = cell === "transformer";
  for (const name of ["attention", "ways", "beside"]) form.elements[name].disabled = transformer;
  byId("heavy").hidden = !(transformer || epochs > 4 || width > 64);
  byId("heavy").textContent = transformer ?
      "A Transformer of two layers takes about four times as long for a step, and needs a rate of about 0.003 and more epochs." :
      "This takes longer than half a minute in most browsers.";
}

// A bench: an engine, its frame, its line in the table of figures.

class Bench {
  constructor(name, attention) {
    Object.assign(this, { name, attention, running: false, done: false, figures: {}, pace: null, ready: false });
    this.frame = element("iframe", { src: "panels.html", title: `What the translator looks at: ${name}`, scrolling: "no" });
    this.box = element("div", { class: "panel" }, element("h2", {}, name), this.frame);
    this.queue = [];
    this.row = element("tr", {}, element("th", { scope: "row" }, name), ...Array.from({ length: 7 }, () => element("td")));
  }

  async begin(request) {
    this.engine = await Engine.start((message) => this.hear(message));
    const { data, words, left_out: leftOut } = opened ? await this.openFile() : await this.engine.ask(request);
    this.words = words;
    this.total = data.about.steps;
    this.about = data.about;
    this.leftOut = leftOut;
    this.fromFile = Boolean(opened);
    this.say({ opened: Boolean(opened) });
    this.show({ data });
    await this.engine.order("text", { text: byId("text").value });
  }

  async openFile() {
    await this.engine.order("write", { path: "/opened.safetensors", bytes: opened });
    return this.engine.ask({ do: "open", path: "/opened.safetensors" });
  }

  // To the frame, as soon as it can hear.
  say(message) {
    if (this.ready) this.frame.contentWindow.postMessage(message, "*");
    else this.queue.push(message);
  }

  hearFrame(message) {
    if (message.ready) {
      this.ready = true;
      for (const waiting of this.queue.splice(0)) this.say(waiting);
    }
    if (message.height > 50) this.frame.style.height = `${Math.ceil(message.height) + 8}px`;
  }

  show({ data }) {
    this.say({ data });
    const { step, loss, ...rest } = data.snapshots[data.snapshots.length - 1];
    this.figures = { ...this.figures, ...rest, step, held: loss };
    this.write();
  }

  hear(message) {
    if (message.kind === "data") this.show(message);
    if (message.kind === "sentence") {
      this.say({ sentence: message.sentence });
      if (message.error) complain(message.error);
      heardSentence(message.sentence);
    }
    if (message.kind === "progress") this.progressed(message);
    if (message.kind === "still") this.still(message);
    if (message.kind === "trouble" || message.kind === "failed") {
      complain(`${this.name}: ${message.error}`);
      this.running = false;
      this.dead = message.kind === "failed";
      this.say({ running: false });
      showButtons();
    }
  }

  progressed({ step, loss, answers, seconds, running }) {
    this.figures.step = step;
    this.figures.loss = loss;
    const steps = step - (this.pace?.step ?? 0), spent = seconds - (this.pace?.seconds ?? 0);
    if (!this.pace || spent > 0.5) {
      if (spent > 0) this.figures.speed = (answers * steps) / spent;
      this.pace = { step, seconds };
    }
    this.write();
    announce(this, step);
    if (!running) this.running = false;
  }

  still({ done, score }) {
    this.running = false;
    this.say({ running: false });
    if (done) {
      this.done = true;
      Object.assign(this.figures, { forced: score.forced, free: score.free, exact: score.exact });
      if (this.figures.entropy != null) this.figures.entropy = score.entropy;
      this.write();
      say(`${this.name} is done after ${grouped(this.figures.step)} steps: of ${grouped(score.sentences)} sentences that it ` +
          `never saw, ${(100 * score.exact).toFixed(1)}% are right as a whole.`);
      this.box.dataset.exact = score.exact;
    } else if (this === benches[0]) {
      say(`Waits after step ${grouped(this.figures.step)} of ${grouped(this.total)}.`);
    }
    showButtons();
  }

  write() {
    const f = this.figures;
    const values = [this.fromFile ? "from a file" : `${grouped(f.step ?? 0)} of ${grouped(this.total)}`, (f.loss ?? f.held)?.toFixed(3) ?? "",
                    f.entropy?.toFixed(2) ?? "none", percent(f.forced), percent(f.free), percent(f.exact),
                    f.speed ? grouped(Math.round(f.speed / 10) * 10) : ""];
    values.forEach((value, i) => (this.row.cells[i + 1].textContent = value));
  }

  async train(steps) {
    if (this.done || this.dead || opened) return;
    this.running = true;
    this.say({ running: steps !== 1 });
    await this.engine.order("train", { steps, every: calm.matches ? 2000 : 250 });
  }

  end() {
    framed.delete(this);
    this.engine?.end();
    this.box.remove();
    this.row.remove();
  }
}

// A few times in a training, for those who listen.
let announced = 0;
function announce(bench, step) {
  if (bench !== benches[0]) return;
  const quarter = Math.floor((4 * step) / bench.total);
  if (quarter === announced || quarter === 4) return;
  announced = quarter;
  say(`Step ${grouped(step)} of ${grouped(bench.total)}, loss ${bench.figures.loss.toFixed(2)}.`);
}

window.addEventListener("message", ({ data, source }) => {
  for (const bench of framed)
    if (bench.frame.contentWindow === source) bench.hearFrame(data);
});

// Beginning, training, stopping.

function describeBenches(settings) {
  if (opened) return [["the translator you opened", "dot"]];
  const kind = settings.cell === "transformer" ? "Transformer" : settings.cell.toUpperCase();
  if (settings.cell === "transformer") return [[kind, "dot"]];
  const named = (attention) => `${kind} with ${attention === "none" ? "no attention" : `${attention} attention`}`;
  const list = [[named(settings.attention), settings.attention]];
  if (settings.beside && settings.attention !== "none") list.push([named("none"), "none"]);
  return list;
}

// Makes new benches, and puts them in the place of the old ones once they are made: what cannot be made leaves these there.
async function begin() {
  const mine = ++beginnings, settings = readSettings(), before = byId("progress-line").textContent;
  complain(null);
  say(opened ? "Opening it …" : "Making a new translator …");
  const next = describeBenches(settings).map(([name, attention]) => new Bench(name, attention));
  for (const bench of next) {
    bench.box.hidden = true;
    framed.add(bench);
  }
  byId("panels").append(...next.map(({ box }) => box));
  try {
    await Promise.all(next.map((bench) => bench.begin(requestOf(settings, bench.attention))));
    if (mine !== beginnings) throw new Error("another was begun meanwhile");
  } catch (error) {
    for (const bench of next) bench.end();
    if (mine === beginnings) {
      say(before);
      complain(error);
      showButtons();
    }
    return false;
  }
  for (const bench of benches) bench.end();
  complain(null);  // of those that are gone now
  benches = next;
  announced = 0;
  for (const { box } of benches) box.hidden = false;
  byId("figures-now").tBodies[0].replaceChildren(...benches.map(({ row }) => row));
  byId("figures-now").hidden = false;
  suggest(benches[0].words);
  say(opened ? "Opened. Look at sentences, hide and swap words; to train, start again." : "It knows nothing yet.");
  showButtons();
  return true;
}

const running = () => benches.some((bench) => bench.running);

// A button that is disabled loses the keyboard's focus, which would be lost in the middle of a training.
const allow = (id, allowed) => byId(id).setAttribute("aria-disabled", !allowed);
const isAllowed = (id) => byId(id).getAttribute("aria-disabled") !== "true";

function showButtons() {
  const done = benches.length > 0 && benches.every((bench) => bench.done || bench.dead);
  byId("train").textContent = running() ? "Pause" : benches.length > 0 && benches[0].figures.step > 0 && !done ? "Go on" : "Train";
  allow("train", !opened && !done);
  allow("step-once", !opened && !done && !running());
  byId("restart").disabled = benches.length === 0;
  byId("download").disabled = benches.length === 0 || benches[0].dead;
}

let busy = false;
async function train(steps) {
  if (busy || !form.reportValidity()) return;
  busy = true;
  if (benches.length > 0 || (await begin())) {
    for (const bench of benches) bench.train(steps).catch((error) => complain(error));
  }
  busy = false;
  showButtons();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isAllowed("train")) return;
  if (!running()) return train(undefined);
  for (const bench of benches) bench.engine.order("pause").catch(() => {});
});
byId("step-once").addEventListener("click", () => isAllowed("step-once") && train(1));
byId("restart").addEventListener("click", async () => {
  opened = null;
  byId("weights-state").textContent = "";
  await begin();
});
form.addEventListener("change", () => {
  adaptForm();
  if (benches.length > 0) say("The settings are those of the next start: press “Start again”.");
});
form.elements.cell.addEventListener("change", () => {
  const transformer = form.elements.cell.value === "transformer";
  if (transformer && form.elements.rate.value === "0.007") form.elements.rate.value = "0.003";
  if (!transformer && form.elements.rate.value === "0.003") form.elements.rate.value = "0.007";
});

byId("share").addEventListener("click", async () => {
  const link = linkOf(readSettings());
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link);
    say("The link is copied. It holds the settings, no sentence and no pairs.");
  } catch {
    say("The link is in the address bar now. It holds the settings, no sentence and no pairs.");
  }
});

// The sentence of the reader's own.

function suggest(words) {
  byId("words").replaceChildren(...words.map((word) => element("option", { value: word })));
}

let placesOf = "";
function heardSentence(sentence) {
  const words = sentence ? sentence.source : [];
  byId("swap").hidden = words.length === 0;
  byId("known-note").textContent = !sentence ? "" : sentence.known ?
      "The right translation of this sentence is known (it is one of those held out)." :
      "This sentence is none of those held out, so the heatmap is of the translation that it writes itself.";
  if (words.join("\n") === placesOf) return;
  placesOf = words.join("\n");
  byId("swap-place").replaceChildren(
      ...words.map((word, i) => element("option", { value: i }, `${i + 1}. ${word}`)));
}

async function lookAt(text) {
  byId("text").value = text;
  if (benches.length === 0 && !(await begin())) return;
  complain(null);
  for (const bench of benches) bench.engine.order("text", { text }).catch((error) => complain(error));
}

byId("yours").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("swapped").textContent = "";
  lookAt(byId("text").value);
});

byId("swap").addEventListener("submit", async (event) => {
  event.preventDefault();
  const word = byId("swap-word").value.trim(), bench = benches[0];
  if (!bench || word === "") return;
  const words = placesOf.split("\n"), between = pairs?.unit === "characters" ? "" : " ";
  const before = byId("text").value;
  words[Number(byId("swap-place").value)] = word;
  const after = words.join(between);
  try {
    const [was, now] = await Promise.all([before, after].map((text) => bench.engine.ask({ do: "write", text })));
    byId("swapped").replaceChildren("Before: ", element("q", {}, was.written.join(between)), ". Now: ",
                                    element("q", {}, now.written.join(between)), ".");
    await lookAt(after);
  } catch (error) {
    complain(error);
  }
});

// Pairs of the reader's own.

byId("pairs-file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  if (file.size > 20e6) return complain(`${file.name} has ${Math.round(file.size / 1e6)} MB: this page takes 20 at most`);
  byId("pairs").value = await file.text();
});

byId("use-pairs").addEventListener("click", async () => {
  const text = byId("pairs").value;
  if (text.trim() === "") return complain("There are no pairs: paste some, or choose a file.");
  const before = { pairs, opened, text: byId("text").value };
  pairs = { text, unit: byId("unit").value };
  opened = null;
  const first = text.split(/\r?\n|\r/).find((line) => line.includes("\t")) ?? "";
  byId("text").value = first.split("\t")[0].trim();
  if (!(await begin())) {
    ({ pairs, opened } = before);
    byId("text").value = before.text;
    return;
  }
  byId("drop-pairs").disabled = false;
  const { trained_on: trained, measured_on: held } = benches[0].about;
  byId("pairs-state").textContent = `Your pairs: ${grouped(trained)} to train on, ${grouped(held)} held out (one sentence in ten, ` +
      `with all its translations). ${benches[0].leftOut}They stay in this page.`;
  train(undefined);
});

byId("drop-pairs").addEventListener("click", async () => {
  pairs = null;
  byId("drop-pairs").disabled = true;
  byId("text").value = byId("text").defaultValue;
  byId("pairs-state").textContent = "The built-in language: 7,200 pairs to train on, 800 held out.";
  await begin();
});

// Weights, out and in.

byId("download").addEventListener("click", async () => {
  try {
    const { engine } = benches[0];
    await engine.ask({ do: "save", path: "/translator.safetensors" });
    const { bytes } = await engine.order("read", { path: "/translator.safetensors" });
    const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    element("a", { href: address, download: "translator.safetensors" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    byId("weights-state").textContent = `translator.safetensors, ${grouped(bytes.length)} bytes.`;
  } catch (error) {
    complain(error);
  }
});

byId("open-file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  event.target.value = "";
  if (!file) return;
  if (file.size > 200e6) return complain(`${file.name} has ${Math.round(file.size / 1e6)} MB: this page takes 200 at most`);
  opened = new Uint8Array(await file.arrayBuffer());
  if (await begin()) {
    byId("weights-state").textContent = `Opened ${file.name}.`;
  } else {
    opened = null;
    byId("weights-state").textContent = `${file.name} could not be opened.`;
  }
  showButtons();
});

takeLink();
adaptForm();
byId("swap").hidden = true;
const lack = missingInBrowser();
if (lack) {
  complain(lack);
  for (const button of document.querySelectorAll("main button")) button.disabled = true;
}
