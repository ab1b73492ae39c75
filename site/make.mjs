// Makes the site's pages and scripts in a folder: node site/make.mjs ENGINE.js FOLDER. script/site builds the engine first and
// looks after the folder. The pages are the documents of the tree, made by pandoc, in the template of site/pages.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const [enginePath, out] = process.argv.slice(2).map((path) => resolve(path));
const tree = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(join(tree, path), "utf8");
const write = (path, text) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
};

// Nothing but the site's own files: no other origin, no script or style in the markup, no code out of text. The engine is
// compiled, and its worker is made from text.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; worker-src blob:; " +
    "frame-src 'self'; base-uri 'none'; form-action 'none'";

// The documents, each a page of the same name beside its neighbours; chapters in the order of their numbers.
const chapterNumber = (name) => parseInt(name);
const chapters = readdirSync(join(tree, "docs/lesson")).filter((name) => name.endsWith(".md"))
                     .sort((a, b) => chapterNumber(a) - chapterNumber(b) || (a < b ? -1 : 1));
const documents = Object.fromEntries(["README.md", "docs/lesson.md", ...chapters.map((name) => `docs/lesson/${name}`),
                                      "docs/exercises.md", "docs/new-layer.md", "docs/from-pytorch.md", "docs/proof.md"]
                                         .map((path) => [path, true]));
for (const name of readdirSync(join(tree, "docs")).sort())
  if (name.endsWith(".md") && !(`docs/${name}` in documents)) documents[`docs/${name}`] = true;
for (const name of ["CONTRIBUTING.md", "CHANGELOG.md"]) documents[name] = true;

const pageOf = (document) => (document === "README.md" ? "about.html" : document.replace(/\.md$/, ".html"));
const bar = [["index.html", "Playground"], ["about.html", "About"], ["docs/lesson.html", "The lesson"],
             ["docs/new-layer.html", "A new layer"], ["docs/from-pytorch.html", "From PyTorch"],
             ["docs/proof.html", "The proof"], ["reference/index.html", "Reference"]];
const rootOf = (page) => "../".repeat(page.split("/").length - 1);
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

// A page in the template. Parts go in by functions, so that no sign of theirs is taken for one of the template's.
function writePage(page, { title, body, kind, scripts = [] }) {
  const root = rootOf(page);
  const links = bar.map(([target, name]) => {
    const here = target === page || (target === "docs/lesson.html" && page.startsWith("docs/lesson/")) ||
        (target.startsWith("reference/") && page.startsWith("reference/"));
    return `<a href="${root}${target}"${here ? ' aria-current="page"' : ""}>${name}</a>`;
  });
  const parts = {
    policy, title: escaped(title), root, kind, body, nav: links.join("\n"),
    scripts: scripts.map((script) => `<script src="${root}${script}"></script>`).join("\n")
  };
  write(page, read("site/pages/template.html").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]));
}

// Where a link of a document leads in the site: another document's page, or a file of the tree, which is copied as text.
function linked(document, target) {
  if (/^[a-z]+:/i.test(target) || target.startsWith("#")) return target;
  const [path, place] = target.split("#");
  const file = posix.normalize(posix.join(posix.dirname(document), path)), root = rootOf(pageOf(document));
  const suffix = place ? `#${place}` : "";
  if (file in documents) return root + pageOf(file) + suffix;
  if (headers.includes(file)) return `${root}reference/${file.replace(/\.h$/, ".html")}`;
  if (!existsSync(join(tree, file))) throw new Error(`${document}: links to ${target}, which is not there`);
  if (statSync(join(tree, file)).isDirectory()) return null;
  const copy = /\.(png|svg|jpg)$/.test(file) ? file : `source/${file}.txt`;
  mkdirSync(dirname(join(out, copy)), { recursive: true });
  cpSync(join(tree, file), join(out, copy));
  return root + copy;
}

const pandoc = (markdown) => execFileSync("pandoc", ["-f", "gfm", "-t", "html5", "--wrap=preserve"], { input: markdown, encoding: "utf8" });

const withLinks = (html, document) =>
    html.replace(/<a href="([^"]*)"([^>]*)>([^]*?)<\/a>|(<img [^>]*src="|<source [^>]*srcset=")([^"]*)"/g, (all, href, rest, text, image, source) => {
      if (image) return `${image}${linked(document, source)}"`;
      const target = linked(document, href);
      return target === null ? text : `<a href="${target}"${rest}>${text}</a>`;
    });

function writeDocuments() {
  const lesson = Object.keys(documents).filter((path) => path.startsWith("docs/lesson"));
  for (const document of Object.keys(documents)) {
    const markdown = read(document), page = pageOf(document);
    const title = /^# (.*)$/m.exec(markdown)?.[1].replace(/`/g, "") ?? document;
    let body = withLinks(pandoc(markdown), document);
    const number = lesson.indexOf(document);
    if (number >= 0) {
      const neighbour = (path, text) =>
          (path ? `<a href="${rootOf(page)}${pageOf(path)}">${text}</a>` : "<span></span>");
      body += `<nav class="pages" aria-label="Chapters">${neighbour(lesson[number - 1], "← the page before")}` +
          `${neighbour(lesson[number + 1], "the next page →")}</nav>`;
    }
    const hasCommands = /build\/release\/bin\//.test(markdown);
    writePage(page, { title: title === "glance" ? title : `${title} · glance`, body, kind: "docs",
                      scripts: hasCommands ? ["host.js", "programs.js", "run.js"] : [] });
  }
}

