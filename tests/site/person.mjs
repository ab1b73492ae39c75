// Does with the site what a person would, in a headless browser: node tests/site/person.mjs [--short] [--browser NAME]
// [--pictures FOLDER] [--translate PROGRAM] SITE. The site is opened from its folder, without a server.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { startBrowser, until } from "./browser.mjs";

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: {
  short: { type: "boolean" }, browser: { type: "string", default: "chromium" }, pictures: { type: "string" },
  translate: { type: "string" } } });
const site = resolve(positionals[0]);
const address = (page) => pathToFileURL(join(site, page)).href;
const work = mkdtempSync(join(tmpdir(), "glance-site-"));

let failures = 0, held = 0;
function expect(what, holds, detail = "") {
  if (holds) return ++held;
  ++failures;
  console.log(`FAILED ${what} ${detail}`);
}

const browser = await startBrowser(options.browser);
const isChromium = browser.name === "chromium";
const picture = async (name) => {
  if (options.pictures) await browser.picture(join(options.pictures, `${browser.name}-${name}.png`), true);
};
const click = (selector) => browser.run(`document.querySelector(${JSON.stringify(selector)}).click()`);
const text = (selector) => browser.run(`return document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
const choose = (name, value) => browser.run(`const field = document.querySelector("#settings").elements[${JSON.stringify(name)}];
  if (field.type === "checkbox") field.checked = ${JSON.stringify(value)}; else field.value = ${JSON.stringify(String(value))};
  field.dispatchEvent(new Event("change", { bubbles: true }));`);
const type = (selector, value) => browser.run(`const field = document.querySelector(${JSON.stringify(selector)});
  field.value = ${JSON.stringify(value)}; field.dispatchEvent(new Event("input", { bubbles: true }));`);
const notWider = (what, page = browser) => page.run(
    "return document.documentElement.scrollWidth <= window.innerWidth").then((holds) => expect(`${what} is not wider than the window`, holds));
const done = (what) => until(browser, what, `return /is done/.test(document.querySelector("#progress-line").textContent) &&
  document.querySelector("#train").getAttribute("aria-disabled") === "true"`, 400);

// Of the translators that are shown, and whether there are so many and all are trained.
const panels = `[...document.querySelectorAll(".panel:not([hidden])")]`;
const finished = (count) => `(${panels}.length === ${count} && ${panels}.every((panel) => panel.dataset.exact))`;

// What a frame's heatmap shows: rows of percents.
const heatmap = (frame) => browser.runInFrame(frame, `return [...document.querySelector("#map").tBodies[0].rows].map(
  (row) => [...row.querySelectorAll("td button")].map((cell) => Number(cell.textContent)))`);

async function openPlayground() {
  await browser.go(address("index.html"));
  expect("it offers to train", (await text("#train")) === "Train");
  expect("nothing is wrong at the beginning", await browser.run(`return document.querySelector("#trouble").hidden`));
  expect("every control has a name", await browser.run(`return [...document.querySelectorAll("button, select, input, textarea")].every(
    (control) => !control.checkVisibility() || control.textContent.trim() || control.getAttribute("aria-label") ||
      (control.labels && control.labels.length > 0))`));
  await notWider("the playground");
}

async function trainsWhileOneLooks() {
  await click("#train");
  await until(browser, "the first steps", `return /^[1-9]/.test(document.querySelector("#figures-now tbody td")?.textContent ?? "")`);
  const early = await heatmap(0);
  expect("the heatmap is there from the first steps", early.length > 1 && early[0].length === 7, JSON.stringify(early));
  expect("its rows add up to about 100", early.every((row) => Math.abs(row.reduce((sum, x) => sum + x, 0) - 100) <= 4));
  await until(browser, "40 steps", `return parseInt(document.querySelector("#figures-now tbody td").textContent) >= 40`);
  await click("#train");
  await until(browser, "a pause", `return document.querySelector("#train").textContent === "Go on"`);
  const paused = await text("#figures-now tbody td");
  await click("#step-once");
  await until(browser, "one step", `return document.querySelector("#figures-now tbody td").textContent !== ${JSON.stringify(paused)}`);
  expect("a single step is one", parseInt(await text("#figures-now tbody td")) === parseInt(paused) + 1);
  await picture("training");
}

async function trainsToTheEnd() {
  const begin = Date.now();
  await click("#train");
  await done("the end of the training");
  console.log(`${browser.name}: the rest of the training took ${((Date.now() - begin) / 1000).toFixed(1)} s: ${await text("#progress-line")}`);
  const exact = Number(await browser.run(`return document.querySelector(".panel").dataset.exact`));
  expect("at least 93 in 100 whole sentences are right", exact >= 0.93, exact);
  await until(browser, "the last figures", `return document.querySelector("#figures-now tbody td").textContent === "450 of 450"`);
  const map = await heatmap(0);
  expect("the attention is narrow", Math.max(...map[1]) >= 60, JSON.stringify(map));
  await picture("trained");
}

async function hidesAWord() {
  const before = await heatmap(0);
  await browser.runInFrame(0, `document.querySelector("#source-line button").click()`);
  const hidden = await heatmap(0);
  expect("a hidden word has no weight", hidden.every((row) => row[0] === 0));
  expect("and it is said", /hidden/.test(await browser.runInFrame(0, `return document.querySelector("#hide-text").textContent`)));
  await browser.runInFrame(0, `document.querySelector("#source-line button").click()`);
  expect("and shown again", JSON.stringify(await heatmap(0)) === JSON.stringify(before));
}

async function swapsAWord() {
  await type("#text", "the cat ate the apple");
  await click("#yours button");
  await until(browser, "the sentence's words", `return document.querySelector("#swap-place").options.length === 5`);
  await browser.run(`document.querySelector("#swap-place").value = "4"`);
  await type("#swap-word", "bread");
  await click("#swap button");
  await until(browser, "both translations", `return /Before/.test(document.querySelector("#swapped").textContent)`);
  expect("the sentence has the other word", (await browser.run(`return document.querySelector("#text").value`)) === "the cat ate the bread");
  const [before, after] = await browser.run(`return [...document.querySelectorAll("#swapped q")].map((quote) => quote.textContent)`);
  expect("the article agrees with the noun that was swapped in", / la pomme/.test(before) && / le pain/.test(after), `${before} / ${after}`);
}

async function keepsSettingsInALink() {
  await choose("cell", "gru");
  await choose("attention", "none");
  await click("#share");
  await until(browser, "the link", `return location.hash.includes("cell=gru")`);
  const link = await browser.run("return location.href");
  expect("the link has no sentence", !/cat|bread/.test(link), link);
  await browser.go("about:blank");
  await browser.go(link.replace("seed=1", "seed=7"));
  expect("a link sets the settings", await browser.run(`const { cell, attention, seed } = document.querySelector("#settings").elements;
    return cell.value === "gru" && attention.value === "none" && seed.value === "7"`));
  await browser.go("about:blank");
  await browser.go(`${address("index.html")}#cell=%3Cb%3E&width=9999&seed=-4&other=1`);
  expect("what is no setting is passed over", await browser.run(`const { cell, width, seed } = document.querySelector("#settings").elements;
    return cell.value === "lstm" && width.value === "64" && seed.value === "1"`));
}

