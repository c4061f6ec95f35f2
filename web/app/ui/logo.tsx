/** Belfry's mark: a bell under a roof. */
export function Logo(props: { readonly size: number }) {
  return (
    <svg class="logo" width={props.size} height={props.size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-ground" width="32" height="32" rx="8" />
      <path class="logo-line" d="M7 14 16 6l9 8" />
      <path
        class="logo-shape"
        d="M16 13.5a4.2 4.2 0 0 0-4.2 4.2v2.6L10.4 23h11.2l-1.4-2.7v-2.6a4.2 4.2 0 0 0-4.2-4.2ZM14.2 24.6a1.9 1.9 0 0 0 3.6 0Z"
      />
    </svg>
  );
}
