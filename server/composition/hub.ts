import { isAsked } from "../../db/commands.ts";
import { Metrics } from "../http/metrics.ts";
import { Behind } from "../hub/behind.ts";
import { Deliveries } from "../hub/deliveries.ts";
import { Hub } from "../hub/hub.ts";
import { Tally } from "../hub/tally.ts";
import type { Auth } from "./auth.ts";
import type { Ground } from "./ground.ts";
import type { Storage } from "./storage.ts";

/** The hub, what counts it, and what follows it. */
export type HubParts = ReturnType<typeof buildHub>;

/** Builds server/hub, but for what goes by the clock (see desks.ts). */
export function buildHub(ground: Ground & Storage, { access }: Auth) {
  const { db, writer, log, config, now, onError, stack } = ground;
  const { heartbeat, stallTimeout: patience, maxStreamLife: maxLife } = config;
  const metrics = new Metrics();
  const hasChannel = (name: string) => access.hasChannel(name);
  const deliveries = stack.use(new Deliveries({ writer, now, onError }));
  const tally = stack.use(new Tally({ writer, now, onError }));
  const told = { observer: metrics, onAsked: deliveries.note.bind(deliveries), onDelivered: tally.count };
  const hub = new Hub({ log, hasChannel, now, onError, heartbeat, patience, maxLife, ...told });
  stack.use(
    writer.onCommit((committed, commitMs) => {
      const asked = committed.filter(({ command }) => isAsked(command)).length;
      if (asked === 0) return;
      hub.meter.countCommit(commitMs);
      metrics.countCommit(asked, commitMs);
    }),
  );
  const { index } = stack.use(new Behind({ db, writer, log, onError }));
  return { hub, metrics, index };
}
