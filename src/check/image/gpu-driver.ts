import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';

export const gpuDriver: Check = {
  name: 'gpu-driver',
  area: 'image',
  proves: 'the image carries no NVIDIA driver',
  severity: 'error',
  source: sources.hosting,
  async look(subject) {
    const { files } = await subject.content();
    const drivers = [...files].flatMap(([path, { kind, size }]) => (kind === 'file' && size > 0 && isDriver(path) ? [path] : []));
    if (drivers.length === 0) return passed('No library of an NVIDIA driver is in the image.');
    return failed(
      `${listed(drivers)} ${drivers.length === 1 ? 'belongs' : 'belong'} to an NVIDIA driver. The instance brings its own, of another version than the image's, and programs that find the wrong one see no GPU.`,
      {
        remedy:
          'Install the CUDA libraries without the driver (cuda-runtime or cuda-libraries instead of cuda, cuda-drivers or libnvidia-compute), or start from nvidia/cuda.',
        items: drivers,
      },
    );
  },
};

/** Libraries that are of one version with the kernel's module; not what programs are linked against, nor what CUDA brings for older drivers. */
const isDriver = (path: string): boolean =>
  /\/lib(?:cuda|nvidia-ml)\.so\.\d[\d.]*$/.test(path) && !/\/(?:stubs|[^/]*compat[^/]*)\//.test(path);
