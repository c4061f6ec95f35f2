import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import { startServer } from "../../server/main.ts";
import { adviseProxy, dataArg, readSettings } from "./settings.ts";
import { stopSignal } from "./stop_signal.ts";

/** How long stopping may take, in ms; beyond it the process ends all the same. */
const PATIENCE = 4_500;
const PAGE = new URL("../../web/dist/index.html", import.meta.url);

/** `belfry serve` */
export const serve = defineCommand({
  meta: { name: "serve", description: "Run the hub until it gets SIGTERM or Ctrl-C" },
  args: {
    port: { type: "string", description: "Port, 0 for any free one (BELFRY_PORT, default 8787)", valueHint: "port" },
    host: { type: "string", description: "Address to listen on (BELFRY_HOST, default 127.0.0.1)", valueHint: "host" },
    data: dataArg,
    "public-url": { type: "string", description: "Where users reach the hub (BELFRY_PUBLIC_URL)", valueHint: "url" },
    "allowed-origins": {
      type: "string",
      description: "Origins whose pages may call, with commas (BELFRY_ALLOWED_ORIGINS)",
      valueHint: "origins",
    },
    "log-level": { type: "string", description: "fatal … trace, silent (BELFRY_LOG_LEVEL)", valueHint: "level" },
  },
  async run({ args }) {
    const config = readSettings({
      BELFRY_PORT: args.port,
      BELFRY_HOST: args.host,
      BELFRY_DATA: args.data,
      BELFRY_PUBLIC_URL: args["public-url"],
      BELFRY_ALLOWED_ORIGINS: args["allowed-origins"],
      BELFRY_LOG_LEVEL: args["log-level"],
    });
    const stopped = stopSignal();
    const server = await startServer(config);
    console.log(`Belfry listens on ${server.listensOn}`);
    if (config.publicUrl) console.log(`Its users reach it at ${config.publicUrl}`);
    else if (server.url !== server.listensOn) {
      console.log(`Its links lead to ${server.url}; set BELFRY_PUBLIC_URL to where its users reach it`);
    }
    console.log(`Its data is in ${config.data}`);
    if (!existsSync(PAGE)) console.log("Its web page is not built; run: npm run build");
    const advice = adviseProxy(config);
    if (advice) console.log(`Note: ${advice}`);
    if (server.setUpLink) {
      console.log("\nThere is no admin yet. Open this link within 30 minutes to make one:\n");
      console.log(`  ${server.setUpLink}\n`);
    }
    const signal = await stopped;
    console.log(`Stopping (${signal})`);
    const timer = setTimeout(() => {
      console.error(`Cannot stop in ${PATIENCE} ms: what is not answered yet is cut off`);
      process.exit(1);
    }, PATIENCE);
    await server[Symbol.asyncDispose]();
    clearTimeout(timer);
  },
});
