// An engine that does what another does and notes what that took: where a job's time goes, seen from outside of it.

/**
 * `note`: told of each call, `{ name, from, to }`, times on the clock of `performance.now()`. What calls give is wrapped as well, so that the start of a
 * container that was created here is noted too.
 */
export const noting = (engine, note) => wrapped(engine, '', note);

function wrapped(target, path, note) {
  return new Proxy(target, {
    get(_, key) {
      const value = Reflect.get(target, key, target);
      if (typeof key === 'symbol') return typeof value === 'function' ? value.bind(target) : value;
      const name = path === '' ? key : `${path}.${key}`;
      if (typeof value === 'function') return (...args) => called(() => value.apply(target, args), name, note);
      return isPart(value) && path === '' ? wrapped(value, name, note) : value;
    },
  });
}

function called(call, name, note) {
  const from = performance.now();
  const result = call();
  if (typeof result?.then !== 'function') return result;
  return result.then((value) => {
    note({ name, from, to: performance.now() });
    return isHandle(value) ? wrapped(value, 'container', note) : value;
  });
}

/** `images`, `containers` and the like: what has functions. */
const isPart = (value) => typeof value === 'object' && value !== null && (hasFunction(value) || hasFunction(Object.getPrototypeOf(value)));

const hasFunction = (value) => {
  if (value === Object.prototype || value === null) return false;
  const names = Object.getOwnPropertyNames(value).filter((name) => name !== 'constructor');
  return names.some((name) => typeof Object.getOwnPropertyDescriptor(value, name)?.value === 'function');
};

/** A container, which has methods of its own. */
const isHandle = (value) => typeof value === 'object' && value !== null && typeof value.start === 'function';
