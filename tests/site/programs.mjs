// Runs every program of the module, or those given, each in a node of its own, and says how long it took, in seconds of the
// processor, and how it ended: node tests/site/programs.mjs ENGINE.js [NAME…]. site/programs.txt keeps the seconds.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [enginePath, ...names] = process.argv.slice(2);
const createEngine = createRequire(import.meta.url)(resolve(enginePath));
const module = await createEngine({ wasmBinary: readFileSync(enginePath.replace(/\.js$/, ".wasm")), stdin: () => null });

if (names[0] === "--only") {
  const place = module._malloc(4000);
  module.HEAPU8.set(new TextEncoder().encode(`${JSON.stringify(names.slice(1))}\0`), place);
  try {
    process.exit(module._glance_run(place));
  } catch (error) {
    process.exit(error.status ?? 1);
  }
}

const usual = { translate: ["train", "--out", "out/demo"], letters: ["train"], gaps: ["train"], experiments: ["induction"],
                bottleneck: ["--help"] };
for (const name of names.length > 0 ? names : JSON.parse(module.UTF8ToString(module._glance_programs()))) {
  const self = fileURLToPath(import.meta.url);
  const { status, stdout, stderr } = spawnSync("bash", ["-c", 'TIMEFORMAT=%U; time node "$@"', "bash", self, enginePath, "--only", name,
                                                        ...(usual[name] ?? [])], { encoding: "utf8", timeout: 1200000 });
  const seconds = Number(stderr.trim().split("\n").pop());
  console.log(`${name.padEnd(28)}${Math.ceil(seconds)}`.padEnd(34), status === 0 ? "" : `status ${status}: ${stderr.slice(0, 300)}`,
              stdout.split("\n")[0].slice(0, 60));
}
