import { findStepObjection } from "../auth/orderer.ts";
import { TypeBook } from "../catalogue/type_book.ts";
import { TypeDesk } from "../catalogue/type_desk.ts";
import { History } from "../hub/history.ts";
import { Housekeeper } from "../hub/housekeeper.ts";
import { Usage } from "../hub/usage.ts";
import { AcknowledgementDesk } from "../publishing/acknowledgement_desk.ts";
import { Deduplicator, REMEMBERED } from "../publishing/deduplicator.ts";
import { Publisher } from "../publishing/publisher.ts";
import { Recipients } from "../publishing/recipients.ts";
import { Remover } from "../publishing/remover.ts";
import { Scheduler } from "../publishing/scheduler.ts";
import { Settlement } from "../publishing/settlement.ts";
import { Archive } from "../reading/archive.ts";
import { Connections } from "../reading/connections.ts";
import { Follower } from "../reading/follower.ts";
import { PreferenceBook } from "../reading/preference_book.ts";
import { ReadDesk } from "../reading/read_desk.ts";
import { UsageDesk } from "../reading/usage_desk.ts";
import { createGivenSchema } from "../rules/draft.ts";
import type { Auth } from "./auth.ts";
import type { Ground } from "./ground.ts";
import type { HubParts } from "./hub.ts";
import type { Storage } from "./storage.ts";

type House = Ground & Storage & Auth & HubParts;

/** Builds server/reading: what callers are shown. */
export function buildReading({
  db,
  writer,
  now,
  onError,
  stack,
  access,
  authenticator,
  streamLimits,
  hub,
  index,
}: House) {
  const preferences = stack.use(new PreferenceBook({ db, writer, access, now }));
  const follower = stack.use(new Follower({ hub, access, preferences, authenticator, streamLimits, now, onError }));
  return {
    preferences,
    follower,
    connections: new Connections({ hub, follower, writer, now }),
    readDesk: new ReadDesk({ db, writer, access, hub, now }),
    archive: new Archive(new History({ db, index, now }), access),
    usageDesk: new UsageDesk(new Usage(db), access),
  };
}

/** Builds server/catalogue and server/publishing, and what publishes by itself as time goes by. */
export function buildPublishing(house: House) {
  const { db, writer, log, config, now, logger, onError, stack, access, limits, hub } = house;
  const draftLimits = { messageBytes: config.maxMessageBytes, dataBytes: config.maxDataBytes };
  const draftSchema = createGivenSchema(draftLimits, now);
  const types = stack.use(new TypeBook(db, writer));
  const recipients = new Recipients(db, config.unknownUsers);
  const scheduler = new Scheduler({ db, writer, access, draftSchema, types, recipients, draftLimits, now });
  const deduplicator = new Deduplicator({ db, now });
  const common = { db, hub, access, limits, writer, now };
  const publisher = new Publisher({ ...common, onError, types, recipients, draftLimits, scheduler, deduplicator });
  const settlement = new Settlement(db, access);
  stack.use(
    new Housekeeper({
      ...{ db, writer, log, now },
      tellExpired: (expired) => hub.tellExpired(expired),
      isSettled: (sent) => settlement.isSettled(sent),
      stepObjection: (orderer, channel) => findStepObjection({ db, access }, orderer, channel),
      objection: (row, draft) => scheduler.objection(row, draft),
      rememberKeys: REMEMBERED,
      onError: (err) => logger.error({ err }, "Housekeeping failed; it is tried again"),
    }),
  );
  return {
    draftSchema,
    publisher,
    scheduler,
    remover: new Remover({ db, writer, access, now }),
    acknowledgementDesk: new AcknowledgementDesk({ db, writer, access, settlement, hub, now }),
    typeDesk: new TypeDesk(db, writer, access),
  };
}

/** What callers do with the hub. */
export type Desks = ReturnType<typeof buildReading> & ReturnType<typeof buildPublishing>;
