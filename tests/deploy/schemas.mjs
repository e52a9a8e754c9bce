// Validates objects against the schemas of Kubernetes and of the operators.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const packages = ['kubernetes-models', '@kubernetes-models/prometheus-operator', '@kubernetes-models/cert-manager'];

function modelOf({ apiVersion, kind }) {
  for (const name of packages) {
    try {
      return require(`${name}/${apiVersion}/${kind}`)[kind];
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    }
  }
  return undefined;
}

// The schemas allow unknown members. A validator reads each member that its schema names, so a member that nothing has read is
// one that Kubernetes would refuse or drop.
function watched(value, path, looks) {
  if (value === null || typeof value !== 'object') return value;
  const members = new Map();
  const seen = new Set();
  looks.push({ path, value, seen });
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === 'string') seen.add(key);
      const member = target[key];
      if (member === null || typeof member !== 'object') return member;
      if (!members.has(key)) members.set(key, watched(member, `${path}/${String(key)}`, looks));
      return members.get(key);
    },
  });
}

// The violations of an object, one line each.
export function violationsOf(object) {
  const Model = modelOf(object);
  if (Model === undefined) return [`there is no schema for ${object.apiVersion} ${object.kind}`];
  const looks = [];
  const subject = watched(structuredClone(object), '', looks);
  const violations = [];
  try {
    Model.prototype.validate.call(subject);
  } catch (error) {
    violations.push(error.message);
  }
  for (const { path, value, seen } of looks) {
    if (Array.isArray(value)) continue;
    for (const key of Object.keys(value)) if (!seen.has(key)) violations.push(`${path}/${key} is not in the schema`);
  }
  return violations;
}
