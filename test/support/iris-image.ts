import { join } from 'node:path';
import { baseImage, projectRoot, testEngine } from './real-engine.ts';

/** Builds examples/iris under a name of this process; `removeIrisImage` after the last test that asked for it. */
export async function irisImage(): Promise<string> {
  await testEngine().images.build({
    directory: join(projectRoot, 'examples/iris'),
    tag: irisTag,
    buildArguments: { BASE_IMAGE: baseImage() },
    labels: { 'sm-local.kind': 'image' },
  });
  return irisTag;
}

const irisTag = `sm-local-test/iris-clients:${process.pid}`;

export const removeIrisImage = (): Promise<void> => testEngine().images.remove(irisTag);
