import { defineCommand } from "citty";
import {
  type ConnectionState,
  createHub,
  type Gap,
  SEVERITIES,
  type Severity,
  type SubscribeInput,
} from "../../web/client/mod.ts";
import { isUnauthorized } from "./call_hub.ts";
import { hubArgs, readConnection, splitList, tokenFailure } from "./connection.ts";
import { formatNotification } from "./screen.ts";
import { stopSignal } from "./stop_signal.ts";

const GAPS: Readonly<Record<Gap["reason"], string>> = {
  trimmed: "what came next is not kept any more",
  epoch: "the hub has another database now",
  ahead: "the hub's database was put back to an earlier state",
};

/** `belfry follow` */
export const follow = defineCommand({
  meta: { name: "follow", description: "Print notifications as they come, across restarts, until Ctrl-C" },
  args: {
    channels: { type: "string", description: "Only these channels, with commas", valueHint: "names" },
    types: { type: "string", description: "Only these types, with commas", valueHint: "names" },
    "min-severity": { type: "enum", description: "Only this severity and worse", options: [...SEVERITIES] },
    all: { type: "boolean", description: "Also what is addressed to others; for admins" },
    since: { type: "string", description: "Begin after this cursor or id; 0: everything kept", valueHint: "cursor" },
    ...hubArgs,
    json: { type: "boolean", description: "One JSON object per line: notifications, removals, expiries and gaps" },
  },
  async run({ args }) {
    const connection = readConnection(args, "follow");
    const { json = false, since } = args;
    const channels = splitList(args.channels);
    const types = splitList(args.types);
    const minSeverity = args["min-severity"] as Severity | undefined;
    const input: SubscribeInput = {
      ...(channels && { channels }),
      ...(types && { types }),
      ...(minSeverity && { minSeverity }),
      ...(args.all && { all: true }),
      ...(since && { lastEventId: since }),
    };
    using hub = createHub(connection);
    const refused = Promise.withResolvers<never>();
    const stopped = stopSignal();
    const subscription = hub.subscribe(input, {
      onNotification: (item) => console.log(json ? JSON.stringify(item) : formatNotification(item)),
      onRemoved: (item) => console.log(json ? JSON.stringify(item) : `Removed: ${item.channel} ${item.removed}`),
      onExpired: (item) => json && console.log(JSON.stringify(item)),
      onGap: (gap) => printGap(gap, json),
      onState: createReporter(connection.url),
      onError: (error) => refused.reject(isUnauthorized(error) ? tokenFailure(connection, "follow") : error),
    });
    await Promise.race([stopped, refused.promise]);
    if (subscription.cursor) console.error(`Go on from here with --since ${subscription.cursor}`);
  },
});

function printGap(gap: Gap, json: boolean): void {
  if (json) console.log(JSON.stringify(gap));
  else console.error(`Gap after ${gap.after}: ${GAPS[gap.reason]}; going on after ${gap.resumed}`);
}

/** Says on standard error when the connection breaks and when it stands again, each once. */
function createReporter(url: string): (state: ConnectionState) => void {
  let isOffline = false;
  return (state) => {
    if (state === "offline" && !isOffline) console.error(`Cannot reach ${url} now; trying again until it answers`);
    if (state === "live" && isOffline) console.error(`Connected to ${url} again`);
    if (state === "offline" || state === "live") isOffline = state === "offline";
  };
}