// The reference: every public header as it stands, since each of its declarations says what it is.
const headers = [...read("glance/glance.h").matchAll(/#include "glance\/([^"]*)"/g)].map(([, path]) => path);

function writeReference() {
  const rows = { tensor: [], autograd: [], nn: [] };
  for (const header of headers) {
    const text = read(header), about = /^\/\/ ([^]*?)(?=\n[^/]|\nnamespace|\n\n)/m.exec(text)?.[1].replace(/\n\/\/ /g, " ") ?? "";
    const page = `reference/${header.replace(/\.h$/, ".html")}`;
    const body = `<h1><code>glance/${header}</code></h1>\n${pandoc("```cpp\n" + text.replace(/^#pragma once\n+/, "") + "```\n")}`;
    writePage(page, { title: `${header} · glance`, body, kind: "docs" });
    rows[header.split("/")[0]].push(`<li><a href="${header.replace(/\.h$/, ".html")}"><code>${header}</code></a> ${escaped(about)}</li>`);
  }
  const rooms = { tensor: "Numbers in memory", autograd: "Numbers with a history", nn: "Layers, losses, optimisers" };
  const body = "<h1>Reference</h1>\n<p>Every public header, as it is included: each declaration has a sentence of its own. " +
      "<code>script/api</code> makes the same as a reference by name, with Doxygen.</p>\n" +
      Object.entries(rooms).map(([room, what]) => `<h2>${what}: <code>${room}/</code></h2>\n<ul>${rows[room].join("\n")}</ul>`).join("\n");
  writePage("reference/index.html", { title: "Reference · glance", body, kind: "docs" });
}

// The report's page without its data, for the frames of the playground.
function writePanels() {
  const folder = "examples/seq2seq/report";
  const put = (text, mark, part) => {
    if (!text.includes(mark)) throw new Error(`${folder}/page.html: "${mark}" is not there any more`);
    return text.replace(mark, () => part);
  };
  let page = read(`${folder}/page.html`);
  page = put(page, "<style>\n/* style */\n</style>", '<link rel="stylesheet" href="page.css">\n<link rel="stylesheet" href="live.css">');
  page = put(page, '{ "data": 0 }', "null");
  page = put(page, "<script>\n/* script */\n</script>", '<script src="panels.js"></script>');
  page = put(page, "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
             "default-src 'none'; style-src 'self'; script-src 'self'");
  write("panels.html", page);
  const parts = /foreach\(part ([^)]*)\)/.exec(read("examples/CMakeLists.txt"))[1].split(/\s+/).filter((part) => part.endsWith(".js"));
  write("panels.js", parts.map((part) => read(`${folder}/${part}`)).join("\n") + read("site/pages/live.js"));
  write("page.css", read(`${folder}/page.css`));
  write("live.css", read("site/pages/live.css"));
}

// The module's JavaScript and the worker's in one function, whose text a page makes workers of; the module's bytes, packed.
function writeEngine() {
  const bytes = gzipSync(readFileSync(enginePath.replace(/\.js$/, ".wasm")), { level: 9 }).toString("base64");
  write("engine.js", `"use strict";\nfunction glanceEngine() {\n${readFileSync(enginePath, "utf8")}\n${read("site/engine/worker.js")}\n` +
        `serveEngine(createEngine, self);\n}\nconst engineBytes = "${bytes}";\n`);
}

async function writePrograms() {
  const { createRequire } = await import("node:module");
  const module = await createRequire(import.meta.url)(enginePath)({ wasmBinary: readFileSync(enginePath.replace(/\.js$/, ".wasm")) });
  const names = JSON.parse(module.UTF8ToString(module._glance_programs()));
  const seconds = Object.fromEntries([...read("site/programs.txt").matchAll(/^([a-z_ -]+) (\d+)$/gm)]
                                         .map(([, name, time]) => [name, Number(time)]));
  for (const name of Object.keys(seconds))
    if (!names.includes(name.split(" ")[0])) throw new Error(`site/programs.txt: the engine has no program ${name}`);
  const table = { ...Object.fromEntries(names.map((name) => [name, 0])), ...seconds };
  write("programs.js", `"use strict";\n\n// Programs of the engine, and the seconds that they take, or one of their commands.\nconst siteprograms = ${JSON.stringify(table, null, 1)};\n`);
}

writeEngine();
await writePrograms();
writePanels();
writePage("index.html", { title: "glance: a translator learns where to look", kind: "playground", body: read("site/pages/playground.html"),
                          scripts: ["host.js", "playground.js"] });
for (const file of ["site.css", "host.js", "playground.js", "run.js"]) write(file, read(`site/pages/${file}`));
writeDocuments();
writeReference();

const files = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap(
    (entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
const sizes = files(out).map((path) => [relative(out, path), statSync(path).size]).sort((a, b) => b[1] - a[1]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [path, size] of sizes.slice(0, 6)) console.log(`${String(Math.round(size / 1000)).padStart(6)} kB  ${path}`);
console.log(`${String(Math.round(total / 1000)).padStart(6)} kB  in all, ${sizes.length} files`);
if (total > 6e6) throw new Error("the site is larger than 6 MB");
