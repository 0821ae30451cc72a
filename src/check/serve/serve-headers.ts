import { type Check, failed, passed } from '../check.ts';
import { isAccepted } from '../evidence/http-call.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const serveHeaders: Check = {
  name: 'serve-headers',
  area: 'serve',
  proves: 'headers that it does not know do not matter',
  severity: 'error',
  needs: ['serve-invocation'],
  source: sources.hosting,
  look: (on) =>
    withSample(on, async (trial, { payload }) => {
      const reply = await on.serving.invoke(trial, payload, { headers });
      const names = Object.keys(headers);
      if (isAccepted(reply)) return passed(`The sample is accepted with ${names.length} more headers.`);
      const culprits: string[] = [];
      for (const name of names) {
        const alone = await on.serving.invoke(trial, payload, { headers: { [name]: headers[name as keyof typeof headers] } });
        if (!isAccepted(alone)) culprits.push(name);
      }
      const which = culprits.length > 0 ? culprits.join(', ') : names.join(', ');
      const remedy = 'Ignore headers that the server does not know: SageMaker adds some, and may add others.';
      return failed(`With the header ${which} the sample is answered with ${told(reply)}.`, { remedy, items: culprits });
    }),
};

/** What clients may send, and what SageMaker may add: no server may count on knowing all of them. Source: contract hosting §5.2. */
const headers = {
  'X-Amzn-SageMaker-Custom-Attributes': 'trace=42; c000b4f9-df62-4c85-a0bf-7c525f9104a4',
  'X-Amzn-SageMaker-Inference-Id': 'check-1',
  'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678',
  'X-Sm-Local-Unheard-Of': 'anything',
} as const;
