import { sagemakerOperations } from '../../contract/aws-operations.ts';
import { inputs, type Operation as Shape } from '../../contract/aws-shapes.ts';
import { localLocations } from '../../contract/local-locations.ts';
import type { Account } from '../../contract/names.ts';
import { fail } from '../../errors.ts';
import { type JsonOperation, jsonService } from '../json-service.ts';
import type { Caller, Service } from '../service.ts';
import { hostingOperations } from './hosting-operations.ts';
import type { SageMaker } from './sagemaker.ts';
import { trainingOperations } from './training-operations.ts';

export interface SageMakerServiceOptions {
  /** SageMaker as the caller has it. */
  readonly sagemaker: (caller: Account) => SageMaker;
  /** Whether nothing new is to be begun any more. */
  readonly isEnding?: () => boolean;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** SageMaker's control plane. */
export const sagemakerService = ({ sagemaker, isEnding = () => false, onFailure }: SageMakerServiceOptions): Service =>
  jsonService({
    title: 'Amazon SageMaker',
    target: 'SageMaker',
    version: '1.1',
    operations: Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [name, of(name, operation, { sagemaker, isEnding })]),
    ),
    known: sagemakerOperations,
    ...(onFailure && { onFailure }),
  });

type Operation = (sagemaker: SageMaker, input: unknown, caller: Caller, signal: AbortSignal) => Promise<object | undefined>;

/** By name: what is served. */
export const operations: Readonly<Record<string, Operation>> = { ...trainingOperations, ...hostingOperations };

const of =
  (name: string, operation: Operation, { sagemaker, isEnding }: Required<Omit<SageMakerServiceOptions, 'onFailure'>>): JsonOperation =>
  async (input, caller, signal) => {
    if (isEnding() && /^(Create|Update)/.test(name)) throw fail('ApiEnding', {});
    if (caller.isContainer && Object.hasOwn(inputs, name)) refuseLocal(name as Shape, input);
    return await operation(sagemaker(caller), input, caller, signal);
  };

/** A program in a container must not come by the files of this machine through a job of its own. Errors: InvalidRequest. */
function refuseLocal(name: Shape, input: unknown): void {
  const [first] = localLocations(name, input);
  if (first === undefined) return;
  throw fail('InvalidRequest', {
    message: `${first} names a place on the machine of sm-local, which code in a container may not.`,
    remedy: 'Use an s3:// address.',
  });
}
