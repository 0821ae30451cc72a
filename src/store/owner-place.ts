import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process runs, as far as that decides who can tell that it is gone. Both are short digests. */
export interface Place {
  /** The running kernel: whoever has the same one connects to the very same sockets, in whatever container. */
  readonly kernel: string;
  /** The machine or container, across restarts; absent where two may go by the same one. */
  readonly machine?: string;
}

/** What can be told, from here, of a process that does not answer. */
export type Standing =
  /** It ran on this kernel, which closes sockets with their processes: it is gone. */
  | 'here'
  /** It ran here before a restart: it is gone. */
  | 'before'
  /** It ran on another machine, whose sockets do not answer here anyway: nothing. */
  | 'elsewhere';

let found: Place | undefined;

/** Of this process. */
export function thisPlace(): Place {
  found ??= process.platform === 'linux' ? linuxPlace() : { kernel: digestOf(process.platform) };
  return found;
}

/** The end of an owner's id that says where it is. */
export const placeSuffix = ({ kernel, machine }: Place): string => [kernel, ...(machine === undefined ? [] : [machine])].join('-');

/** `here`: where the one who asks is. */
export function standingOf(id: string, here: Place = thisPlace()): Standing {
  const [, kernel, machine] = /^\d+-[0-9a-f]{12}-([0-9a-f]{8})(?:-([0-9a-f]{8}))?$/.exec(id) ?? [];
  if (kernel === undefined || kernel === here.kernel) return 'here'; // ids of older versions do not say
  return machine !== undefined && machine === here.machine ? 'before' : 'elsewhere';
}

function linuxPlace(): Place {
  const machine = machineName();
  return {
    kernel: digestOf(textOf('/proc/sys/kernel/random/boot_id') ?? hostname()),
    ...(machine !== undefined && { machine: digestOf(machine) }),
  };
}

/**
 * The installation's own id, which containers share with their image and so with other machines: theirs is the name that engines make up
 * for each. One that a person has chosen may be another container's too.
 */
function machineName(): string | undefined {
  const name = hostname();
  if (['pid', 'uts'].every(isFirstNamespace)) {
    const id = textOf('/etc/machine-id');
    return id && `${id} ${name}`;
  }
  return /^[0-9a-f]{12}$/.test(name) ? name : undefined;
}

/** Linux gives the namespaces that it starts with these numbers (include/linux/proc_ns.h); containers have others. */
function isFirstNamespace(kind: string): boolean {
  const first = { pid: 0xeffffffc, uts: 0xeffffffe }[kind];
  try {
    return readlinkSync(`/proc/self/ns/${kind}`) === `${kind}:[${first}]`;
  } catch {
    return false; // there is no /proc, as in some sandboxes
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined; // no such system, or not for us to read: it is told by other signs
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
