/** web/app/ui/ owns THE PARTS THAT PAGES ARE MADE OF: they show what they are handed. This file shows the connection. */
import LoaderCircle from "lucide-solid/icons/loader-circle";
import Radio from "lucide-solid/icons/radio";
import Unplug from "lucide-solid/icons/unplug";
import WifiOff from "lucide-solid/icons/wifi-off";
import { Dynamic } from "solid-js/web";
import type { ConnectionState } from "../../client/mod.ts";

const LOOKS = {
  connecting: { icon: LoaderCircle, label: "Connecting…" },
  live: { icon: Radio, label: "Live" },
  offline: { icon: WifiOff, label: "Offline, reconnecting…" },
  closed: { icon: Unplug, label: "Disconnected" },
} as const;

/** Says whether what is on screen is up to date. */
export function ConnectionBadge(props: { readonly state: ConnectionState }) {
  return (
    <p class="connection" role="status" data-state={props.state}>
      <Dynamic component={LOOKS[props.state].icon} size={14} />
      <span class="visually-hidden">Connection: </span>
      <span>{LOOKS[props.state].label}</span>
    </p>
  );
}
