/**
 * Installs and builds what is missing: `node scripts/setup.mjs`. `--test` also finds or installs the programs
 * that the tests run, `--build` builds the page in any case, `--install` does not build it.
 * Plain JavaScript with nothing but Node's own modules: it runs under the system's Node, before anything is installed.
 * When there is nothing to do it says nothing.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHROMIUM_PATHS, findChromium } from "./chromium.mjs";
import { findOnPath } from "./on_path.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const BIN = join(MODULES, ".bin");
const LOCK = join(ROOT, "package-lock.json");
/** The lock file that was installed, as a hash. */
const INSTALLED = join(MODULES, ".belfry-installed");
/** The sources that were built, as a hash; Vite empties the folder first, so it never outlives its build. */
const BUILT = join(ROOT, "web", "dist", ".sources");
/** What the page is made of. */
const PAGE_SOURCES = ["package-lock.json", "server/rules", "web"];
const OPTIONS = new Set(process.argv.slice(2));
const WINDOWS = process.platform === "win32";

/** A step failed; its message is all that the user needs. */
class SetUpError extends Error {}

const packages = () => JSON.parse(readFileSync(LOCK, "utf8")).packages;

/** The files below a path, sorted, without what was built. */
function listFiles(path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  const entries = readdirSync(dirname(full), { withFileTypes: true });
  if (!entries.find(({ name }) => full === join(dirname(full), name))?.isDirectory()) return [path];
  return readdirSync(full)
    .filter((name) => name !== "dist" && name !== "node_modules")
    .sort()
    .flatMap((name) => listFiles(`${path}/${name}`));
}

function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(listFiles)) {
    hash.update(`${file}\0`).update(
      createHash("sha256")
        .update(readFileSync(join(ROOT, file)))
        .digest(),
    );
  }
  return hash.digest("hex");
}

