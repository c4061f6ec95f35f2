/** What the button for the next page needs. */
export interface MoreButtonProps {
  readonly label: string;
  readonly isLoading: boolean;
  readonly onClick: () => void;
}

/** Loads the next page of a list, once at a time. */
export function MoreButton(props: MoreButtonProps) {
  return (
    <button
      type="button"
      class="button"
      aria-disabled={props.isLoading}
      onClick={() => !props.isLoading && props.onClick()}
    >
      {props.isLoading ? "Loading…" : props.label}
    </button>
  );
}
