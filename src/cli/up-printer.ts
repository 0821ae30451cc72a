import type { Account } from '../contract/names.ts';
import type { EndpointObserver, HostedEvent } from '../endpoints/hosted-endpoint.ts';
import type { JobEvent, JobObserver } from '../jobs/events.ts';
import { elapsed } from '../units.ts';
import type { AccountsObserver } from '../up/accounts.ts';
import type { RunningApi } from '../up/up.ts';
import { type Io, style } from './io.ts';
import { type JsonEvent, jsonTeller } from './json-lines.ts';
import { shortPath } from './train-summary.ts';

/** Tells what `sm-local up` does. Lines of containers are in their logs, for `sm-local logs` and CloudWatch Logs to show. */
export interface UpPrinter {
  readonly observer: AccountsObserver;
  readonly warn: (message: string) => void;
  ready(api: RunningApi, home: string): void;
  /** The n-th Ctrl-C. `grace`: seconds from SIGTERM to SIGKILL. */
  interrupted(count: number, grace: number, keeps: boolean): void;
  /** Resolves when everything told so far has been written. */
  drained(): Promise<void>;
}

type EndpointEvent = Parameters<EndpointObserver['event']>[0];

/** One JSON object a line on stdout; each says what it is about. */
export function jsonUpPrinter(io: Io): UpPrinter {
  let last: Promise<unknown> = Promise.resolve();
  const tell = jsonTeller(io, ['ready']);
  const line = <E extends JsonEvent>(event: E): void => {
    last = tell(event);
  };
  const warn = (message: string): void => line({ event: 'warning', message });
  return {
    warn,
    observer: {
      warning: warn,
      // A metric's event has a name of its own.
      job: ({ account, region }, job) => ({ event: (event) => line({ ...event, job, account, region }), log() {} }),
      endpoint: ({ account, region }) => ({ event: (event) => line({ ...event, account, region }), log() {} }),
    },
    ready: ({ url, containerUrl }, home) => line({ event: 'ready', url, containerUrl, home, pid: process.pid }),
    interrupted: () => undefined,
    drained: async () => void (await last),
  };
}

/** Lines for people on stderr. */
export function humanUpPrinter(io: Io): UpPrinter {
  const { bold, dim, green, red, yellow } = style(io.color);
  let last: Promise<unknown> = Promise.resolve();
  const say = (text: string): void => {
    last = io.err.write(`${text}\n`);
  };
  const warn = (message: string): void => say(yellow(`Warning: ${message}`));
  const statusColor = (status: string): string =>
    status === 'Failed' ? red(status) : status === 'InService' || status === 'Completed' ? green(status) : status;
  const job = (name: string, event: JobEvent): void => {
    if (event.event === 'status') say(`training-job ${bold(name)} ${statusColor(event.secondaryStatus)} ${dim(event.message)}`);
    else if (event.event === 'warning') say(yellow(`training-job ${name}: ${event.message}`));
    else if (event.event === 'result' && event.describe.FailureReason !== undefined)
      say(`training-job ${bold(name)} ${red(event.describe.FailureReason)}`);
  };
  const endpoint = (event: EndpointEvent): void => {
    if (event.event === 'status') say(endpointStatus(event));
    else if (event.event === 'warning') warn(event.message);
    else if (event.event === 'deployment' && event.what === 'rolling-back') say(yellow(`endpoint ${event.endpoint}: ${event.why}`));
    else if (event.event === 'instance') {
      const text = troubleOf(event);
      if (text !== undefined) say(yellow(`endpoint ${event.endpoint}: ${text}`));
    }
  };
  const endpointStatus = ({ endpoint: name, status, failureReason }: HostedEvent & { event: 'status' }): string =>
    `endpoint ${bold(name)} ${statusColor(status)}${failureReason === undefined ? '' : ` ${red(failureReason)}`}`;
  return {
    warn,
    observer: {
      warning: warn,
      job: (_account: Account, name): JobObserver => ({ event: (event) => job(name, event), log() {} }),
      endpoint: () => ({ event: endpoint, log() {} }),
    },
    ready({ url }, home) {
      if (io.level === 'quiet') last = io.out.write(`${url}\n`); // its result
      say(`sm-local is ready at ${bold(url)} ${dim(`(home ${shortPath(home, io.cwd)})`)}`);
      say(`  ${dim('Set a client up:')} eval "$(sm-local env)"   ${dim('Ctrl-C ends it.')}`);
    },
    interrupted(count, grace, keeps) {
      if (count === 1 && keeps) say('\nEnding; jobs and endpoints go on, for the next sm-local up to take over.');
      else if (count === 1) say(`\nEnding: containers get SIGTERM and up to ${elapsed(grace)}. Ctrl-C again kills them at once.`);
      else if (count === 2)
        say('\nKilling them. Ctrl-C again leaves at once; what is left in the engine is then removed in the background.');
    },
    drained: async () => void (await last),
  };
}

/** What happens to an instance that somebody should know of. */
function troubleOf(event: EndpointEvent & { event: 'instance' }): string | undefined {
  switch (event.what) {
    case 'exited':
      return `${event.instance} ended with exit code ${event.exit.code}${event.exit.oomKilled ? ', out of memory' : ''}`;
    case 'unhealthy':
      return `${event.instance} is unhealthy: ${event.why}`;
    case 'gave-up':
      return `${event.instance} is given up. ${event.message}`;
    case 'trouble':
      return `${event.instance}: ${event.message}`;
    default:
      return undefined;
  }
}
