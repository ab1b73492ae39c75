// What runs in a Web Worker beside the module: it trains between two looks into its letter box, so that a page can stop it,
// and runs programs. A page is answered by number; what comes by itself has a `kind`. (engine.js of the site holds the
// module's JavaScript and this one in a single function.)
async function serveEngine(createEngine, port) {
  const say = (kind, rest = {}) => port.postMessage({ kind, ...rest });
  let engine = null, text = "", running = false, stepsLeft = Infinity, lookEvery = 250, lastLook = 0;

  // A C string that lives as long as `use` runs.
  function withText(string, use) {
    const bytes = new TextEncoder().encode(`${string}\0`), place = engine._malloc(bytes.length);
    if (place === 0) throw new Error("out of memory");
    engine.HEAPU8.set(bytes, place);
    try {
      return use(place);
    } finally {
      engine._free(place);
    }
  }
  const ask = (request) =>
      withText(JSON.stringify(request), (place) => JSON.parse(engine.UTF8ToString(engine._glance_ask(place))));

  function write(path, bytes) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (folder !== "") engine.FS.mkdirTree(folder);
    engine.FS.writeFile(path, bytes);
  }

  // Files below a folder, by path.
  function filesIn(folder, list = {}) {
    for (const name of engine.FS.readdir(folder)) {
      if (name === "." || name === "..") continue;
      const path = `${folder}/${name}`;
      if (engine.FS.isDir(engine.FS.stat(path).mode))
        filesIn(path, list);
      else
        list[path] = engine.FS.readFile(path);
    }
    return list;
  }

  const look = () => {
    lastLook = performance.now();
    const { sentence, error } = ask({ do: "look", text });
    say("sentence", error ? { sentence: null, error } : { sentence });
  };

  // As many steps as take a moment; what has changed is told.
  function trainAWhile() {
    const end = performance.now() + 50, losses = [];
    let answer = null, snapshot = false;
    do {
      answer = ask({ do: "step" });
      if (answer.error) break;
      losses.push(answer.loss);
      snapshot ||= answer.snapshot;
      --stepsLeft;
    } while (!answer.done && stepsLeft > 0 && performance.now() < end && !snapshot);
    if (answer.error || answer.done || stepsLeft <= 0) running = false;
    if (answer.error) say("trouble", { error: answer.error });
    else say("progress", { ...answer, loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length, running });
    if (snapshot) say("data", ask({ do: "data" }));
    if (snapshot || !running || performance.now() - lastLook >= lookEvery) look();
    if (running) setTimeout(train);
    else say("still", answer.done ? { done: true, score: ask({ do: "score" }) } : {});
  }

  function train() {
    if (!running) return;
    try {
      trainAWhile();
    } catch (error) {
      running = false;
      say("failed", { error: reason(error) });
    }
  }

  // What ended the module, in a sentence.
  const reason = (error) =>
      (/memory|alloc/i.test(String(error)) ? "out of memory: choose a smaller width, or fewer pairs" :
                                             `the engine stopped: ${error.message ?? error}`);

  const orders = {
    ask: ({ request }) => ask(request),
    train: ({ steps, every }) => {
      stepsLeft = steps ?? Infinity;
      lookEvery = every ?? lookEvery;
      if (running) return {};
      running = true;
      setTimeout(train);
      return {};
    },
    pause: () => {
      const was = running;
      running = false;
      if (was) say("still");
      return {};
    },
    text: (order) => {
      text = order.text;
      look();
      return {};
    },
    write: ({ path, bytes }) => (write(path, bytes), {}),
    read: ({ path }) => ({ bytes: engine.FS.readFile(path) }),
    programs: () => JSON.parse(engine.UTF8ToString(engine._glance_programs())),
    run: ({ words, files }) => {
      for (const [path, bytes] of Object.entries(files ?? {})) write(path, bytes);
      engine.FS.mkdirTree("/home/reader");
      engine.FS.chdir("/home/reader");
      let status = 0;
      try {
        status = withText(JSON.stringify(words), (place) => engine._glance_run(place));
      } catch (error) {
        if (error?.name !== "ExitStatus") throw error;  // exit(), which the module does by an exception
        status = error.status;
      }
      return { status, files: filesIn("/home/reader") };
    }
  };

  port.onmessage = async ({ data: order }) => {
    try {
      if (order.kind === "start") {
        engine = await createEngine({
          wasmBinary: order.bytes,
          print: (line) => say("line", { line }),
          printErr: (line) => say("line", { line, error: true }),
          stdin: () => null
        });
        port.postMessage({ number: order.number, answer: {} });
        return;
      }
      port.postMessage({ number: order.number, answer: orders[order.kind](order) });
    } catch (error) {
      port.postMessage({ number: order.number, failed: reason(error) });
    }
  };
}
