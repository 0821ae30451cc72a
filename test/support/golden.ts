import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { TrainingPlace } from '../../src/contract/training.ts';

/** One training job as one of its hosts must see it, as written down in fixtures/opt-ml. */
export interface GoldenCase {
  readonly name: string;
  readonly request: CreateTrainingJobRequest;
  readonly place: TrainingPlace;
  /** Path under /opt/ml -> bytes. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Paths under /opt/ml. */
  readonly directories: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly process: { readonly entrypoint?: readonly string[]; readonly command: readonly string[] };
}

const root = dirname(fileURLToPath(import.meta.resolve('#fixtures/opt-ml/README.md')));

export const goldenCases = (): readonly GoldenCase[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readGoldenCase(name));

export function readGoldenCase(name: string): GoldenCase {
  const directory = join(root, name);
  const json = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const paths = readdirSync(join(directory, 'input'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return {
    name,
    request: json('request.json') as GoldenCase['request'],
    place: json('place.json') as GoldenCase['place'],
    files: new Map(paths.map((path) => [relative(directory, path).split(sep).join('/'), readFileSync(path)])),
    directories: json('directories.json') as GoldenCase['directories'],
    environment: json('environment.json') as GoldenCase['environment'],
    process: json('process.json') as GoldenCase['process'],
  };
}
