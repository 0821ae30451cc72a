import type { Tag } from '@aws-sdk/client-sagemaker';
import type { Endpoints } from '../../endpoints/endpoints.ts';

/** SageMaker as one account has it in one region: what its operations work on. */
export interface SageMaker {
  readonly endpoints: Endpoints;
  readonly tags: Tags;
  /** Told of what callers ask for in vain; a sentence. */
  readonly warn: (message: string) => void;
}

export interface Tags {
  /** Those of what was just made, in place of whatever there is under its ARN. Errors: DiskTrouble. */
  put(arn: string, tags: readonly Tag[]): Promise<void>;
  /** Of what is gone. Errors: DiskTrouble. */
  forget(arn: string): Promise<void>;
}
