import { sagemakerOperations } from '../../contract/aws-operations.ts';
import type { Account } from '../../contract/names.ts';
import { type JsonOperation, jsonService } from '../json-service.ts';
import type { Caller, Service } from '../service.ts';
import { hostingOperations } from './hosting-operations.ts';
import type { SageMaker } from './sagemaker.ts';
import { trainingOperations } from './training-operations.ts';

export interface SageMakerServiceOptions {
  /** SageMaker as the caller has it. */
  readonly sagemaker: (caller: Account) => SageMaker;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** SageMaker's control plane. */
export const sagemakerService = ({ sagemaker, onFailure }: SageMakerServiceOptions): Service =>
  jsonService({
    title: 'Amazon SageMaker',
    target: 'SageMaker',
    version: '1.1',
    operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, of(operation, sagemaker)])),
    known: sagemakerOperations,
    ...(onFailure && { onFailure }),
  });

type Operation = (sagemaker: SageMaker, input: unknown, caller: Caller, signal: AbortSignal) => Promise<object | undefined>;

/** By name: what is served. */
export const operations: Readonly<Record<string, Operation>> = { ...trainingOperations, ...hostingOperations };

const of =
  (operation: Operation, sagemaker: SageMakerServiceOptions['sagemaker']): JsonOperation =>
  (input, caller, signal) =>
    operation(sagemaker(caller), input, caller, signal);