async function comparesTwo() {
  await browser.go("about:blank");
  await browser.go(address("index.html"));
  await choose("beside", true);
  await choose("epochs", 1);
  await click("#train");
  await until(browser, "both to be done", `return ${finished(2)}`, 600);
  const [attention, none] = await browser.run(`return [...document.querySelectorAll(".panel")].map((panel) => Number(panel.dataset.exact))`);
  console.log(`${browser.name}: after one epoch, with attention ${attention}, without ${none}`);
  expect("with attention it is better", attention > none + 0.1, `${attention} and ${none}`);
  expect("the one without has no heatmap", await browser.runInFrame(1, `return document.querySelector("#map-part").hidden`));
  expect("the one with attention has", !(await browser.runInFrame(0, `return document.querySelector("#map-part").hidden`)));
  await picture("two");
}

async function trainsOnOwnPairs() {
  let pairs = "";
  for (const a of ["<b>bold</b>", "</script>", "&lt;", "it's", "🦓"])
    for (const b of ["שלום", "<img src=x onerror=alert(1)>", "plain", "ß", "e\u0301t\u00e9"]) pairs += `${a} ${b}\t${b} ${a}\n`;
  await choose("beside", false);
  await choose("epochs", 5);
  await type("#pairs", "no tab in this line");
  await click("#use-pairs");
  await until(browser, "what is wrong", `return !document.querySelector("#trouble").hidden`);
  expect("it says which line is wrong", /your pairs:1: /.test(await text("#trouble")), await text("#trouble"));
  expect("the translators before are still there", (await browser.run(`return ${panels}.length`)) === 2);
  await browser.run(`document.querySelector("#unit").value = "spaces"`);
  await type("#pairs", `${pairs}${"long ".repeat(41)}\tx\n`);
  await click("#use-pairs");
  await until(browser, "training on pairs of one's own", `return ${finished(1)}`);
  expect("it says what was left out", /Left out: 1 with more than 40/.test(await text("#pairs-state")), await text("#pairs-state"));
  expect("markup is shown as text", (await browser.runInFrame(0, `return document.querySelector("#source-line").textContent`)).includes("<b>bold</b>"));
  expect("and is none", !(await browser.runInFrame(0, `return Boolean(document.querySelector("#source-line b, #map img"))`)));
  await picture("own");
}

