import { buildOptions } from '../options/build-options.ts';
import { checkOptions } from '../options/check-options.ts';
import { invokeOptions } from '../options/invoke-options.ts';
import type { OptionName } from '../options/options.ts';
import { pushOptions } from '../options/push-options.ts';
import { serveCommandOptions } from '../options/serve-options.ts';
import { trainOptions } from '../options/train-options.ts';
import { upOptions } from '../options/up-options.ts';

/** The commands that have a mapping of their own in a project file. */
export const projectCommands = ['train', 'serve', 'up', 'invoke', 'check', 'build', 'push'] as const;
export type ProjectCommand = (typeof projectCommands)[number];

/**
 * What stands at the top, for every command that has the option: where state is kept, whom a container is told it runs for, and what it
 * runs on. Not what has another meaning for another command (`name`, `limit`, `content-type`), nor what is about one program (`entry-point`).
 */
export const sharedKeys: readonly OptionName[] = [
  'build-arg',
  'env',
  'instance-type',
  'instance-limits',
  'gpus',
  'workspace',
  's3-endpoint',
  'credentials',
  'assume-role',
  'profile',
  'region',
  'account',
  'home',
  'engine',
];

/** What a person decides anew each time, and for `detach` what would start processes without end. */
const commandLineAlone: readonly OptionName[] = [
  ...(['json', 'dry-run', 'watch', 'debug', 'debug-wait', 'detach', 'only', 'explain', 'write-baseline'] as const),
];

const keysOf = (options: readonly OptionName[]): readonly OptionName[] => options.filter((name) => !commandLineAlone.includes(name));

/** The options that may stand under each command. */
export const commandKeys: Readonly<Record<ProjectCommand, readonly OptionName[]>> = {
  train: keysOf(trainOptions),
  serve: keysOf(serveCommandOptions),
  up: keysOf(upOptions),
  invoke: keysOf(invokeOptions),
  check: keysOf(checkOptions),
  build: keysOf(buildOptions),
  push: keysOf(pushOptions),
};

/** The commands that take an image; `image` stands at the top or under one of them. */
export const commandsOfImages: readonly ProjectCommand[] = ['train', 'serve', 'check', 'build'];

/**
 * What a command takes from the mappings of others, where its own says nothing: an image is checked with the data that it is trained on, the
 * model that it serves and the body that it is invoked with; with that an endpoint is invoked after each change.
 */
export const borrowedKeys: Readonly<Partial<Record<ProjectCommand, Readonly<Partial<Record<ProjectCommand, readonly OptionName[]>>>>>> = {
  check: {
    train: ['input', 'input-mode', 'hp', 'hyperparameters'],
    serve: ['model'],
    invoke: ['body', 'content-type', 'accept'],
  },
  serve: { invoke: ['body', 'content-type', 'accept'] },
};

export const isProjectCommand = (name: string): name is ProjectCommand => (projectCommands as readonly string[]).includes(name);
