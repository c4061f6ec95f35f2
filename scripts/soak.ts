/** `node scripts/soak.ts`: runs a hub under everything that clients do, for as long as is asked, and says what came of it. */
import { parseArgs } from "node:util";
import { soak } from "./soak/soak.ts";

const USAGE = `Usage: node scripts/soak.ts [options]

Lets clients come, go, stall and be killed while others publish, then holds what each was given against the history.

  --seconds N    how long (60); half an hour before a release: 1800
  --clients N    clients at a time (60)
  --rate N       publishes per second (200)`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    clients: { type: "string", default: "60" },
    rate: { type: "string", default: "200" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const { faults, statistics, ...report } = await soak({
    seconds: Number(values.seconds),
    clients: Number(values.clients),
    rate: Number(values.rate),
    onProgress: (line) => console.error(line),
  });
  const { deliveries, replayed, closedBy, dropped, eventLoopDelay } = statistics;
  console.log({ ...report, deliveries, replayed, closedBy, dropped, eventLoopDelay });
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? "Every client has everything, in order" : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
