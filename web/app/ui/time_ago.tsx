import { formatAgo, formatExact } from "../state/clock.ts";

/** A time as its distance from now, with the exact time behind it. */
export function TimeAgo(props: { readonly timestamp: string; readonly now: number }) {
  const at = () => Date.parse(props.timestamp);
  return (
    <time class="time" datetime={props.timestamp} title={formatExact(at())}>
      {formatAgo(at(), props.now)}
    </time>
  );
}
