// Charts: an axis of steps by ratios, a line for each series, and where the slider is.

const place = (step) => Math.log(1 + step / 10) / (Math.log(1 + snapshots[last].step / 10) || 1);

function ticks() {
  const end = snapshots[last].step, list = [0];
  for (const step of [10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000])
    if (place(step) - place(list[list.length - 1]) > 0.1 && 1 - place(step) > 0.14) list.push(step);
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
  const summary = series
                      .map(
                          ({ name, points }) => `${name} from ${format(points[0][1])} at step ${points[0][0]} to ` +
                              `${format(points[points.length - 1][1])} at step ${points[points.length - 1][0]}`)
                      .join("; ");
  const drawn = svg(
      "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Chart by training step: ${summary}` });
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    drawn.append(
        svg("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(part * top), y2: y(part * top) }));
    drawn.append(svg("text", { x: box.left - 6, y: y(part * top) + 4, "text-anchor": "end" }, format(part * top)));
  }
  for (const step of ticks())
    drawn.append(
        svg("text", {
          x: x(step),
          y: height - 6,
          "text-anchor": step === 0         ? "start" :
              step === snapshots[last].step ? "end" :
                                              "middle"
        },
            grouped(step)));
  const now = snapshots[state.moment];
  drawn.append(svg("line", { class: "now", x1: x(now.step), x2: x(now.step), y1: box.top, y2: height - box.bottom }));
  const list = make("ul", { class: "series" });
  series.forEach(({ name, points, value }, i) => {
    drawn.append(svg("path", {
      class: `s${i}`,
      d: "M" + points.map(([step, v]) => `${x(step).toFixed(1)} ${y(Math.min(v, top)).toFixed(1)}`).join("L")
    }));
    const shown = value(now);
    if (shown != null)
      drawn.append(svg("circle", { class: `dot s${i}`, cx: x(now.step), cy: y(Math.min(shown, top)), r: 4 }));
    const sample = svg("svg", { viewBox: "0 0 30 8", "aria-hidden": "true" });
    sample.append(svg("path", { class: `s${i}`, d: "M0 4H30" }));
    list.append(make("li", {}, sample, `${name} `, make("b", {}, shown == null ? "" : format(shown))));
  });
  drawn.addEventListener("click", (event) => {
    const box = drawn.getBoundingClientRect();
    const at = (event.clientX - box.left) * (width / box.width);
    goTo(snapshots.reduce(
        (best, { step }, i) => (Math.abs(x(step) - at) < Math.abs(x(snapshots[best].step) - at) ? i : best), 0));
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
  drawChart({
    id: "accuracy-chart",
    top: 1,
    format: share,
    series: [
      ofSnapshot("forced", "teacher-forced"), ofSnapshot("free", "free-running"), ofSnapshot("exact", "whole sentences")
    ]
  });
  byId("entropy-chart").hidden = !about.attention;
  if (about.attention)
    drawChart({
      id: "entropy-chart",
      top: 1,
      format: (value) => fixed(value),
      series: [ofSnapshot("entropy", "entropy / log n")]
    });
}