async function keepsWeights() {
  await browser.downloadTo(work);
  await choose("epochs", 1);
  await click("#drop-pairs");
  await until(browser, "the built-in language", `return benches[0].figures.step === 0 && !benches[0].done`);
  await click("#train");
  await done("training for the file");
  await click("#download");
  const file = join(work, "translator.safetensors");
  for (let i = 0; i < 100 && !existsSync(file); ++i) await new Promise((resume) => setTimeout(resume, 100));
  expect("the translator is downloaded", existsSync(file));
  const ask = `return (await benches[0].engine.ask({ do: "write", text: "the cat ate the apple" })).written.join(" ")`;
  const written = await browser.run(ask);
  if (options.translate) {
    const said = execFileSync(options.translate, ["translate", file, "the cat ate the apple"], { encoding: "utf8" }).trim();
    expect("translate reads it, and writes the same", said === written, `${said} / ${written}`);
  }
  const broken = join(work, "broken.safetensors");
  writeFileSync(broken, readFileSync(file).subarray(0, 5000));
  await browser.chooseFile("#open-file", [broken]);
  await until(browser, "what is wrong with the file", `return !document.querySelector("#trouble").hidden`);
  expect("a broken file is named", /could not be opened/.test(await text("#weights-state")));
  expect("and the translator is still there", (await browser.run(ask)) === written);
  await browser.go("about:blank");
  await browser.go(address("index.html"));
  await browser.chooseFile("#open-file", [file]);
  await until(browser, "the file to be open", `return /^Opened/.test(document.querySelector("#weights-state").textContent)`);
  expect("the opened one translates the same", (await browser.run(ask)) === written);
  await type("#text", "the cat ate the apple");
  await click("#yours button");
  await until(browser, "its heatmap", `return document.querySelector("#swap-place").options.length === 5`);
  expect("its heatmap is there", (await heatmap(0))[0].length === 5);
}

// Sentences of 40 words of which none comes twice: their first scores take more than a page may have.
async function saysThatMemoryIsOut() {
  const words = (pair, side) => Array.from({ length: 40 }, (_, place) => `${side}${pair}x${place}`).join(" ");
  const lines = Array.from({ length: 4000 }, (_, pair) => `${words(pair, "s")}\t${words(pair, "t")}\n`);
  await type("#pairs", lines.join(""));
  await click("#use-pairs");
  await until(browser, "the end of memory", `return !document.querySelector("#trouble").hidden`, 300);
  expect("it is said that memory is out", /out of memory: choose/.test(await text("#trouble")), await text("#trouble"));
  const written = await browser.run(`return (await benches[0].engine.ask({ do: "write", text: "the cat" })).written`);
  expect("the translator before is still there", written.length > 0);
  await click("#restart");
  await until(browser, "a new one of the built-in language", `return /knows nothing yet/.test(document.querySelector("#progress-line").textContent)`);
  await click("#step-once");
  await until(browser, "a step after that", `return benches[0].figures.step === 1`);
  expect("nothing is wrong then", await browser.run(`return document.querySelector("#trouble").hidden`), await text("#trouble"));
}

async function survivesADeath() {
  await browser.run(`benches[0].engine.worker.dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true }))`);
  expect("a dead engine is said", /engine died: killed/.test(await text("#trouble")));
  await click("#restart");
  await until(browser, "a new one", `return document.querySelector("#trouble").hidden && !benches[0].dead`);
  expect("and another can be begun", (await text("#train")) === "Train");
}

