import type { Account } from '../../contract/names.ts';

export interface LogsOptions {
  /** The directory of all logs of an account in a region. */
  readonly logs: (caller: Account) => string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** What an operation has. */
export type LogsContext = Required<Pick<LogsOptions, 'logs' | 'now'>>;
