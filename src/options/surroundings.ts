/** What options take from where they are given, so that tests, and programs that use the library, can hand in their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly now: () => Date;
  /** As of `EmulatorOptions`. */
  readonly onWarning?: (message: string) => void;
}
