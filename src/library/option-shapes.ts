import { fail } from '../errors.ts';
import { shown } from '../options/given.ts';

/** What a value of an option must be, in words, and whether it is that. */
interface Shape {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const areTexts: Shape = {
  words: 'a map of texts',
  holds: (value) => isObject(value) && Object.values(value).every(isText),
};
const text: Shape = { words: 'a text that is not empty', holds: (value) => isText(value) && value !== '' };
const isSwitch: Shape = { words: 'true or false', holds: (value) => typeof value === 'boolean' };
const aFunction: Shape = { words: 'a function', holds: (value) => typeof value === 'function' };
const object: Shape = { words: 'an object', holds: isObject };
const lists = ['models', 'endpointConfigs', 'endpoints'];

/** What the functions of the library take beside the options of the command line. */
const shapes = {
  image: text,
  cwd: text,
  project: text,
  home: text,
  engine: {
    words: 'an address or an engine that is open',
    holds: (value) =>
      isText(value) || (isObject(value) && ['images', 'networks', 'volumes', 'containers', 'settings'].every((part) => part in value)),
  },
  ephemeral: isSwitch,
  lasting: isSwitch,
  labels: areTexts,
  extraHosts: areTexts,
  buckets: areTexts,
  networks: {
    words: "a list of { network: 'id or name', aliases?: ['…'] }",
    holds: (value) => Array.isArray(value) && value.every((each: unknown) => isObject(each) && isText(each.network)),
  },
  signal: { words: 'an AbortSignal', holds: (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value },
  requestMembers: object,
  requests: {
    words: '{ models: […], endpointConfigs: […], endpoints: […] }',
    holds: (value) => isObject(value) && lists.every((name) => Array.isArray(value[name])),
  },
  alarms: object,
  onBegin: aFunction,
  onFinding: aFunction,
} satisfies Record<string, Shape>;

export type ShapedOption = keyof typeof shapes;

/** Refuses what is no set of options, and values that are not what they must be. What a command has besides is not looked at. Errors: WrongUsage. */
export function refuseMisshapen(options: unknown, own: readonly ShapedOption[]): void {
  if (!isObject(options)) throw wrong(`The options are ${shown(options)}.`, "Give an object, such as { image: 'my-image' }.");
  for (const name of own) {
    const value = options[name];
    const { words, holds }: Shape = shapes[name];
    if (value !== undefined && !holds(value))
      throw wrong(`${name}: ${shown(value)} is not ${words}.`, `Give ${words}, or leave ${name} out.`);
  }
}

const wrong = (message: string, remedy: string): Error => fail('WrongUsage', { message, remedy });
