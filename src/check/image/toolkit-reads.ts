/** A script that reads a variable of the training toolkit and fails, or goes wrong, without it. */
export interface Read {
  readonly name: string;
  readonly line: number;
}

/** What the toolkit sets. Source: SageMaker Training Toolkit, "ENVIRONMENT_VARIABLES.md". */
const toolkits =
  'SM_(?:CHANNEL_[A-Z0-9_]+|CHANNELS|HPS|HP_[A-Za-z0-9_]+|MODEL_DIR|CURRENT_HOST|CURRENT_INSTANCE_(?:TYPE|GROUP|GROUP_HOSTS)|HOSTS|NUM_(?:GPUS|CPUS|NEURONS)|LOG_LEVEL|NETWORK_INTERFACE_NAME|USER_ARGS|USER_ENTRY_POINT|INPUT_(?:DIR|CONFIG_DIR|DATA_CONFIG)|OUTPUT_(?:DIR|DATA_DIR|INTERMEDIATE_DIR)|RESOURCE_CONFIG|MODULE_(?:NAME|DIR)|FRAMEWORK_(?:MODULE|PARAMS)|TRAINING_ENV|MASTER|IS_(?:MASTER|HETERO)|INSTANCE_GROUPS(?:_DICT)?|JOB_NAME)';

/** Where what they name always is. */
export const fixedPlaces: Readonly<Record<string, string>> = {
  SM_MODEL_DIR: '/opt/ml/model',
  SM_CHANNEL_TRAIN: '/opt/ml/input/data/train',
  SM_CHANNEL_TRAINING: '/opt/ml/input/data/training',
  SM_OUTPUT_DATA_DIR: '/opt/ml/output/data',
  SM_OUTPUT_DIR: '/opt/ml/output',
};

const quoted = `["'](${toolkits})["']`;

/** Ways to read one that count on it. Whoever asks for one that may be missing, as `environ.get` does, is ready for that. */
const reading: readonly RegExp[] = [
  new RegExp(`\\benviron\\[\\s*${quoted}\\s*\\](?!\\s*=[^=])`, 'g'), // Python
  new RegExp(`\\$(?:(${toolkits})\\b|\\{(${toolkits})\\})`, 'g'), // shell
];

/** A line that only asks whether there is one. */
const isQuestion = (line: string): boolean => /^\s*(?:el)?if\b|\bis (?:not )?None\b|\bnot in\b|\[\[? -[nz] /.test(line);

const isComment = (line: string): boolean => /^\s*(?:#|\/\/|\*)/.test(line);

export function readsOf(script: string): readonly Read[] {
  if (!script.includes('SM_')) return [];
  return script.split('\n').flatMap((line, index) => {
    if (isComment(line) || isQuestion(line)) return [];
    const names = reading.flatMap((pattern) =>
      [...line.matchAll(pattern)].map((match) => match.slice(1).find((each) => each !== undefined) ?? ''),
    );
    return names.filter((name) => !isGuarded(name, script)).map((name) => ({ name, line: index + 1 }));
  });
}

/** Whether the script asks anywhere if there is one, or is ready for there being none. */
const isGuarded = (name: string, script: string): boolean =>
  new RegExp(
    `["']${name}["']\\s+(?:not\\s+)?in\\b|\\[\\[? -[nz] "?\\$\\{?${name}|\\bexcept\\b[^\\n]*\\bKeyError\\b|if\\s*\\(?[^\\n]*${name}`,
  ).test(script);

/** Variables that a script sets, for itself or for what it starts. */
export const setsIn = (script: string): readonly string[] =>
  [
    ...script.matchAll(
      new RegExp(
        `(?:^|[\\s;&])(?:export\\s+)?(${toolkits})=|environ\\[${quoted}\\]\\s*=[^=]|setdefault\\(\\s*${quoted}|Sys\\.setenv\\(\\s*(${toolkits})|process\\.env\\.(${toolkits})\\s*=[^=]|\\$\\{(${toolkits}):=`,
        'gm',
      ),
    ),
  ].map((match) => match.slice(1).find((each) => each !== undefined) ?? '');
