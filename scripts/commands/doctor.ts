import { defineCommand } from "citty";
import { hubArgs, readUrl } from "./connection.ts";
import { checkHealth, type Finding } from "./health.ts";
import { paint } from "./screen.ts";
import { dataArg, readSettings } from "./settings.ts";

const MARKS = { ok: "green", note: "yellow", bad: "red" } as const;

/** `belfry doctor` */
export const doctor = defineCommand({
  meta: { name: "doctor", description: "Check this installation; exit code 1 when something is wrong" },
  args: {
    port: { type: "string", description: "Port of the server (BELFRY_PORT, default 8787)", valueHint: "port" },
    host: { type: "string", description: "Address of the server (BELFRY_HOST, default 127.0.0.1)", valueHint: "host" },
    url: { ...hubArgs.url, description: "Where the server is reached, in place of host and port (BELFRY_URL)" },
    data: dataArg,
    json: { type: "boolean", description: "One JSON object per line" },
  },
  async run({ args }) {
    const config = readSettings({ BELFRY_PORT: args.port, BELFRY_HOST: args.host, BELFRY_DATA: args.data });
    let isWell = true;
    const isNamed = args.port !== undefined || args.host !== undefined;
    const url = isNamed && args.url === undefined ? undefined : readUrl(args, "run doctor");
    for await (const finding of checkHealth(config, url)) {
      isWell &&= finding.state !== "bad";
      console.log(args.json ? JSON.stringify(finding) : format(finding));
    }
    process.exitCode = isWell ? 0 : 1;
  },
});

function format({ state, subject, detail }: Finding): string {
  return `${paint(MARKS[state], state.padEnd(4))}  ${subject.padEnd(12)}  ${detail}`;
}
