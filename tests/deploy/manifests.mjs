// Reads the objects that the overlays build.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import YAML from 'yaml';

export const root = process.env.CIMD_ROOT;
export const build = process.env.CIMD_BUILD;
export const overlays = ['base', 'overlays/embedded', 'overlays/complete'];

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

const built = new Map();

// Every object of `kubectl kustomize deploy/kubernetes/OVERLAY`, as a copy that the caller may change.
export function objectsOf(overlay) {
  if (!built.has(overlay)) {
    built.set(overlay, execFileSync(process.env.CIMD_KUBECTL, ['kustomize', join(root, 'deploy/kubernetes', overlay)],
                                    { encoding: 'utf8' }));
  }
  return YAML.parseAllDocuments(built.get(overlay), { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

export function nameOf(object) {
  return `${object.kind}/${object.metadata.name}`;
}

export function find(objects, kind, name) {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind}/${name}`);
  return found[0];
}

// Each workload: its object, its number of pods, and its pod template.
export function workloadsOf(objects) {
  return objects.flatMap((object) => {
    if (object.kind === 'CronJob') return [{ object, replicas: 0, pod: object.spec.jobTemplate.spec.template }];
    return object.spec?.template?.spec?.containers
      ? [{ object, replicas: object.spec.replicas, pod: object.spec.template }] : [];
  });
}

// Whether a selector matches labels. Only matchLabels is supported; anything else is an error.
export function selects(selector, labels = {}) {
  for (const key of Object.keys(selector)) if (key !== 'matchLabels') throw new Error(`selector with ${key}`);
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

// The options of a flag file, in order.
export function optionsIn(flags) {
  return flags.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const [, name, value] = /^(\w+) = "?([^"]*)"?$/.exec(line);
    return [name, value];
  });
}
