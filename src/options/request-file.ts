import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type ClientRefusal, clientRefusals, type Operation } from '../contract/client-refusals.ts';
import { fail } from '../errors.ts';
import { placesIn, readDocument, type WrittenDocument } from './document.ts';

/**
 * The request in a file that the AWS CLI takes as `--cli-input-json` or `--cli-input-yaml`, checked as far as that checks it: what AWS has no
 * such member for, and what is of the wrong type, is refused with its line and column. What is missing may come from flags. Errors: as
 * `readDocument`; InvalidRequest.
 */
export async function readTrainingRequest(source: string, cwd: string): Promise<Partial<CreateTrainingJobRequest>> {
  return (await readRequest('CreateTrainingJob', source, cwd)) as Partial<CreateTrainingJobRequest>;
}

async function readRequest(operation: Operation, source: string, cwd: string): Promise<unknown> {
  const document = await readDocument('--request', source, cwd);
  await refuseMistakes(document, clientRefusals(operation, document.value));
  return document.value;
}

/** What AWS's clients would not send is refused with its line and column. Errors: InvalidRequest. */
export async function refuseMistakes(document: WrittenDocument, found: readonly ClientRefusal[]): Promise<void> {
  if (found.length === 0) return;
  const refusals = found.slice(0, mostReported);
  const places = await placesIn(
    document,
    refusals.map(({ path }) => path),
  );
  throw fail('InvalidRequest', {
    message: refusals.map(({ message }, index) => `${places[index]}: ${message}`).join('\n'),
    remedy: [...new Set(refusals.map(({ advice }) => advice))].join(' '),
  });
}

/** As many as the service itself names. */
const mostReported = 10;
