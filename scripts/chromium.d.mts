/** Where Chromium is looked for, after CHROMIUM_PATH. */
export declare const CHROMIUM_PATHS: readonly string[];
/** The path of Chromium, or of Chrome; undefined when there is none. */
export declare function findChromium(): string | undefined;