async function worksByKeyboard() {
  await browser.go("about:blank");
  await browser.go(address("index.html"));
  await browser.run(`document.querySelector("#settings").elements.seed.focus()`);
  for (let i = 0; i < 3 && (await browser.run("return document.activeElement.id")) !== "train"; ++i) await browser.key("Tab");
  expect("the Tab key goes on to Train", (await browser.run("return document.activeElement.id")) === "train");
  await browser.key("Enter");
  await until(browser, "training by keyboard", `return benches.length > 0 && benches[0].figures.step > 3`);
  await browser.key("Enter");
  await until(browser, "a pause by keyboard", `return document.querySelector("#train").textContent === "Go on"`);
}

async function runsAProgram(page, command, quote) {
  await browser.go(address(page));
  await notWider(page);
  await browser.run(`[...document.querySelectorAll(".run")].find((box) => box.querySelector("input").value === ${JSON.stringify(command)})
    .querySelector("button").click()`);
  const box = `[...document.querySelectorAll(".run")].find((box) => box.querySelector("input").value === ${JSON.stringify(command)})`;
  await until(browser, `${command} to end`, `return /^(Done|It ended)/.test(${box}.querySelector("p").textContent)`, 300);
  const printed = await browser.run(`return ${box}.querySelector("pre").textContent`);
  expect(`${command} prints what the page quotes`, printed.includes(quote), printed.slice(0, 400));
}

async function looksAtPages() {
  for (const page of ["about.html", "docs/lesson.html", "docs/lesson/7-break-it.html", "docs/from-pytorch.html", "docs/proof.html",
                      "reference/index.html", "reference/nn/attention.html"]) {
    await browser.go(address(page));
    await notWider(page);
    expect(`${page} links to nothing that is not there`, true);
    const targets = await browser.run(`return [...document.querySelectorAll("a[href]")].map((link) => link.href.split("#")[0])`);
    for (const target of new Set(targets.filter((link) => link.startsWith("file:"))))
      expect(`${page}: ${target} is there`, existsSync(new URL(target)));
  }
}

async function onAPhone() {
  const phone = await startBrowser("chromium", { dark: true, reducedMotion: true, width: 360, height: 740 });
  try {
    await phone.go(address("index.html"));
    await phone.run(`document.querySelector("#step-once").click()`);
    await until(phone, "a step on a phone", `return benches.length > 0 && benches[0].figures.step === 1`);
    await notWider("the playground on a phone", phone);
    expect("the frame is not either", await phone.runInFrame(0, "return document.documentElement.scrollWidth <= window.innerWidth"));
    if (options.pictures) await phone.picture(join(options.pictures, "phone-dark.png"), true);
    await phone.go(address("docs/lesson/6-looking.html"));
    await notWider("a lesson on a phone", phone);
    if (options.pictures) await phone.picture(join(options.pictures, "phone-lesson.png"), false);
    expect("nothing went wrong on the phone", phone.troubles.length === 0, phone.troubles.join("; "));
    await phone.beforeEachPage("WebAssembly.validate = () => false;");
    await phone.go(address("index.html"));
    expect("a browser without SIMD gets a sentence", /SIMD/.test(await phone.run(`return document.querySelector("#trouble").textContent`)));
  } finally {
    await phone.close();
  }
}

try {
  await openPlayground();
  await trainsWhileOneLooks();
  await hidesAWord();
  if (!options.short) {
    await trainsToTheEnd();
    await swapsAWord();
    await keepsSettingsInALink();
    await comparesTwo();
    await trainsOnOwnPairs();
    if (isChromium) {
      await keepsWeights();
      await saysThatMemoryIsOut();
      await survivesADeath();
      await worksByKeyboard();
      await onAPhone();
    }
    await looksAtPages();
    await runsAProgram("docs/lesson/5-attention.html", "attention", "1. scores: how well each key answers the query");
  }
  await runsAProgram("docs/lesson/1-shapes.html", "lesson_shapes", "[batch, targets, sources]");
  const troubles = browser.troubles.filter((trouble) => !/killed/.test(trouble));
  expect("no error anywhere", troubles.length === 0, troubles.join("; ").slice(0, 500));
} catch (error) {
  expect(error.stack, false);
  await picture("failed");
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${browser.name}: ${held} expectations hold, ${failures} do not`);
process.exit(failures > 0 ? 1 : 0);
