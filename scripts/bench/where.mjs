// Where the time goes: of a job, of a request, of processes; and what nobody should see of what goes on beside them.

import { heap } from './heap.mjs';
import { named } from './names.mjs';
import { orGivenUp } from './run-goals.mjs';
import { amount } from './table.mjs';
import { jobBreakdown, jobText } from './where-job.mjs';
import { packedBeside, packedText } from './where-packed.mjs';
import { profiles, profilesText } from './where-profiles.mjs';
import { requestLadder, requestText } from './where-request.mjs';

const parts = [
  { id: 'breakdown', title: 'a no-op job, by what it waits for', find: jobBreakdown, text: jobText },
  { id: 'request', title: 'a request of 1 KB, one step more at a time', find: requestLadder, text: requestText },
  { id: 'profile', title: 'where processes spend their own time', find: profiles, text: profilesText },
  { id: 'heap', title: 'the heap of sm-local serve over requests', find: heap, text: heapText },
  { id: 'packed', title: 'requests while an archive is packed in the same process', find: packedBeside, text: packedText },
];

/** Those of these names, or all. Errors: UnknownName. */
export const partsOf = (names) => named('part', parts, names);

/** `names`: of some of them. `{ found, text, isPassed }`. */
export async function where(workshop, names) {
  const wanted = partsOf(names);
  const found = {};
  const texts = [];
  let isPassed = true;
  for (const { id, title, find, text } of wanted) {
    if (workshop.signal.aborted) break;
    try {
      found[id] = await orGivenUp(find(workshop), workshop.signal);
      texts.push(`${id}: ${title}\n${text(found[id])}`);
      if (found[id].isMet === false) isPassed = false;
    } catch (error) {
      if (workshop.signal.aborted) break;
      isPassed = false;
      found[id] = { why: error.message };
      texts.push(`${id}: FAILED: ${error.message}`);
    }
  }
  return { found: { where: found }, text: texts.join('\n\n'), isPassed };
}

function heapText({ steps, isMet }) {
  const lines = steps.map(
    ({ requests, used, resident }) => `  ${`${requests}`.padStart(7)} requests  heap ${amount(used)} MB  process ${amount(resident)} MB`,
  );
  return [...lines, `  ${isMet ? 'it does not grow' : 'IT GROWS'}`].join('\n');
}
