// The Pod Security Standards, level "restricted" (which includes "baseline"), and this project's own rules for pods.

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'name', 'persistentVolumeClaim',
                        'projected', 'secret'];
const allowedSeccomp = ['RuntimeDefault', 'Localhost'];

function* podViolations(spec) {
  for (const member of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[member]) yield member;
  for (const volume of spec.volumes ?? []) {
    for (const type of Object.keys(volume)) if (!allowedVolumes.includes(type)) yield `a volume of type ${type}`;
  }
  const pod = spec.securityContext ?? {};
  for (const member of ['seLinuxOptions', 'sysctls', 'windowsOptions']) if (pod[member]) yield member;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    for (const violation of containerViolations(container, pod)) yield `${container.name}: ${violation}`;
  }
}

function* containerViolations(container, pod) {
  const own = container.securityContext ?? {};
  for (const member of ['privileged', 'procMount', 'seLinuxOptions', 'windowsOptions']) if (own[member]) yield member;
  for (const port of container.ports ?? []) if (port.hostPort) yield 'hostPort';
  if (own.allowPrivilegeEscalation !== false) yield 'allowPrivilegeEscalation is not false';
  if (!own.capabilities?.drop?.includes('ALL')) yield 'capabilities are not dropped';
  if ((own.capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE')) yield 'capabilities are added';
  if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) yield 'runAsNonRoot is not true';
  if ((own.runAsUser ?? pod.runAsUser) === 0) yield 'runAsUser is 0';
  if (!allowedSeccomp.includes((own.seccompProfile ?? pod.seccompProfile)?.type)) yield 'no seccomp profile';
}

function* ownViolations(spec) {
  if (spec.automountServiceAccountToken !== false) yield 'a token for the cluster is mounted';
  for (const { name, securityContext, resources } of spec.containers) {
    if (securityContext?.readOnlyRootFilesystem !== true) yield `${name}: the root file system is writable`;
    if (!resources?.requests?.cpu || !resources?.requests?.memory) yield `${name}: nothing is requested`;
    if (!resources?.limits?.memory) yield `${name}: memory has no limit`;
  }
}

export function restrictedViolationsOf(spec) {
  return [...podViolations(spec)];
}

export function violationsOf(spec) {
  return [...podViolations(spec), ...ownViolations(spec)];
}
