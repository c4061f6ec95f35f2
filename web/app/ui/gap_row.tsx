import Unlink from "lucide-solid/icons/unlink";
import type { Gap } from "../../client/mod.ts";

const REASONS = {
  trimmed: "Some notifications are missing here: they are no longer kept",
  epoch: "The hub’s database was replaced; what was here before is not in it",
  ahead: "The hub went back to an earlier state; newer notifications were lost",
} as const;

/** A line where the list is not whole. */
export function GapRow(props: { readonly gap: Gap }) {
  return (
    <p class="gap-row">
      <Unlink size={14} />
      {REASONS[props.gap.reason]}
    </p>
  );
}
