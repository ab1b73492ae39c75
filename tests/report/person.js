// Does with a report what a person would (choose, point, press, slide, click), and tells the page around it what came of
// it: a line for each expectation, "ok" or "FAILED". run.sh puts it at the end of a copy of the page, and listen.js at
// the beginning, and opens it in a frame as report.html?360,dark.
"use strict";
{
  const lines = [];
  const expect = (what, holds) => lines.push(`${holds ? "ok" : "FAILED"} ${what}`);
  const close = (a, b, tolerance = 0.006) => Math.abs(a - b) <= tolerance;
  // "<0.1%" is somewhere between 0 and that.
  const number = (text) =>
      (text.startsWith("<") ? 0.05 : Number(text.replace("−", "-").replace("+", "").replace("%", "")));
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const facts = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);

  function point(element) {
    for (const type of ["mouseover", "mouseenter", "mousemove"])
      element.dispatchEvent(new MouseEvent(type, { bubbles: type !== "mouseenter" }));
  }
  function leave(element) {
    for (const type of ["mouseout", "mouseleave"])
      element.dispatchEvent(new MouseEvent(type, { bubbles: type !== "mouseleave" }));
  }
  function pick(select, value) {
    select.value = String(value);
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function slide(value) {
    at("moment").value = String(value);
    at("moment").dispatchEvent(new Event("input", { bubbles: true }));
  }

  const wordOf = (element) =>
      element.querySelector("bdi") ? element.querySelector("bdi").textContent : element.textContent;
  const mapCells = () => [...at("map").tBodies[0].rows].map(
      (row) => [...row.querySelectorAll("td button")].map((cell) => number(cell.textContent) / 100));
  const last = facts.snapshots.length - 1;

  // Whether the heatmap says these weights, in ten-thousandths.
  function showsWeights(weights) {
    const flat = mapCells().flat();
    return flat.length === weights.length && flat.every((shown, i) => close(shown, weights[i] / 1e4));
  }

  // How light a colour is, in OKLab: the browser tells it of a mixture.
  const lightnesses = new Map();
  function lightness(colour) {
    if (!lightnesses.has(colour)) {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = `color-mix(in oklab, ${colour}, ${colour})`;
      lightnesses.set(colour, Number(getComputedStyle(probe).color.match(/^oklab\(([\d.]+)/)[1]));
      probe.remove();
    }
    return lightnesses.get(colour);
  }

  // Whether each of these stands on the colour of its weight, as far from none to all as the weight is, with text that
  // can be read on it. A hidden word is hatched.
  function coloured(elements, weights, isHidden) {
    const empty = lightness("var(--empty)"), full = lightness("var(--full)");
    return elements.length === weights.length && elements.every((element, i) => {
      const { backgroundColor, backgroundImage } = getComputedStyle(element);
      if (isHidden(i)) return backgroundImage.startsWith("repeating-linear-gradient");
      const ground = lightness(backgroundColor);
      const text = lightness(getComputedStyle(element.querySelector("button, small")).color);
      return backgroundImage === "none" && close((ground - empty) / (full - empty), weights[i] / 1e4) &&
          Math.abs(text - ground) > 0.4;
    });
  }

  function expectMap(what, wide, weights, hidden = null) {
    expect(`${what} shows its weights`, showsWeights(weights));
    expect(`${what} shows its weights as colours`,
           coloured([...at("map").querySelectorAll("tbody td:not(.right)")], weights, (i) => i % wide === hidden));
  }

  // Pointed at one of the words to write.
  function expectLit(what, wide, row, weights, hidden = null) {
    const words = [...at("source-line").children], lit = weights.slice(row * wide, (row + 1) * wide);
    expect(
        `${what} gives the source words its weights`, words.every((word, column) => {
          const said = word.querySelector("small").textContent;
          return column === hidden ? said === "hidden" : close(number(said) / 100, lit[column] / 1e4);
        }));
    expect(`${what} lights them by their weights`, coloured(words, lit, (column) => column === hidden));
  }

  function look(chosen) {
    const sentence = facts.sentences[chosen], now = sentence.moments[last];
    const wide = sentence.source.length;
    const name = `sentence ${chosen}: `;
    pick(at("sentence"), chosen);
    slide(last);
    expect(name + "source words stand across", [
      ...at("map").tHead.querySelectorAll("th bdi")
    ].map((th) => th.textContent).join("|") === sentence.source.join("|"));
    expect(name + "target words and the end stand down", [
      ...at("map").tBodies[0].querySelectorAll("th")
    ].map(wordOf).join("|") === [...sentence.target, "end of sentence"].join("|"));
    expect(name + "headings have scopes", [...at("map").querySelectorAll("th")].every((th) => th.scope));

    const rows = [0, sentence.target.length];
    for (const moment of [0, Math.floor(last / 2), last]) {
      slide(moment);
      const { weights, written } = sentence.moments[moment];
      expectMap(`${name}the slider at snapshot ${moment}`, wide, weights);
      const shown = [...at("written").querySelectorAll("bdi")].map((word) => word.textContent);
      expect(`${name}and what it wrote then`, shown.join("|") === written.join("|"));
      for (const row of rows) {
        const word = at("target-line").children[row];
        point(word);
        expectLit(`${name}pointing at word ${row} at snapshot ${moment}`, wide, row, weights);
        leave(word);
      }
    }
    for (const row of rows) {
      const word = at("target-line").children[row];
      word.focus();
      expectLit(`${name}reaching word ${row} by keyboard`, wide, row, now.weights);
      expect(`${name}and marks it`, word.classList.contains("chosen"));
      word.blur();
    }

    for (let column = 0; column < wide; ++column) {
      at("source-line").children[column].click();
      const without = now.hidden[column];
      expectMap(`${name}the heatmap with word ${column} hidden`, wide, without.weights, column);
      expect(`${name}and gives it none`, mapCells().every((row) => row[column] === 0));
      for (const row of rows) {
        const word = at("target-line").children[row];
        point(word);
        expectLit(`${name}pointing at word ${row} with word ${column} hidden`, wide, row, without.weights, column);
        leave(word);
      }
      const changes = [...at("change").tBodies[0].rows];
      expect(
          `${name}and each probability before and after`,
          changes.every(
              (row, i) => close(number(row.cells[1].textContent), now.probabilities[i] / 100, 0.06) &&
                  close(number(row.cells[2].textContent), without.probabilities[i] / 100, 0.06) &&
                  close(number(row.cells[3].textContent), (without.probabilities[i] - now.probabilities[i]) / 100,
                        0.06)));
      expect(
          `${name}and says so`,
          at("hide-text").textContent.includes(sentence.source[column]) &&
              at("hide-line").children[column].getAttribute("aria-pressed") === "true");
      expect(
          `${name}and which of the lines about writing is of that`,
          at("target-name").innerText.endsWith("how likely it finds it, with a word hidden)") &&
              at("written-name").innerText.endsWith(", with nothing hidden"));
      expect(
          `${name}and is not wider than the window for it`,
          document.documentElement.scrollWidth <= window.innerWidth);
      at("hide-line").children[column].click();
    }
    expect(
        name + "pressing again shows it",
        showsWeights(now.weights) && at("hide-text").textContent === "Nothing is hidden." &&
            !/hidden/.test(at("target-name").innerText + at("written-name").innerText));

    if (facts.about.heads) lookAtHeads(name, sentence, now);
    if (!facts.about.products) return;
    const row = sentence.target.length - 1, column = wide - 1;
    at("map").tBodies[0].rows[row].cells[column + 1].querySelector("button").click();
    expectSteps(name, sentence, row, column);
    const cell = at("map").tBodies[0].rows[row].cells[column + 1].querySelector("button");
    cell.focus();
    cell.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    expectSteps(name + "after an arrow key, ", sentence, row + 1, column);
  }

  // A Transformer's attentions, by layer and head, and what is left of the words when a head is hidden.
  function lookAtHeads(name, { source, target }, { heads, weights, probabilities }) {
    const { layers, heads: count } = facts.about;
    const rows = [[...target, "end of sentence"], source, [...target, "end of sentence"]];
    const columns = [source, source, ["begin of sentence", ...target]];
    const names = (selector) => [...at("map").querySelectorAll(selector)].map(wordOf).join("|");
    for (const place of [2, 1, 0])
      for (let layer = 0; layer < layers; ++layer) {
        pick(at("place"), place);
        pick(at("layer"), layer);
        const first = (place * layers + layer) * count, of = heads.slice(first, first + count);
        const which = `${name}attention ${place}, layer ${layer}, `;
        expect(`${which}its words stand across`, names("thead th:not(.right)") === columns[place].join("|"));
        expect(`${which}and down`, names("tbody th") === rows[place].join("|"));
        for (let head = 0; head < count; ++head) {
          pick(at("head"), head);
          expect(`${which}head ${head} shows its weights`, showsWeights(of[head].weights.map((share) => 100 * share)));
          expect(`${which}and says which it is`, at("map-caption").textContent.includes(`head ${head + 1} of ${count}`));
          at("hide-head").click();
          const changes = [...at("change").tBodies[0].rows];
          expect(`${which}hiding head ${head} shows what is left of each word`,
                 changes.length === probabilities.length && changes.every(
                     (row, i) => close(number(row.cells[1].textContent), probabilities[i] / 100, 0.06) &&
                         close(number(row.cells[2].textContent), of[head].without[i] / 100, 0.06)));
          expect(`${which}and says so`, at("hide-text").textContent.startsWith(`Head ${head + 1} of the `));
          at("hide-head").click();
          expect(`${which}pressing again shows it`, at("hide-text").textContent === "Nothing is hidden.");
        }
        pick(at("head"), "");
        const mean = of[0].weights.map((_, i) => 100 * of.reduce((sum, head) => sum + head.weights[i], 0) / count);
        const isSummary = place === 0 && layer === layers - 1;  // which is kept more finely
        expect(`${which}the mean over heads`, showsWeights(isSummary ? weights : mean));
        expect(`${which}no head to hide`, at("hide-head").disabled);
      }
    pick(at("layer"), 0);
    at("source-line").children[0].click();
    expect(`${name}hiding a word shows the last cross-attention`,
           at("place").value === "0" && at("layer").value === String(layers - 1) && at("head").value === "");
    at("source-line").children[0].click();
    expect(`${name}and all of it again`, showsWeights(weights));
  }

  function expectSteps(name, { source, queries, keys, moments }, row, column) {
    expect(
        `${name}cell ${row}, ${column} is chosen`,
        at("steps-target").value === String(row) && at("steps-source").value === String(column));
    const score = queries[row].reduce((sum, q, i) => sum + q * keys[column][i], 0);
    const parts = [...at("score-parts").tBodies[0].rows];
    const adds = parts.filter((part) => part.cells.length === 5).map((part) => number(part.cells[3].textContent));
    const rest = parts.filter((part) => part.className === "rest").map((part) => number(part.cells[1].textContent));
    expect(`${name}the score is query · key`, close(number(at("score").textContent), score));
    expect(`${name}its parts add up to it`, close([...adds, ...rest].reduce((sum, x) => sum + x, 0), score, 0.02));
    expect(`${name}sorted by what they add`, adds.every((x, i) => i === 0 || adds[i - 1] >= x));
    const weights = [...at("softmax").tBodies[0].rows]
                        .slice(0, source.length)
                        .map((line) => number(line.cells[3].textContent) / 100);
    expect(
        `${name}the weights are the heatmap's`,
        weights.every((share, i) => close(share, moments[last].weights[row * source.length + i] / 1e4, 0.0006)));
    const raised = [...at("softmax").tBodies[0].rows].map((line) => number(line.cells[2].textContent));
    expect(
        `${name}and the softmax of the scores`,
        weights.every((share, i) => close(share, raised[i] / raised[source.length], 0.01)));
    const gives =
        [...at("context").tBodies[0].rows].map((line) => [1, 2, 3].map((i) => number(line.cells[i].textContent)));
    expect(
        `${name}value × weight is what it gives`,
        gives.every(([value, share, product]) => close(value * share, product, 0.002)));
  }

  // The page's sentences on when the weights narrowed, had their entropy gone this way and then stayed.
  function saidOfNarrowing(entropies) {
    const before = snapshots.map(({ entropy }) => entropy);
    snapshots.forEach((snapshot, i) => {
      snapshot.entropy = entropies[Math.min(i, entropies.length - 1)];
    });
    describe();
    const said = at("before-text").textContent;
    snapshots.forEach((snapshot, i) => {
      snapshot.entropy = before[i];
    });
    describe();
    return said;
  }

  function expectNarrowing() {
    const from = (number, entropy) =>
        `From step ${facts.snapshots[number].step} on, where it was ${entropy}, it stayed at least half of the way down`;
    const half = /half of the way/;
    expect("narrowed for good from the moment it is so", saidOfNarrowing([1, 0.9, 0.5, 0.2]).includes(from(2, "0.50")));
    expect(
        "half of the way and not a bit more is enough", saidOfNarrowing([1, 0.9, 0.75, 0.5]).includes(from(2, "0.75")));
    expect(
        "not yet when it spreads again after", saidOfNarrowing([1, 0.5, 0.95, 0.4, 0.2]).includes(from(3, "0.40")));
    expect("nothing of half of the way where it hardly narrowed", !half.test(saidOfNarrowing([1, 0.3, 0.95])));
    expect("nor where it spread", !half.test(saidOfNarrowing([0.5, 0.3, 0.9])));
  }

  // A report of a model that may not look back.
  function lookWithoutWeights(chosen) {
    const sentence = facts.sentences[chosen];
    pick(at("sentence"), chosen);
    for (const moment of [0, last]) {
      slide(moment);
      const written = [...at("written").querySelectorAll("bdi")].map((word) => word.textContent);
      expect(
          `sentence ${chosen}: the slider shows what it wrote at snapshot ${moment}`,
          written.join("|") === sentence.moments[moment].written.join("|"));
      for (const button of document.querySelectorAll("#source-line button, #target-line button")) {
        point(button);
        button.click();
      }
    }
    expect(
        `sentence ${chosen}: nothing is said of weights`,
        !/weight|glance|hide/i.test(document.querySelector("main").innerText));
  }

  async function person() {
    const [width, scheme] = location.search.slice(1).split(",");
    expect(
        "the window is as wide, and as dark, as it is to be",
        window.innerWidth === Number(width) &&
            matchMedia("(prefers-color-scheme: dark)").matches === (scheme === "dark"));
    expect("nothing was fetched", performance.getEntriesByType("resource").length === 0);
    expect(
        "every control has a name",
        [...document.querySelectorAll("button, select, input")].every(
            (control) => !control.checkVisibility() || control.textContent.trim() ||
                control.getAttribute("aria-label") || (control.labels && control.labels.length > 0)));
    expect("the page is not wider than the window", document.documentElement.scrollWidth <= window.innerWidth);
    for (const chosen of facts.sentences.keys()) {
      if (facts.about.attention)
        look(chosen);
      else
        lookWithoutWeights(chosen);
      expect(
          `sentence ${chosen}: the page is not wider than the window`,
          document.documentElement.scrollWidth <= window.innerWidth);
    }

    if (facts.about.attention) expectNarrowing();

    const hasGrammar = facts.about.attention && Boolean(facts.sentences[0].says);
    pick(at("sentence"), 0);
    expect("the overlay is offered where there is a grammar", at("overlay-label").hidden === !hasGrammar);
    if (hasGrammar) {
      at("overlay").click();
      const { says, agrees } = facts.sentences[0];
      const looks = (row, column) =>
          getComputedStyle(at("map").tBodies[0].rows[row].cells[column + 1].querySelector("button"));
      expect(
          "it frames the words that one was made from",
          says.every(
              (columns, row) => facts.sentences[0].source.every(
                  (_, column) => (looks(row, column).boxShadow !== "none") === columns.includes(column) &&
                      (looks(row, column).outlineStyle === "dashed") === (agrees[row] === column))));
      expect(
          "and says them in words",
          !at("overlay-text").hidden && at("overlay-text").textContent.startsWith(facts.sentences[0].target[0]));
      at("overlay").click();
    }

    const chart = document.querySelector("#loss-chart svg");
    const box = chart.getBoundingClientRect();
    chart.dispatchEvent(new MouseEvent("click", { clientX: box.left + 1, clientY: box.top + 20, bubbles: true }));
    expect(
        "a click at the left of a chart goes to the start",
        at("moment").value === "0" && at("step").textContent.startsWith("step 0 "));
    at("play").click();
    await pause(2200);
    expect("the training plays", Number(at("moment").value) >= 2);
    at("play").click();
    const stopped = at("moment").value;
    await pause(1500);
    expect("and stops", at("moment").value === stopped);

    expect("the button to play is the largest of the line", at("play").getBoundingClientRect().width > 80);
    if (facts.about.attention) expect("no table of changes stands there before one is made", at("change-scroll").hidden);
    for (const part of document.querySelectorAll(".scroll"))
      if (part.checkVisibility())
        expect(
            "what is wider than its place says so",
            part.classList.contains("more-after") === part.scrollLeft + part.clientWidth < part.scrollWidth - 4);
    expectNorms();

    expect("the figures stand in a table", at("figures").tBodies[0].rows.length === facts.snapshots.length);
    expect(
        "it says what was weighted, and claims no more",
        !/\bwhy\b|\balign/i.test(
            document.querySelector("main").innerText + document.querySelector("header").innerText));
    expect(`no error: ${troubles.join("; ")}`, troubles.length === 0);
  }

  // The gradient of each layer at the moment of the slider, and none where none was measured.
  function expectNorms() {
    const rows = [...at("norms").tBodies[0].rows];
    const names = rows.map((row) => row.cells[0].textContent);
    expect("each layer has a row of gradients", names.join("|") === facts.about.gradient_layers.join("|"));
    for (const moment of [0, 1, last]) {
      slide(moment);
      const { norms } = facts.snapshots[moment];
      expect(
          `with its norm at snapshot ${moment}`,
          rows.every(
              (row, i) => row.querySelector(".right").textContent === (norms ? norms[i].toPrecision(2) : "")));
      expect("and that column marked", rows.every((row) => row.cells[moment + 1].classList.contains("now")));
    }
  }

  person().catch((error) => lines.push(`FAILED ${error.stack}`)).finally(() => {
    window.parent.postMessage(["", "PERSON", ...lines, "END", ""].join("\n"), "*");
  });
}
