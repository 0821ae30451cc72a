import { fail } from '../errors.ts';
import { readDocument } from './document.ts';

/** The hyperparameters in a file of JSON or YAML. Errors: as `readDocument`; InvalidRequest for values that are not strings, by name. */
export async function readHyperparameters(source: string, cwd: string): Promise<Readonly<Record<string, string>>> {
  const { name, value } = await readDocument('--hyperparameters', source, cwd);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('InvalidRequest', {
      message: `The hyperparameters in ${name} must be a map from names to strings.`,
      remedy: 'Write one entry for each, for example {"epochs": "10"}.',
    });
  }
  const wrong = Object.entries(value).filter(([, content]) => typeof content !== 'string');
  if (wrong.length === 0) return value as Readonly<Record<string, string>>;
  const names = wrong.map(([key, content]) => `${key} (${JSON.stringify(content)})`).join(', ');
  throw fail('InvalidRequest', {
    message: `The hyperparameters in ${name} must all be strings; these are not: ${names}.`,
    remedy: `SageMaker's API takes strings only. Put the values in quotes, e.g. "${wrong[0]?.[0]}": ${JSON.stringify(JSON.stringify(wrong[0]?.[1]))}.`,
  });
}
