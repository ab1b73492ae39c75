// A headless browser that a test drives, without anything that the distribution does not have: Chromium by its protocol for
// developers, over a pipe, and Firefox by Marionette, over a socket. Both run script in a page, and take pictures of it.
import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// What both have in common: { run(script, arguments), go(address), resize(width, height), picture(file), close() }.
export async function startBrowser(name, options = {}) {
  return name === "firefox" ? startFirefox(options) : startChromium(options);
}

// Until `script`, run in the page, gives something that holds; an Error, with what it was to be, when that takes too long.
export async function until(browser, what, script, seconds = 120) {
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    const value = await browser.run(script);
    if (value) return value;
    await pause(100);
  }
  throw new Error(`waited ${seconds} s in vain for: ${what}`);
}

async function startChromium({ dark = false, reducedMotion = false, width = 1200, height = 1000 }) {
  const folder = mkdtempSync(join(tmpdir(), "glance-chromium-"));
  // As root there is no sandbox to be had; the pages are our own.
  const process = spawn("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", `--user-data-dir=${folder}`, "--hide-scrollbars", "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const waiting = new Map(), troubles = [], contexts = new Map();  // contexts: of each frame, where its scripts run
  let number = 0, session = null, rest = "";
  process.stdio[4].on("data", (data) => {
    const messages = (rest + data).split("\0");
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      if (message.method === "Runtime.executionContextCreated" && message.params.context.auxData.isDefault)
        contexts.set(message.params.context.auxData.frameId, message.params.context.id);
      if (message.method === "Runtime.exceptionThrown")
        troubles.push(message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
      if (message.method === "Log.entryAdded" && message.params.entry.level === "error")
        troubles.push(message.params.entry.text);
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  const ask = (method, params = {}) => new Promise((resolve, reject) => {
    const id = ++number;
    waiting.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)));
    process.stdio[3].write(JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }) + "\0");
  });
  const { targetInfos } = await ask("Target.getTargets");
  const page = targetInfos.find(({ type }) => type === "page");
  ({ sessionId: session } = await ask("Target.attachToTarget", { targetId: page.targetId, flatten: true }));
  await Promise.all(["Runtime.enable", "Log.enable", "Page.enable"].map((method) => ask(method)));
  await ask("Emulation.setEmulatedMedia", { features: [
    { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
    { name: "prefers-reduced-motion", value: reducedMotion ? "reduce" : "no-preference" }] });
  const evaluate = async (script, contextId) => {
    const { result, exceptionDetails } = await ask("Runtime.evaluate", {
      expression: `(async () => { ${script} })()`, awaitPromise: true, returnByValue: true, ...(contextId ? { contextId } : {}) });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const browser = {
    name: "chromium",
    troubles,
    resize: (w, h) => ask("Emulation.setDeviceMetricsOverride",
                          { width: w, height: h, deviceScaleFactor: 1, mobile: false }),
    go: async (address) => {
      await ask("Page.navigate", { url: address });
      await until(browser, `the page ${address}`,
                  `return document.readyState === "complete" && location.href === ${JSON.stringify(new URL(address).href)}`);
    },
    run: (script) => evaluate(script),
    runInFrame: async (frame, script) => {
      const { frameTree } = await ask("Page.getFrameTree");
      return evaluate(script, contexts.get(frameTree.childFrames[frame].frame.id));
    },
    beforeEachPage: (source) => ask("Page.addScriptToEvaluateOnNewDocument", { source }),
    key: async (key) => {
      const text = { Enter: "\r", " ": " " }[key];
      const code = { Tab: 9, Enter: 13, " ": 32, ArrowDown: 40, ArrowRight: 39 }[key];
      const event = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: code, ...(text ? { text } : {}) };
      await ask("Input.dispatchKeyEvent", { type: "keyDown", ...event });
      await ask("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    chooseFile: async (selector, files) => {
      const { root } = await ask("DOM.getDocument");
      const { nodeId } = await ask("DOM.querySelector", { nodeId: root.nodeId, selector });
      await ask("DOM.setFileInputFiles", { nodeId, files });
    },
    downloadTo: (path) => ask("Page.setDownloadBehavior", { behavior: "allow", downloadPath: path }),
    picture: async (file, whole = false) => {
      const { data } = await ask("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
      writeFileSync(file, Buffer.from(data, "base64"));
    },
    close: async () => {
      const ended = new Promise((resolve) => process.on("exit", resolve));
      process.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  };
  await browser.resize(width, height);
  return browser;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function connected(port) {
  for (let tries = 0; tries < 600; ++tries) {
    try {
      return await new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => resolve(socket));
        socket.on("error", reject);
      });
    } catch {
      await pause(100);
    }
  }
  throw new Error("Firefox does not answer");
}

async function startFirefox({ dark = false, reducedMotion = false, width = 1200, height = 1000 }) {
  const folder = mkdtempSync(join(tmpdir(), "glance-firefox-")), port = await freePort();
  writeFileSync(join(folder, "user.js"), [
    `user_pref("marionette.port", ${port});`, `user_pref("ui.systemUsesDarkTheme", ${dark ? 1 : 0});`,
    `user_pref("ui.prefersReducedMotion", ${reducedMotion ? 1 : 0});`,
    'user_pref("browser.shell.checkDefaultBrowser", false);', 'user_pref("datareporting.policy.firstRunURL", "");',
    'user_pref("layout.css.prefers-color-scheme.content-override", ' + (dark ? 0 : 1) + ");"].join("\n"));
  const process = spawn("firefox-esr", ["--headless", "--marionette", "--no-remote", "--profile", folder,
    "--window-size", `${width},${height}`], { stdio: "ignore", env: { ...globalThis.process.env, HOME: folder } });
  const socket = await connected(port);
  const waiting = new Map();
  let number = 0, rest = Buffer.alloc(0);
  const read = (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const colon = rest.indexOf(":");
      const length = colon < 0 ? NaN : Number(rest.subarray(0, colon));
      if (!(rest.length >= colon + 1 + length)) return;
      const message = JSON.parse(rest.subarray(colon + 1, colon + 1 + length));
      rest = rest.subarray(colon + 1 + length);
      if (Array.isArray(message)) waiting.get(message[1])?.(message);
    }
  };
  socket.on("data", read);
  const ask = (command, parameters = {}) => new Promise((resolve, reject) => {
    const id = ++number, text = JSON.stringify([0, id, command, parameters]);
    waiting.set(id, ([, , error, result]) => (error ? reject(new Error(`${command}: ${error.message}`)) : resolve(result)));
    socket.write(`${Buffer.byteLength(text)}:${text}`);
  });
  await ask("WebDriver:NewSession", { strictFileInteractability: false });
  await ask("WebDriver:SetTimeouts", { script: 600000 });
  const run = async (script) =>
      (await ask("WebDriver:ExecuteScript", { script: `return (async () => { ${script} })()`, args: [] })).value;
  return {
    name: "firefox",
    troubles: [],
    resize: (w, h) => ask("WebDriver:SetWindowRect", { width: w, height: h }),
    go: (address) => ask("WebDriver:Navigate", { url: address }),
    run,
    runInFrame: async (frame, script) => {
      await ask("WebDriver:SwitchToFrame", { id: frame });
      try {
        return await run(script);
      } finally {
        await ask("WebDriver:SwitchToFrame", { id: null });
      }
    },
    picture: async (file, whole = false) => {
      const { value } = await ask("WebDriver:TakeScreenshot", { full: whole, hash: false });
      writeFileSync(file, Buffer.from(value, "base64"));
    },
    close: async () => {
      const ended = new Promise((resolve) => process.on("exit", resolve));
      socket.destroy();
      process.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  };
}
