import { obstacleTexts } from '../engine/file-sharing.ts';
import { sharingOf } from '../workspace-choice.ts';
import { type Check, ok, warning } from './finding.ts';

/** Tried anew, whatever is remembered. */
export const fileSharingCheck: Check = {
  name: 'file sharing',
  needs: ['home', 'disk of home', 'engine'],
  async look({ emulator, signal }) {
    const { obstacles, showsFiles, takesFiles } = await sharingOf(emulator, { afresh: true, signal });
    const facts = { obstacles, strategy: takesFiles ? 'bind' : 'archive' };
    if (takesFiles) return ok('directories are mounted into containers as they are (bind)', facts);
    const why = obstacles.map((obstacle) => obstacleTexts[obstacle]).join('; ');
    if (showsFiles) return ok(`inputs are mounted; results come back through the engine's archive API (archive), because ${why}`, facts);
    return warning(
      `all files travel through the engine's archive API (archive), because ${why}`,
      'Works, at the cost of copying. An engine on this machine that shares its files avoids it.',
      facts,
    );
  },
};
