import { type OptionName, optionOf } from './options.ts';

/** Where a command does something else than the others when nothing is said. */
const byCommand: Readonly<Record<string, Readonly<Partial<Record<OptionName, string>>>>> = {
  serve: { port: '8080' },
  up: { port: '4570' },
  env: { format: 'bash' },
  init: { name: "the directory's" },
  check: {
    format: 'text',
    body: 'a few that are made up',
    'max-run': '60s for each trial',
    model: 'what the training leaves',
    input: 'data that is made up',
  },
};

/** What an option is when it is not given, in words. */
export const defaultOf = (name: OptionName, command: string | undefined): string | undefined =>
  (command === undefined ? undefined : byCommand[command]?.[name]) ?? optionOf(name).default;
