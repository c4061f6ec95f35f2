import type { Gap } from "../rules/stream_item.ts";
import type { Page } from "./pages.ts";

/** What a reader was told of losses: what is kept between them comes in several pages, each with the same gap. */
export class GapMemory {
  readonly #onTold: () => void;
  /** Up to this id something is lost, and the reader knows. */
  #told = 0;

  constructor(onTold: () => void) {
    this.#onTold = onTold;
  }

  /** Whether a page says more than the reader was told. */
  isNews({ gap }: Page): boolean {
    return gap !== null && (gap.trimmed ?? 0) > this.#told;
  }

  /** The gap that the reader has to be told of before a page; null: none. */
  take(page: Page): Gap | null {
    if (!this.isNews(page)) return null;
    this.#told = page.gap?.trimmed ?? 0;
    this.#onTold();
    return page.gap;
  }
}
