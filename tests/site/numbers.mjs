// Trains the lesson's translator twice, by the module in this node and by a native program, and says how far their numbers
// agree: node tests/site/numbers.mjs [--same-bits] ENGINE.js PLAYGROUND. They must agree as far as both are the same arithmetic in
// another order, or, where that is asked for, to the last bit; the exit status is 1 where they do not.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const sameBits = process.argv.includes("--same-bits");
const [enginePath, nativePath] = process.argv.slice(2).filter((word) => word !== "--same-bits").map((path) => resolve(path));

async function startModule() {
  const createEngine = createRequire(import.meta.url)(enginePath);
  const module = await createEngine({ wasmBinary: readFileSync(enginePath.replace(/\.js$/, ".wasm")) });
  const processor = () => process.cpuUsage().user / 1e6;
  const ask = async (request) => {
    const bytes = new TextEncoder().encode(`${JSON.stringify(request)}\0`), place = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, place);
    const answer = JSON.parse(module.UTF8ToString(module._glance_ask(place)));
    module._free(place);
    return answer;
  };
  return { ask, processor };
}

function startNative() {
  const program = spawn(nativePath, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  // In hundredths of a second, of Linux.
  const processor = () => Number(readFileSync(`/proc/${program.pid}/stat`, "utf8").split(") ")[1].split(" ")[11]) / 100;
  const ask = async (request) => {
    program.stdin.write(`${JSON.stringify(request)}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return { ask, processor };
}

async function train({ ask, processor }, settings) {
  const { data, error } = await ask({ do: "begin", ...settings });
  if (error) throw new Error(error);
  const before = await ask({ do: "weights" }), losses = [];
  const begin = processor();
  for (let done = false; !done;) {
    const step = await ask({ do: "step" });
    if (step.error) throw new Error(step.error);
    losses.push(step.loss);
    done = step.done;
  }
  const seconds = processor() - begin;
  return { about: data.about, before, losses, seconds, after: await ask({ do: "weights" }), score: await ask({ do: "score" }) };
}

let failed = false;
function expect(what, holds) {
  console.log(`${holds ? "ok" : "FAILED"}  ${what}`);
  failed ||= !holds;
}

const settings = { model: "recurrent", cell: "lstm", attention: "dot", width: 64, rate: 7e-3, epochs: 2, seed: 1 };
const native = startNative();
const [there, here] = [await train(native, settings), await train(await startModule(), settings)];

const differences = here.losses.map((loss, i) => Math.abs(loss - there.losses[i]) / there.losses[i]);
const firstOther = differences.findIndex((difference) => difference > 0);
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const show = (run) => `${run.seconds.toFixed(1)} s of the processor; ` +
    `whole sentences ${run.score.exact.toFixed(3)}, fed the right words ${run.score.forced.toFixed(4)}, loss ${run.score.loss.toFixed(4)}`;
console.log(`native       ${show(there)}`);
console.log(`WebAssembly  ${show(here)}`);
console.log(`the losses of ${firstOther < 0 ? "all" : `the first ${firstOther}`} steps are the same to the last bit; ` +
            `of the first 10 they differ by ${Math.max(...differences.slice(0, 10)).toExponential(1)} of themselves at most, ` +
            `of all by ${Math.max(...differences).toExponential(1)}`);
console.log(`weights before training: ${there.before.bits} and ${here.before.bits}; after: ${there.after.bits} and ${here.after.bits}, ` +
            `magnitudes ${there.after.sum.toFixed(3)} and ${here.after.sum.toFixed(3)}`);

expect("as many parameters and steps", here.about.parameters === there.about.parameters && here.about.steps === there.about.steps);
// Not to the last bit where the native program multiplies and adds in one step, and the module does not.
expect("the weights before training agree to 1 in a million", Math.abs(here.before.sum / there.before.sum - 1) < 1e-6);
expect("the losses of the first 10 steps agree to 5 digits", differences.slice(0, 10).every((difference) => difference < 1e-5));
expect("the mean loss of the last 50 steps agrees to a tenth",
       Math.abs(mean(here.losses.slice(-50)) / mean(there.losses.slice(-50)) - 1) < 0.1);
expect("the weights' magnitudes agree to 1 in 100", Math.abs(here.after.sum / there.after.sum - 1) < 0.01);
expect("whole sentences agree to 2 in 100", Math.abs(here.score.exact - there.score.exact) < 0.02);
expect("and at least 93 in 100 are right", here.score.exact >= 0.93);
if (sameBits) {
  expect("the losses of all steps are the same to the last bit", firstOther < 0);
  expect("and so are the weights", here.before.bits === there.before.bits && here.after.bits === there.after.bits);
}
process.exit(failed ? 1 : 0);
