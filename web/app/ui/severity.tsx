import CircleCheck from "lucide-solid/icons/circle-check";
import CircleX from "lucide-solid/icons/circle-x";
import Info from "lucide-solid/icons/info";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import TriangleAlert from "lucide-solid/icons/triangle-alert";
import { Dynamic } from "solid-js/web";
import type { Severity } from "../../client/mod.ts";

/** The severities as people read them. */
export const SEVERITY_LABELS: Readonly<Record<Severity, string>> = {
  info: "Info",
  success: "Success",
  warning: "Warning",
  error: "Error",
  critical: "Critical",
};

/** Says which severities are wanted: this one and those that are worse. */
export function andWorse(severity: Severity): string {
  return `${SEVERITY_LABELS[severity]} ${severity === "critical" ? "only" : "and worse"}`;
}

const ICONS = {
  info: Info,
  success: CircleCheck,
  warning: TriangleAlert,
  error: CircleX,
  critical: OctagonAlert,
} as const;

/** A shape of its own for each severity, so that colour is never needed to tell them apart; words stand beside it. */
export function SeverityIcon(props: { readonly severity: Severity; readonly size?: number }) {
  return (
    <span class="severity-icon" data-severity={props.severity}>
      <Dynamic component={ICONS[props.severity]} size={props.size ?? 18} />
    </span>
  );
}
