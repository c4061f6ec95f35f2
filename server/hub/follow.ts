import type { FollowInput } from "../rules/follow.ts";
import type { PreferenceFilter } from "../rules/preference_filter.ts";
import { severityRank } from "../rules/severity.ts";
import type { Sight } from "../rules/sight.ts";
import type { Filter } from "./filter.ts";

/** What a reader may see, and wants to. */
export interface FollowSight extends Sight {
  /** What its user does not want to be shown; null: nothing. */
  readonly preferences: PreferenceFilter | null;
}

/** The filter of a reader's wishes within what it may see. */
export function toFilter({ types, minSeverity }: FollowInput, sight: FollowSight): Filter {
  return {
    ...sight,
    types: types ? new Set(types) : null,
    minSeverity: minSeverity ? severityRank(minSeverity) : 0,
  };
}
