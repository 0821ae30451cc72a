/**
 * Whether a file that a program has written there could be something that somebody wants to keep. What belongs to the system, to caches and to
 * settings is not, nor what is below /opt/ml, which has checks of its own.
 */
export const isResultLike = (path: string): boolean =>
  !systemPlaces.test(path) && !hidden.test(path) && !packages.test(path) && !byproducts.test(path);

const systemPlaces = /^\/(opt\/ml|tmp|var|run|dev|proc|sys|etc|usr|lib|lib32|lib64|libx32|bin|sbin|boot)(\/|$)|^\/\.dockerenv$/;

/** `~/.cache`, `~/.config`, `.matplotlib`, … */
const hidden = /\/\./;

const packages = /\/(__pycache__|site-packages|dist-packages|node_modules|[^/]+\.(egg-info|dist-info))(\/|$)/;

const byproducts = /\.(pyc|pyo|pid|lock|sock|swp|log)$|\/(nohup\.out|core(\.\d+)?)$/;
