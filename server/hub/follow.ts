import type { FollowInput } from "../rules/follow.ts";
import type { PreferenceFilter } from "../rules/preference_filter.ts";
import { severityRank } from "../rules/severity.ts";
import type { Filter } from "./filter.ts";

/** What a reader may see. */
export interface Sight {
  /** The channels of its wishes that it may read; null: all that there are and will be. */
  readonly channels: ReadonlySet<string> | null;
  /** Whose targeted notifications it sees; null: nobody's. */
  readonly user: string | null;
  /** Whether it sees what is addressed to others too. */
  readonly seesTargeted: boolean;
  /** What its user does not want to be shown; null: nothing. */
  readonly preferences: PreferenceFilter | null;
}

/** The filter of a reader's wishes within what it may see. */
export function toFilter({ types, minSeverity }: FollowInput, sight: Sight): Filter {
  return {
    ...sight,
    types: types ? new Set(types) : null,
    minSeverity: minSeverity ? severityRank(minSeverity) : 0,
  };
}
