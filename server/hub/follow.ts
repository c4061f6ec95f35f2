import type { FollowInput } from "../rules/follow.ts";
import { severityRank } from "../rules/severity.ts";
import type { Filter } from "./filter.ts";

/** What a reader may see. */
export interface Sight {
  /** The channels of its wishes that it may read; null: all that there are and will be. */
  readonly channels: ReadonlySet<string> | null;
  /** Whose targeted notifications it sees; null: nobody's. */
  readonly user: string | null;
}

/** The filter of a reader's wishes within what it may see. */
export function toFilter({ types, minSeverity }: FollowInput, { channels, user }: Sight): Filter {
  return {
    channels,
    types: types ? new Set(types) : null,
    minSeverity: minSeverity ? severityRank(minSeverity) : 0,
    user,
    seesTargeted: false,
  };
}
