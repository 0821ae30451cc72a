import { randomUUID } from 'node:crypto';
import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { trainingStateChange } from '../contract/training-event.ts';
import type { JobObserver } from '../jobs/events.ts';
import { Hooks } from './hooks.ts';

/** An observer whose hooks are told, too. Disposing waits until they were. */
export interface HookedObserver extends JobObserver, AsyncDisposable {}

/** Tells hooks of each change of a job's status, in the form of EventBridge. */
export function withHooks(
  observer: JobObserver,
  targets: readonly string[],
  { region, account, now }: { readonly region: string; readonly account: string; readonly now: () => Date },
  signal: AbortSignal,
): HookedObserver {
  const hooks = new Hooks(targets, (message) => observer.event({ event: 'warning', message }), { signal });
  return {
    event: (event) => observer.event(event),
    log: (host, log, from) => observer.log(host, log, from),
    changed(description: DescribeTrainingJobResponse) {
      observer.changed?.(description);
      hooks.send(trainingStateChange(description, { id: randomUUID(), time: now(), region, account }));
    },
    [Symbol.asyncDispose]: () => hooks[Symbol.asyncDispose](),
  };
}
