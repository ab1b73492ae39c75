// The three steps, worked from the queries and keys of the last snapshot.

function updateSteps() {
  const { queries, keys, moments } = sentence();
  const known = queries.length > 0 && keys.length > 0;
  byId("steps-body").hidden = !known;
  byId("steps-when").textContent = known ? atStep(last) : "at a moment that was not kept: train on, and look again";
  if (!known) return;
  const query = queries[state.row], key = keys[state.column];
  const scores = keys.map((other) => dot(query, other));
  const weights = sources().map((_, column) => moments[moments.length - 1].weights[state.row * sources().length + column] / 1e4);
  showScore(query, key, scores[state.column]);
  showSoftmax(scores, weights);
  showContext(keys, weights);
}

function showScore(query, key, score) {
  const parts = query.map((q, i) => ({ i, q, k: key[i], adds: q * key[i] })).sort((a, b) => b.adds - a.adds);
  const largest = Math.max(...parts.map((part) => Math.abs(part.adds)), 1e-9);
  const most = 10, least = 4;  // shown of the one end and the other
  const shown =
      state.all || parts.length <= most + least + 1 ? parts : [...parts.slice(0, most), ...parts.slice(-least)];
  const rest = parts.filter((part) => !shown.includes(part));
  const rows = shown.map(
      ({ i, q, k, adds }) => make(
          "tr", {}, make("th", { scope: "row" }, String(i)), make("td", {}, fixed(q, 3)), make("td", {}, fixed(k, 3)),
          make("td", {}, signed(adds, 3)), bars(bar(0, Math.abs(adds) / largest, adds < 0 ? "minus" : ""))));
  if (rest.length > 0)
    rows.splice(
        most, 0,
        make(
            "tr", { class: "rest" }, make("th", { scope: "row", colspan: 3 }, `the ${rest.length} between, together`),
            make("td", {}, signed(rest.reduce((sum, part) => sum + part.adds, 0), 3)), make("td")));
  rows.push(make(
      "tr", { class: "total" }, make("th", { scope: "row", colspan: 3 }, "score"),
      make("td", { id: "score" }, fixed(score, 3)), make("td")));
  byId("score-parts").tBodies[0].replaceChildren(...rows);
  byId("all-parts").hidden = parts.length <= most + least + 1;
  byId("all-parts").textContent = state.all ? "Show fewer" : `Show all ${parts.length} coordinates`;
  byId("all-parts").setAttribute("aria-expanded", state.all);
}

function showSoftmax(scores, weights) {
  const largest = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - largest));
  const sum = raised.reduce((total, x) => total + x, 0);
  const rows = scores.map(
      (score, i) => make(
          "tr", { class: i === state.column ? "chosen" : null }, make("th", { scope: "row" }, bdi(sources()[i])),
          make("td", {}, fixed(score)), make("td", {}, fixed(raised[i], 4)), make("td", {}, percent(weights[i])),
          bars(bar(0, weights[i], ""))));
  rows.push(make(
      "tr", { class: "total" }, make("th", { scope: "row" }, "sum"), make("td"), make("td", {}, fixed(sum, 4)),
      make("td", {}, "100%"), make("td")));
  byId("softmax").tBodies[0].replaceChildren(...rows);
}

// A part of the context, which is more than all of it where other words take some back.
function sharesInWords(along) {
  if (along < -0.0005) return `nothing: it points the other way, and takes ${percent(-along)} of it back`;
  if (along > 1.0005) return `all of it and ${percent(along - 1)} more, which other words take back`;
  return `${percent(Math.max(along, 0))} of it`;
}

function showContext(values, weights) {
  const context = values[0].map((_, f) => values.reduce((sum, value, i) => sum + weights[i] * value[f], 0));
  const value = values[state.column], share = weights[state.column];
  const along = (share * dot(value, context)) / Math.max(dot(context, context), 1e-12);
  byId("share-text")
      .replaceChildren(
          bdi(sources()[state.column]), ` has ${percent(share)} of the weight for `,
          bdi(targetName(targets()[state.row])),
          `. Measured along the context, it gave ${sharesInWords(along)}. Where it gave most:`);
  const parts = value.map((v, f) => ({ f, v, gives: share * v }))
                    .sort((a, b) => Math.abs(b.gives) - Math.abs(a.gives))
                    .slice(0, 6);
  byId("context").tBodies[0].replaceChildren(...parts.map(
      ({ f, v, gives }) => make(
          "tr", {}, make("th", { scope: "row" }, String(f)), make("td", {}, fixed(v, 3)),
          make("td", {}, fixed(share, 3)), make("td", {}, signed(gives, 3)), make("td", {}, fixed(context[f], 3)))));
}
