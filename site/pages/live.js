// Feeds the report's page while a training goes on: it stands in a frame of the playground, which sends it
//
//   { data }      the report's data as they are now
//   { sentence }  a sentence of the reader's own as it is now, or null
//   { running }   whether the training runs; while it does, nothing is read out
//   { opened }    that the translator comes from a file, and was not trained here
//
// and sends back its height, and when it is ready.
let begun = false, running = false, own = null;

const tell = (message) => window.parent.postMessage(message, "*");  // from a file no origin has a name

// Does what replaces elements, and puts the focus back on the one at the same place.
function keepingFocus(change) {
  const focused = document.activeElement, holder = focused && focused.closest("[id]");
  const number = holder ? [...holder.querySelectorAll("button")].indexOf(focused) : -1;
  change();
  if (number >= 0 && !document.contains(focused)) holder.querySelectorAll("button")[number]?.focus();
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function withOwn(given) {
  return own ? { ...given, sentences: [...given.sentences, own] } : given;
}

function receiveData(given) {
  const first = !begun, wasLast = first || state.moment === last;
  take(withOwn(given));
  if (first) {
    begun = true;
    document.body.hidden = false;
    begin();
    if (own) selectOwn();
    return;
  }
  if (wasLast) state.moment = last;
  describe();
  buildFigures();
  byId("moment").max = last;
  update();
}

function selectOwn() {
  state.sentence = sentences.length - 1;
  nameSentences();
  buildSentence();
}

function receiveSentence(sentence) {
  const before = own;
  own = sentence;
  if (!begun) return;
  const wasChosen = before !== null && state.sentence === sentences.length - 1;
  const others = before ? sentences.slice(0, -1) : sentences;
  take({ ...data, sentences: own ? [...others, own] : others });
  if (!own) {
    state.sentence = Math.min(state.sentence, sentences.length - 1);
    nameSentences();
    if (wasChosen) buildSentence();
  } else if (!before || !same(before.source, own.source)) {
    selectOwn();
  } else if (wasChosen && !same(before.target, own.target)) {
    const { row, hidden } = state;
    keepingFocus(() => {
      buildSentence();
      state.row = Math.min(row, targets().length - 1);
      state.hidden = hidden;
      update();
    });
  } else if (wasChosen) {
    keepingFocus(updateSentence);
  }
}

function receiveRunning(now) {
  running = now;
  for (const id of ["written-score", "hide-text"]) byId(id).setAttribute("aria-live", running ? "off" : "polite");
}

window.addEventListener("message", ({ data: message, source }) => {
  if (source !== window.parent) return;
  if ("running" in message) receiveRunning(message.running);
  if ("opened" in message) document.body.classList.toggle("opened", message.opened);
  if ("sentence" in message) receiveSentence(message.sentence);
  if ("data" in message) receiveData(message.data);
});

new ResizeObserver(() => tell({ height: document.documentElement.getBoundingClientRect().height })).observe(document.body);
document.body.hidden = true;
tell({ ready: true });
