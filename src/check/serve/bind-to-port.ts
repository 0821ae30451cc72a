import { servingCapabilities, servingPort } from '../../contract/serving.ts';
import { type Check, type Finding, failed, inapplicable, passed } from '../check.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { toldStartUp } from './words.ts';

export const bindToPort: Check = {
  name: 'bind-to-port',
  area: 'serve',
  proves: 'with the label accept-bind-to-port it listens on the port of SAGEMAKER_BIND_TO_PORT',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.multiContainer,
  async look(on) {
    const label = servingCapabilities.acceptBindToPort;
    if (on.image.labels[label] !== 'true') return inapplicable('The image has no label accept-bind-to-port.');
    on.serving.examination.onTrial('serving on another port');
    await using trial = await on.serving.another({ port: otherPort });
    if (trial.isReady) return await untold(on);
    const text = `The image has the label accept-bind-to-port, and with SAGEMAKER_BIND_TO_PORT=${otherPort} ${toldStartUp(trial.startUp)}.`;
    return failed(text, {
      remedy: 'Listen on the port of SAGEMAKER_BIND_TO_PORT, 8080 where it is not set; or drop the label.',
      evidence: trial.lastLines(5),
    });
  },
};

/** Inferred, contract hosting §3: a container on its own may not be told a port, though this emulator does. */
async function untold(on: Subject): Promise<Finding> {
  await using trial = await on.serving.another({ without: ['SAGEMAKER_BIND_TO_PORT', 'SAGEMAKER_SAFE_PORT_RANGE'] });
  if (trial.isReady) return passed(`It listens on port ${otherPort} when it is told to, and else on ${servingPort}.`);
  const text = `It listens on port ${otherPort} when it is told to; without SAGEMAKER_BIND_TO_PORT, ${toldStartUp(trial.startUp)}.`;
  const remedy = `Listen on port ${servingPort} where SAGEMAKER_BIND_TO_PORT is not set.`;
  return failed(text, { remedy, severity: 'note', evidence: trial.lastLines(5) });
}

/** Any but 8080: outside the range that is kept for a container's own use (SAGEMAKER_SAFE_PORT_RANGE). */
const otherPort = 14_080;
