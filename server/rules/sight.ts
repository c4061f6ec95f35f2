/** What somebody may see of what is published: the ground of stream, list, count, search, latest and export alike. */
export interface Sight {
  /** The channels that it asks for and may read; null: all that there are and will be. */
  readonly channels: ReadonlySet<string> | null;
  /** Whose targeted notifications it sees; null: nobody's. */
  readonly user: string | null;
  /** Whether it sees what is addressed to others too. */
  readonly seesTargeted: boolean;
}
