"use strict";

// The script of a report: elements, sentence, steps, charts and page, which CMake makes one. All that the page shows is
// in the element "data"; report.h says what stands there. (In the site's playground it comes meanwhile, and there is null.)
// Words come from people's files: they are put in as text, never as markup.
let data, about, snapshots, sentences, last;

function take(given) {
  data = given;
  ({ about, snapshots, sentences } = data);
  last = snapshots.length - 1;
}

const END = "end of sentence", BEGIN = "begin of sentence";

const byId = (id) => document.getElementById(id);
const state = {
  sentence: 0,
  moment: 0,
  row: 0,
  column: 0,
  hidden: null,
  over: null,
  place: 0,
  layer: 0,
  head: null,  // null: the mean over heads
  headHidden: false,
  all: false
};

// An element with attributes, handlers (onclick: …) and children.
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on"))
      made.addEventListener(name.slice(2), value);
    else if (name === "style")
      made.style.cssText = value;  // which a page that forbids styles in its markup allows
    else if (value === true)
      made.setAttribute(name, "");
    else if (value !== false && value != null)
      made.setAttribute(name, value);
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
const isStrong = (weight) =>
    weight > 0.58;  // where light text reads better than dark on the scale, and the other way round

// Words may run from right to left: each stands for itself, and a line goes the way its first letter does.
const bdi = (word) => make("bdi", { dir: "auto" }, word);
const rightToLeft = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const direction = (words) => (rightToLeft.test(words.join(" ")) ? "rtl" : "ltr");
