import type { CheckReport } from './check-report.ts';
import type { CheckOptions } from './options.ts';

/**
 * Says why the cloud would refuse an image, or break it: `sm-local check` as a function. What is found is in the report; nothing is left.
 *
 * ```ts
 * const report = await check({ image: './iris', input: { train: './data' }, failOn: 'warning' });
 * assert.ok(report.isSound, report.text);
 * ```
 *
 * Errors: WrongUsage, BuildFailed, …; trouble of the engine; the reason of the signal.
 */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const { checkAsked } = await import('./checked.ts'); // loaded by those who check
  return await checkAsked(options);
}
