"use strict";

// Starts engines: each is the module in a Web Worker of its own. The worker is made from text, since a page that was opened
// from a folder may load no worker from there; engine.js, the text and the module's bytes, is loaded when it is first needed.

// An element with attributes, handlers (onclick: …) and children. Text goes in as text, never as markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// What this browser lacks, in a sentence; null when it has all.
function missingInBrowser() {
  if (typeof WebAssembly === "undefined")
    return "This browser has no WebAssembly, in which the programs of this page are written. Any browser since 2022 has it.";
  // A function that gives a vector of zeros.
  const simd = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 22, 1, 20, 0, 253, 12, 0, 0, 0,
                               0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]);
  if (!WebAssembly.validate(simd))
    return "This browser's WebAssembly has no instructions on several numbers at once (SIMD), which the programs of this page " +
        "use. Chromium and Firefox have had them since 2021, Safari since 2023.";
  // One that throws an exception without values and catches it.
  const exceptions = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 13, 3, 1, 0, 0, 10, 10, 1, 8, 0, 6,
                                     64, 8, 0, 25, 11, 11]);
  if (!WebAssembly.validate(exceptions))
    return "This browser's WebAssembly has no exceptions, by which the programs of this page say what is wrong. Chromium and " +
        "Firefox have had them since 2022.";
  return null;
}

const hostAddress = document.currentScript.src;  // beside which engine.js lies
let enginePromise = null;

// The worker's address and the module's bytes.
function loadEngine() {
  enginePromise ??= new Promise((resolve, reject) => {
    document.head.append(element("script", {
      src: new URL("engine.js", hostAddress),
      onload: async () => {
        try {
          const packed = Uint8Array.from(atob(engineBytes), (letter) => letter.charCodeAt(0));
          const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
          const bytes = await new Response(stream).arrayBuffer();
          const text = `(${glanceEngine})()`;
          resolve({ address: URL.createObjectURL(new Blob([text], { type: "text/javascript" })), bytes });
        } catch (error) {
          reject(error);
        }
      },
      onerror: () => reject(new Error("engine.js could not be loaded: it must lie beside the pages"))
    }));
  });
  return enginePromise;
}

// One engine. `hear(message)` is told what comes by itself (worker.js); when the engine has died, { kind: "failed", error }.
class Engine {
  static async start(hear) {
    const lack = missingInBrowser();
    if (lack) throw new Error(lack);
    const { address, bytes } = await loadEngine();
    const engine = new Engine(new Worker(address), hear);
    await engine.order("start", { bytes });
    return engine;
  }

  constructor(worker, hear) {
    this.worker = worker;
    this.waiting = new Map();
    this.number = 0;
    worker.onmessage = ({ data }) => {
      if (data.kind) return hear(data);
      const { resolve, reject } = this.waiting.get(data.number);
      this.waiting.delete(data.number);
      if (data.failed) reject(new Error(data.failed));
      else resolve(data.answer);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const error = `the engine died: ${event.message || "the browser gives no reason, perhaps there was no memory left"}`;
      this.end(error);
      hear({ kind: "failed", error });
    };
  }

  // Sends an order and waits for its answer.
  order(kind, rest = {}) {
    return new Promise((resolve, reject) => {
      if (!this.worker) return reject(new Error("the engine has ended"));
      const number = ++this.number;
      this.waiting.set(number, { resolve, reject });
      this.worker.postMessage({ kind, number, ...rest });
    });
  }

  // A request of the playground. What it answers as an error is thrown.
  async ask(request) {
    const answer = await this.order("ask", { request });
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  end(error = "stopped") {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(new Error(error));
    this.waiting.clear();
  }
}
