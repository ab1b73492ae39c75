"use strict";

// Puts a run button beside each command of a page that the engine has a program for. What a program prints comes as it is
// printed; files that it writes are kept until the page is left, so that the next program finds them.

// Words of a command line, as a shell parts them: spaces, quotes, and comments at the end.
function shellWords(line) {
  const words = [];
  let word = null;
  for (let i = 0; i < line.length; ++i) {
    const letter = line[i];
    if (letter === "#" && word === null) break;
    if (/\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (letter === '"' || letter === "'") {
      const end = line.indexOf(letter, i + 1);
      if (end < 0) throw new Error(`a quote ${letter} is not closed`);
      word = (word ?? "") + line.slice(i + 1, end);
      i = end;
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

// The program of a command, without the folder it is built in; null where a shell is needed, or there is no such program here.
function programOf(line) {
  const match = /^(?:\$ )?(?:build\/release\/bin\/)?([a-z_]+)(?= |$)/.exec(line.trim());
  if (!match || !(match[1] in siteprograms)) return null;
  return /[|<>]/.test(line.split(" #")[0]) ? null : match[1];
}

let files = {};

// What must be trained before a command that names the folder of its training.
const trainings = {
  "out/demo": ["translate", "train", "--out", "out/demo", "--overwrite"],
  "out/gaps": ["gaps", "train", "--out", "out/gaps", "--overwrite"]
};

class Runner {
  constructor(command, after) {
    this.input = element("input", { type: "text", value: command, spellcheck: "false", "aria-label": "The command to run" });
    this.button = element("button", { type: "submit" }, "Run here");
    this.note = element("p", { class: "quiet", role: "status", "aria-live": "polite" });
    this.output = element("pre", { hidden: true, tabindex: "0", "aria-label": "What it prints" });
    this.box = element("div", { class: "run" }, element("form", { onsubmit: (event) => this.pressed(event) }, this.input, this.button),
                       this.note, this.output);
    this.note.textContent = this.warning(command);
    after.after(this.box);
  }

  warning(command) {
    const seeds = Number(/--seeds (\d+)/.exec(command)?.[1] ?? 1);  // as many trainings
    const [name, word] = shellWords(command);
    const seconds = seeds * (siteprograms[`${name} ${word}`] ?? siteprograms[name] ?? 0);
    if (seconds <= 30) return "";
    return `In a browser this takes about ${seconds < 90 ? `${Math.round(seconds / 10) * 10} seconds` : `${Math.round(seconds / 60)} minutes`}.`;
  }

  print(text, error) {
    const atEnd = this.output.scrollTop + this.output.clientHeight >= this.output.scrollHeight - 30;
    this.output.append(error ? element("span", { class: "error" }, `${text}\n`) : `${text}\n`);
    if (atEnd) this.output.scrollTop = this.output.scrollHeight;
  }

  async pressed(event) {
    event.preventDefault();
    if (this.engine) {
      this.engine.end("stopped");
      return;
    }
    this.output.replaceChildren();
    this.output.hidden = false;
    this.button.textContent = "Stop";
    this.note.textContent = "Runs …";
    const begin = performance.now();
    try {
      const name = programOf(this.input.value);
      if (!name) throw new Error("no program of this page: " + Object.keys(siteprograms).filter((name) => !name.includes(" ")).join(", "));
      const words = shellWords(this.input.value.trim().replace(/^\$ /, ""));
      words[0] = name;
      for (const [folder, training] of Object.entries(trainings)) {
        const trained = Object.keys(files).some((path) => path.startsWith(`/home/reader/${folder}/`));
        if (!words.includes(folder) || words[1] === "train" || trained) continue;
        this.print(`$ ${training.slice(0, 4).join(" ")}     (it is needed first; a minute or so)`);
        await this.run(training);
      }
      const status = await this.run(words);
      const spent = (performance.now() - begin) / 1000;
      this.note.textContent = `${status === 0 ? "Done" : `It ended with status ${status}`} after ${spent.toFixed(1)} s.`;
    } catch (error) {
      this.note.textContent = error.message;
    } finally {
      this.engine?.end();
      this.engine = null;
      this.button.textContent = "Run here";
    }
  }

  // A program leaves memory as it likes, so that each has an engine of its own.
  async run(words) {
    this.engine?.end();
    this.engine = await Engine.start((message) => {
      if (message.kind === "line") this.print(message.line, message.error);
      if (message.kind === "failed") this.note.textContent = message.error;
    });
    const answer = await this.engine.order("run", { words, files });
    files = answer.files;
    for (const path of Object.keys(files).filter((path) => /\.(svg|html|dot)$/.test(path))) this.offer(path, files[path]);
    return answer.status;
  }

  // A picture or a page that a program wrote, to be saved.
  offer(path, bytes) {
    if (this.output.querySelector(`a[download="${CSS.escape(path.split("/").pop())}"]`)) return;
    const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    this.output.append(element("a", { href: address, download: path.split("/").pop() }, `save ${path.replace("/home/reader/", "")}`), "\n");
  }
}

function addRunners() {
  for (const block of document.querySelectorAll("pre")) {
    const text = block.textContent;
    let after = block;
    for (const line of text.split("\n")) {
      if (!/build\/release\/bin\//.test(line) || !programOf(line)) continue;
      const words = line.trim().replace(/^build\/release\/bin\//, "");
      after = new Runner(words.replace(/\s+#.*$/, ""), after).box;
    }
  }
  for (const code of document.querySelectorAll("p code")) {
    if (!/^build\/release\/bin\//.test(code.textContent) || !programOf(code.textContent)) continue;
    const paragraph = code.closest("p");
    new Runner(code.textContent.replace(/^build\/release\/bin\//, ""), paragraph);
  }
}

addRunners();
