// A Transformer's attentions: which of them the map shows, and what becomes of the words without one head.

const placeName = () => ["cross", "encoder", "decoder"][state.place];
const headIsHidden = () => state.headHidden && state.head !== null;

// The mean over heads of the last layer's cross-attention, which is kept more finely than single heads are.
const isSummary = () =>
    !about.heads || (state.place === 0 && state.layer === about.layers - 1 && state.head === null);

// Heads stand in the order of place, layer and head.
function chosenHeads() {
  const first = (state.place * about.layers + state.layer) * about.heads;
  const heads = moment().heads.slice(first, first + about.heads);
  return state.head === null ? heads : [heads[state.head]];
}

function headWeight(row, column) {
  const heads = chosenHeads(), at = row * columnWords().length + column;
  return heads.reduce((sum, { weights }) => sum + weights[at], 0) / heads.length / 100;
}

function headName() {
  const whose = state.head === null ? `the mean over ${about.heads} heads` : `head ${state.head + 1} of ${about.heads}`;
  const what = [
    "Weight of each source word (across) for each word to write (down)",
    "Weight of each source word (across) for each source word (down)",
    "Weight of each word fed (across) for the word to write after it (down)"
  ];
  return `${what[state.place]}: ${placeName()}-attention, layer ${state.layer + 1} of ${about.layers}, ${whose}`;
}

// While a word is hidden only the summary is known.
function showSummary() {
  const rebuild = state.place !== 0;
  state.place = 0;
  state.layer = about.layers - 1;
  state.head = null;
  state.headHidden = false;
  if (rebuild) rebuildMap();
}

function rebuildMap() {
  state.row = state.column = 0;
  byId("overlay-label").hidden = !sentence().says || state.place !== 0;
  if (state.place !== 0) byId("overlay").checked = false;
  showGrammar();
  buildMap();
  markGrammar();
}

function beginHeads() {
  const numbers = (count) => Array.from({ length: count }, (_, i) => i + 1);
  state.layer = about.layers - 1;
  byId("head-choice").hidden = false;
  byId("source-name").textContent = "It has read (press a word to hide it from the cross-attention)";
  byId("layer").replaceChildren(...numbers(about.layers).map((n) => make("option", { value: n - 1 }, n)));
  byId("head").replaceChildren(
      make("option", { value: "" }, "mean"), ...numbers(about.heads).map((n) => make("option", { value: n - 1 }, n)));
  const choose = (change) => (event) => {
    state.hidden = null;
    state.headHidden = false;
    change(event.target.value);
    update();
  };
  byId("place").addEventListener("change", choose((value) => {
    state.place = Number(value);
    rebuildMap();
  }));
  byId("layer").addEventListener("change", choose((value) => (state.layer = Number(value))));
  byId("head").addEventListener("change", choose((value) => (state.head = value === "" ? null : Number(value))));
  byId("hide-head").addEventListener("click", () => {
    state.hidden = null;
    state.headHidden = !state.headHidden;
    update();
  });
  byId("hide-note").textContent =
      "The encoder has read the hidden word all the same, and the words around it still know something of it. " +
      "To hide a head, choose one above: what it says is then zeros.";
}

function updateHeads() {
  byId("place").value = state.place;
  byId("layer").value = state.layer;
  byId("head").value = state.head === null ? "" : state.head;
  byId("hide-head").disabled = state.head === null;
  byId("hide-head").setAttribute("aria-pressed", headIsHidden());
  byId("hide-head").textContent = headIsHidden() ? "Show this head again" : "Hide this head";
}
