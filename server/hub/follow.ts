import { findMissingChannels } from "../../db/channels.ts";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import type { FollowInput } from "../rules/follow.ts";
import { severityRank } from "../rules/severity.ts";
import type { Filter } from "./filter.ts";

/** Whom the filter is for. */
export interface FollowOptions {
  readonly user: string | null;
}

/** The filter of a reader's wishes. @throws {NotFoundError} when it names a channel that does not exist. */
export function toFilter(db: Database, input: FollowInput, { user }: FollowOptions): Filter {
  const { channels, types, minSeverity } = input;
  const [missing] = channels ? findMissingChannels(db, channels) : [];
  if (missing !== undefined) throw new NotFoundError(`Cannot follow channel "${missing}": there is no such channel`);
  return {
    channels: channels ? new Set(channels) : null,
    types: types ? new Set(types) : null,
    minSeverity: minSeverity ? severityRank(minSeverity) : 0,
    user,
    seesTargeted: false,
  };
}