function readStamp(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Runs a program in the project's folder; its output is shown only when it fails, `progress` every second. */
function run(step, command, args, { progress = () => "", env = {} } = {}) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1_000)} s`;
  const line = () => `${step} … ${[progress(), seconds()].filter(Boolean).join(", ")}`;
  const rewrites = process.stdout.isTTY;
  process.stdout.write(rewrites ? line() : `${step} …\n`);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    if (rewrites) process.stdout.write(`\r\x1b[K${line()}`);
    else if (ticks % 10 === 0) process.stdout.write(`${line()}\n`);
  }, 1_000);
  return new Promise((resolve, reject) => {
    let output = "";
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd: ROOT, stdio, shell: WINDOWS, env: { ...process.env, ...env } });
    const keep = (chunk) => {
      output = (output + chunk).slice(-8_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const finish = (failure) => {
      clearInterval(timer);
      if (rewrites) process.stdout.write("\r\x1b[K");
      if (failure) return reject(Object.assign(new SetUpError(failure), { output: output.trim() }));
      process.stdout.write(`${step}: done in ${seconds()}\n`);
      resolve();
    };
    child.on("error", (error) => finish(error.code === "ENOENT" ? `${command} is not installed` : error.message));
    child.on("close", (code, signal) => finish(code === 0 ? undefined : `${command} ended with ${signal ?? code}`));
  });
}

/** Whether npm's own record of what is installed is what the lock file asks for: someone ran npm by hand. */
function isInstalledByHand() {
  const record = join(MODULES, ".package-lock.json");
  if (!existsSync(record)) return false;
  const found = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(packages()).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/** How many of these packages npm has unpacked so far; it makes all folders first. */
const countUnpacked = (paths) => paths.filter((path) => existsSync(join(ROOT, path, "package.json"))).length;

async function install() {
  const wanted = hashFiles(["package-lock.json"]);
  if (readStamp(INSTALLED) === wanted) return;
  if (!isInstalledByHand()) {
    const wantedPaths = Object.entries(packages()).flatMap(([path, { optional }]) => (path && !optional ? [path] : []));
    const total = wantedPaths.length;
    const progress = () => `${countUnpacked(wantedPaths)} of ${total}`;
    // Development packages hold the Node that Belfry runs on: NODE_ENV=production must not leave them out.
    const args = ["ci", "--loglevel=error", "--no-audit", "--no-fund", "--include=dev"];
    await run(`Installing ${total} packages`, "npm", args, { progress }).catch((error) => {
      throw new SetUpError(`Cannot install the packages: ${whyNpmFailed(error)}`);
    });
  }
  writeFileSync(INSTALLED, `${wanted}\n`);
}

function whyNpmFailed({ message, output = "" }) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/i.test(output)) {
    return "npm cannot reach its registry; connect this machine to the network, or set npm's proxy, and try again";
  }
  const lines = output.split("\n").filter((line) => !/complete log|debug-0\.log/.test(line));
  return [message, ...lines].join("\n");
}

/** The Node that the project pins, when npm has installed it; else the one that runs now. */
function findNode() {
  const pinned = join(MODULES, "node", "bin", WINDOWS ? "node.exe" : "node");
  if (existsSync(pinned)) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  throw new SetUpError(
    `Cannot use Node ${process.versions.node}: Belfry needs 24 or newer, and npm did not install the pinned one; run: npm rebuild node --ignore-scripts=false`,
  );
}

/** npm links the programs of every package but the project's own: with this link `npx belfry` works in the checkout. */
function linkProgram() {
  const link = join(BIN, "belfry");
  if (WINDOWS || existsSync(link)) return;
  mkdirSync(BIN, { recursive: true });
  symlinkSync("../../scripts/belfry.mjs", link);
}

async function buildPage(node) {
  const wanted = hashFiles(PAGE_SOURCES);
  if (readStamp(BUILT) === wanted && !OPTIONS.has("--build")) return;
  const args = [join(MODULES, "vite", "bin", "vite.js"), "build", "web", "--logLevel", "warn"];
  await run("Building the web page", node, args, { env: { NO_COLOR: "1" } }).catch(({ message, output = "" }) => {
    const lines = output.split("\n").filter((line) => !/^ +at /.test(line));
    throw new SetUpError([`Cannot build the web page: ${message}`, ...lines.slice(0, 40)].join("\n"));
  });
  writeFileSync(BUILT, `${wanted}\n`);
}

/** What the tests run beside Node, as Debian names its packages; the first cannot be done without. */
const PROGRAMS = [
  {
    package: "chromium",
    find: findChromium,
    advice: `Chromium (looked for ${CHROMIUM_PATHS.join(", ")}; CHROMIUM_PATH may name it)`,
    isRequired: true,
  },
  { package: "nginx-light", find: () => findOnPath("nginx"), advice: "nginx", service: "nginx" },
  { package: "caddy", find: () => findOnPath("caddy"), advice: "Caddy", service: "caddy" },
];

const findMissing = () => PROGRAMS.filter(({ find }) => !find());

/** What to install, as a sentence's end. */
function adviseOn(programs) {
  const names = programs.map((program) => program.package).join(" ");
  return `install ${programs.map(({ advice }) => advice).join(" and ")}; Debian: apt-get install ${names}`;
}

/** Installs the programs of the tests where this user can; says what is missing then. */
async function providePrograms() {
  const missing = findMissing();
  if (missing.length === 0) return;
  const hasApt = existsSync("/etc/debian_version") && spawnSync("apt-get", ["--version"]).status === 0;
  const failure = hasApt && process.getuid?.() === 0 ? await installPrograms(missing) : "";
  const still = findMissing();
  const required = still.filter(({ isRequired }) => isRequired);
  if (required.length > 0) throw new SetUpError(`Cannot run the tests: ${adviseOn(required)}${failure}`);
  const names = still.map(({ advice }) => advice).join(" and ");
  if (names) console.log(`The tests behind ${names} are skipped: to run them, ${adviseOn(still)}`);
}

/** Answers with what failed, as lines below a message. */
async function installPrograms(programs) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  let failure = "";
  const apt = (step, args) =>
    run(step, "apt-get", args, { env }).catch(({ message, output }) => {
      failure += `\n${[message, output].filter(Boolean).join("\n")}`;
    });
  await apt("Updating the list of system packages", ["update", "-qq"]);
  for (const { package: name } of programs) await apt(`Installing ${name}`, ["install", "-y", "-qq", name]);
  stopServices(programs.flatMap(({ service }) => service ?? []));
  return failure;
}

/** Debian starts a server that it installs, on port 80; the tests start their own. */
function stopServices(names) {
  if (names.length === 0 || !existsSync("/run/systemd/system")) return;
  spawnSync("systemctl", ["disable", "--quiet", "--now", ...names]);
}

try {
  await install();
  const node = findNode();
  linkProgram();
  if (!OPTIONS.has("--install")) await buildPage(node);
  if (OPTIONS.has("--test")) await providePrograms();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
