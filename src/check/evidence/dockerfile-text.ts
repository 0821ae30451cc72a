/** A Dockerfile as it is written. */
export interface DockerfileText {
  /** Relative to the directory: `Dockerfile`. */
  readonly file: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals: `ENTRYPOINT`. */
  readonly name: string;
  /** What follows, continued lines joined. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
  /** Number of the stage that it belongs to, from 0; instructions before the first FROM have none. */
  readonly stage: number | undefined;
}

export async function readDockerfile(_directory: string): Promise<DockerfileText> {
  return { file: 'Dockerfile', instructions: [] };
}
