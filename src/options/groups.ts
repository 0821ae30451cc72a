import { type OptionName, optionNames } from './options.ts';

/** Under which heading of the help an option stands; those that are named nowhere stand under a command's own. */
const groups = {
  'Data and results:': [
    ...(['input', 'input-mode', 'file-system', 'manifest-names', 'pipe-within', 'content-type', 'model', 'writable-model'] as const),
    ...(['checkpoints', 'output', 'compression', 'metric', 'capture', 'access-log'] as const),
  ],
  'While you develop:': ['watch', 'sync', 'debug', 'debug-wait', 'debug-port'],
  'Program:': ['source-dir', 'entry-point', 'hp', 'hyperparameters', 'env', 'entrypoint', 'args'],
  'Image:': ['build-arg', 'tag', 'file', 'target', 'platform', 'no-cache', 'pull', 'cache-from', 'secret', 'label'],
  'Instances, limits and faults:': [
    ...(['instance-type', 'instance-count', 'instance-limits', 'gpus', 'shuffle-hosts', 'network-isolation', 'max-run', 'limit'] as const),
    ...(['speed', 'interrupt-after', 'max-wait', 'fault', 'fast-fail', 'cloud-modes'] as const),
  ],
  'AWS:': ['region', 'account', 'role', 'credentials', 'assume-role', 'profile', 's3-endpoint', 'ecr-login'],
  'This machine:': ['project', 'home', 'engine', 'workspace'],
  'What is printed:': ['json', 'quiet', 'verbose'],
} as const satisfies Record<string, readonly OptionName[]>;

/** The options of a command by heading, in the order of the help. */
export function grouped(options: readonly OptionName[]): readonly (readonly [heading: string, options: readonly OptionName[]])[] {
  const named: readonly (readonly [string, readonly OptionName[]])[] = Object.entries(groups);
  const elsewhere = new Set(named.flatMap(([, names]) => names));
  const own = optionNames.filter((name) => !elsewhere.has(name));
  return [['Options:', own] as const, ...named]
    .map(([heading, names]) => [heading, names.filter((name) => options.includes(name))] as const)
    .filter(([, names]) => names.length > 0);
}
