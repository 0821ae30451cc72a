import type { Accounts } from './accounts.ts';
import type { AppOptions } from './api/app.ts';
import { awsApi } from './api/aws-api.ts';
import type { GuardOptions } from './api/guard.ts';
import type { Emulator } from './emulator.ts';

export interface ApiHandlerOptions extends GuardOptions {
  readonly accounts: Accounts;
  readonly longPoll?: number;
  warning(message: string): void;
}

/** Everything that answers at the one port. */
export function apiHandler(emulator: Emulator, options: ApiHandlerOptions): AppOptions {
  throw new Error('not yet');
}
