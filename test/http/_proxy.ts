import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findPort } from "../_port.ts";
import { readmeBlock, replaceAllOf } from "../_readme.ts";
import { makeTempFolder, type TempFolder } from "../_temp.ts";

/** A real proxy in front of a hub, with the snippet of README.md; only its addresses are replaced. */
export class FrontProxy implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: TempFolder;

  private constructor(url: string, child: ChildProcess, folder: TempFolder) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** nginx in front of a hub at a port of this machine. */
  static startNginx(hubPort: number): Promise<FrontProxy> {
    return FrontProxy.#start("nginx", (folder, port) => {
      const server = replaceAllOf(readmeBlock("nginx"), {
        "listen 80;": `listen 127.0.0.1:${port};`,
        "127.0.0.1:8787": `127.0.0.1:${hubPort}`,
      });
      const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      const lines = [
        // Its workers would be nobody, who may not write into the folder.
        ...(process.getuid?.() === 0 ? ["user root;"] : []),
        "daemon off;",
        "worker_processes 1;",
        `pid ${folder}/nginx.pid;`,
        "error_log stderr crit;",
        "events {}",
        "http {",
        "access_log off;",
        ...temps.map((name) => `${name}_temp_path ${folder}/${name};`),
        server,
        "}",
      ];
      writeFileSync(`${folder}/nginx.conf`, lines.join("\n"));
      return ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"];
    });
  }

  /** Caddy in front of a hub at a port of this machine; without TLS, for which it would need a real name. */
  static startCaddy(hubPort: number): Promise<FrontProxy> {
    return FrontProxy.#start("caddy", (folder, port) => {
      const site = replaceAllOf(readmeBlock("caddyfile"), {
        "hub.example.com": `http://127.0.0.1:${port}`,
        "127.0.0.1:8787": `127.0.0.1:${hubPort}`,
      });
      const options = "{\n\tadmin off\n\tlog {\n\t\tlevel ERROR\n\t\toutput discard\n\t}\n}\n";
      writeFileSync(`${folder}/Caddyfile`, options + site);
      return ["run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`];
    });
  }

  static async #start(command: string, configure: (folder: string, port: number) => string[]): Promise<FrontProxy> {
    const folder = makeTempFolder();
    const port = await findPort();
    const home = `${folder.path}/home`;
    mkdirSync(home);
    const child = spawn(command, configure(folder.path, port), {
      env: { PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin`, HOME: home },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => {
      output += `${error.message}; run: node scripts/setup.mjs --test`;
    });
    const proxy = new FrontProxy(`http://127.0.0.1:${port}`, child, folder);
    for (let tries = 0; tries < 200; tries += 1) {
      if (child.pid === undefined || child.exitCode !== null) break;
      const answered = await fetch(`${proxy.url}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      await answered?.body?.cancel();
      if (answered) return proxy;
      await sleep(50);
    }
    await proxy[Symbol.asyncDispose]();
    throw new Error(`Cannot start ${command}: ${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }
}
