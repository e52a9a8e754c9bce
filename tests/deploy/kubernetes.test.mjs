import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find, nameOf, objectsOf, optionsIn, overlays, selects, workloadsOf } from './manifests.mjs';
import * as podSecurity from './pod_security.mjs';
import { violationsOf } from './schemas.mjs';

// Secrets that people make, as deploy/README.md says. With its component, cert-manager makes the last three.
const secrets = ['cimd-bootstrap-token', 'cimd-gateway-token', 'cimd-backup-token', 'cimd-server-tls', 'cimd-gateway-tls',
                 'cimd-gateway-client-tls'];

function secretsMadeIn(objects) {
  return objects.filter((object) => object.kind === 'Certificate').map((object) => object.spec.secretName);
}

// The claims of every pod of a StatefulSet.
function claimsIn(objects) {
  return objects.flatMap(({ metadata, spec }) => (spec?.volumeClaimTemplates ?? []).flatMap((claim) =>
    Array.from({ length: spec.replicas }, (_, pod) => `${claim.metadata.name}-${metadata.name}-${pod}`)));
}

function portsOf(spec) {
  return spec.containers.flatMap((container) => container.ports ?? []);
}

function hasPort(ports, port) {
  return ports.some((each) => each.name === port || each.containerPort === port);
}

for (const overlay of overlays) {
  const objects = objectsOf(overlay);

  test(`${overlay}: every object is what its schema says`, () => {
    assert.deepEqual(objects.flatMap((object) => violationsOf(object).map((text) => `${nameOf(object)}: ${text}`)), []);
  });

  test(`${overlay}: every object is in the namespace, and there once`, () => {
    for (const object of objects) {
      if (object.kind !== 'Namespace') assert.equal(object.metadata.namespace, 'cimd', nameOf(object));
      assert.equal(objects.filter((other) => nameOf(other) === nameOf(object)).length, 1, nameOf(object));
    }
  });

  test(`${overlay}: every pod is restricted, and the namespace asks for it`, () => {
    for (const { object, pod } of workloadsOf(objects)) {
      assert.deepEqual(podSecurity.violationsOf(pod.spec), [], nameOf(object));
    }
    assert.equal(find(objects, 'Namespace', 'cimd').metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
  });

  test(`${overlay}: a workload selects its own pods, and its service account exists`, () => {
    for (const { object, pod } of workloadsOf(objects)) {
      if (object.spec.selector) assert.ok(selects(object.spec.selector, pod.metadata.labels), nameOf(object));
      find(objects, 'ServiceAccount', pod.spec.serviceAccountName);
    }
  });

  test(`${overlay}: mounts have volumes, and volumes have sources`, () => {
    for (const { object, pod } of workloadsOf(objects)) {
      const claims = (object.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
      const volumes = pod.spec.volumes ?? [];
      const mounted = pod.spec.containers.flatMap((container) => container.volumeMounts.map((mount) => mount.name));
      assert.deepEqual([...claims, ...volumes.map((volume) => volume.name)].sort(), mounted.sort(), nameOf(object));
      for (const { configMap, secret, persistentVolumeClaim } of volumes) {
        if (persistentVolumeClaim) assert.ok(claimsIn(objects).includes(persistentVolumeClaim.claimName));
        if (configMap) find(objects, 'ConfigMap', configMap.name);
        if (secret) assert.ok([...secrets, ...secretsMadeIn(objects)].includes(secret.secretName), secret.secretName);
      }
    }
  });

  test(`${overlay}: probes name ports that exist`, () => {
    for (const { object, pod } of workloadsOf(objects)) {
      for (const container of pod.spec.containers) {
        for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
          if (object.kind === 'CronJob') continue;
          const probe = container[kind];
          assert.ok(hasPort(container.ports, probe?.grpc?.port ?? probe?.httpGet?.port), `${nameOf(object)}: ${kind}`);
        }
      }
    }
  });

  test(`${overlay}: a pod is given the time that its program takes to stop`, () => {
    for (const { object, pod } of workloadsOf(objects)) {
      const [volume] = (pod.spec.volumes ?? []).filter(({ configMap }) => configMap);
      if (!volume) continue;
      const [flags] = Object.values(find(objects, 'ConfigMap', volume.configMap.name).data);
      const options = Object.fromEntries(optionsIn(flags));
      const needed = Number(options.drain_delay_seconds) + Number(options.drain_timeout_seconds);
      assert.ok(pod.spec.terminationGracePeriodSeconds >= needed + 10, nameOf(object));
      // Long enough for a probe to fail, and for load balancers to stop sending requests.
      const { periodSeconds, failureThreshold } = pod.spec.containers[0].readinessProbe;
      assert.ok(Number(options.drain_delay_seconds) > periodSeconds * failureThreshold, nameOf(object));
    }
  });

  test(`${overlay}: services lead to pods that listen`, () => {
    const pods = workloadsOf(objects).map(({ pod }) => pod);
    for (const service of objects.filter((object) => object.kind === 'Service')) {
      const behind = pods.filter((pod) => selects({ matchLabels: service.spec.selector }, pod.metadata.labels));
      // An overlay adds the server.
      if (overlay === 'base' && service.metadata.name === 'cimd-server') continue;
      assert.equal(behind.length, 1, nameOf(service));
      for (const { targetPort } of service.spec.ports) {
        assert.ok(hasPort(portsOf(behind[0].spec), targetPort), `${nameOf(service)}: ${targetPort}`);
      }
    }
    for (const { object } of workloadsOf(objects)) {
      if (object.kind !== 'StatefulSet') continue;
      assert.equal(find(objects, 'Service', object.spec.serviceName).spec.clusterIP, 'None');
    }
  });

  test(`${overlay}: disruption budgets are for pods of which there are several, and let nodes be drained`, () => {
    const budgets = objects.filter((object) => object.kind === 'PodDisruptionBudget');
    for (const { object, replicas, pod } of workloadsOf(objects)) {
      const over = budgets.filter((budget) => selects(budget.spec.selector, pod.metadata.labels));
      assert.equal(over.length, replicas > 1 ? 1 : 0, nameOf(object));
      for (const { spec } of over) assert.ok(spec.maxUnavailable >= 1 && spec.maxUnavailable < replicas);
    }
    assert.ok(budgets.length > 0);
  });
}

test('monitors select services with the port that they scrape', () => {
  const objects = objectsOf('overlays/complete');
  const monitors = objects.filter((object) => object.kind === 'ServiceMonitor');
  assert.ok(monitors.length > 0);
  for (const { spec } of monitors) {
    for (const { port } of spec.endpoints) {
      const scraped = objects.filter((object) => object.kind === 'Service' && selects(spec.selector, object.metadata.labels) &&
        object.spec.ports.some((each) => each.name === port));
      assert.equal(scraped.length, 1, port);
    }
  }
});

test('monitors select pods with the port that they scrape', () => {
  const objects = objectsOf('overlays/complete');
  const monitors = objects.filter((object) => object.kind === 'PodMonitor');
  assert.ok(monitors.length > 0);
  for (const { spec } of monitors) {
    const [scraped, ...more] = workloadsOf(objects).filter(({ pod }) => selects(spec.selector, pod.metadata.labels));
    assert.equal(more.length, 0);
    for (const { port } of spec.podMetricsEndpoints) assert.ok(hasPort(portsOf(scraped.pod.spec), port), port);
  }
});

test('only the server certificate\'s authority reaches other pods', () => {
  for (const { object, pod } of workloadsOf(objectsOf('overlays/complete'))) {
    for (const { secret } of pod.spec.volumes ?? []) {
      if (secret?.secretName !== 'cimd-server-tls' || object.metadata.name === 'cimd-server') continue;
      assert.deepEqual(secret.items.map((item) => item.key), ['ca.crt'], nameOf(object));
    }
  }
});

test('gateways are trusted by a certificate that only they have, and not by their address', () => {
  const objects = objectsOf('overlays/complete');
  const flagsOf = (program) => optionsIn(Object.values(
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(`${program}-`)).data)[0]);
  const server = flagsOf('cimd-server');
  assert.deepEqual(server.filter(([name]) => name === 'trusted_gateway'), []);
  const [[, certificate]] = server.filter(([name]) => name === 'trusted_gateway_certificate');
  const { uris, secretName, usages } = find(objects, 'Certificate', 'cimd-gateway-client').spec;
  assert.deepEqual(uris, [certificate.replace(/^uri:/, '')]);
  assert.ok(usages.includes('client auth'));
  assert.ok(flagsOf('cimd-gateway').some(([name]) => name === 'server_certificate_file'));
  for (const { object, pod } of workloadsOf(objects)) {
    const keys = (pod.spec.volumes ?? []).filter(({ secret }) => secret?.secretName === secretName)
      .flatMap(({ secret }) => secret.items.map(({ key }) => key));
    const expected = { 'cimd-server': ['ca.crt'], 'cimd-gateway': ['tls.crt', 'tls.key'] }[object.metadata.name] ?? [];
    assert.deepEqual(keys, expected, nameOf(object));
  }
});

test('a restore does not run by itself, and not where the server runs', () => {
  const { suspend, jobTemplate } = find(objectsOf('overlays/complete'), 'CronJob', 'cimd-restore').spec;
  assert.equal(suspend, true);
  const [{ topologyKey, labelSelector }] =
    jobTemplate.spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  assert.equal(topologyKey, 'kubernetes.io/hostname');
  assert.ok(selects(labelSelector, find(objectsOf('overlays/complete'), 'StatefulSet', 'cimd-server').spec.template.metadata.labels));
});

test('the complete overlay runs one image, of one version', () => {
  const images = workloadsOf(objectsOf('overlays/complete')).flatMap(({ pod }) => pod.spec.containers.map(({ image }) => image));
  assert.deepEqual(new Set(images), new Set(['registry.example.net/cimd:0.1.0']));
});

test('the certificate is for the name that the gateway calls', () => {
  const objects = objectsOf('overlays/complete');
  const { dnsNames, secretName } = find(objects, 'Certificate', 'cimd-server').spec;
  const config = objects.find((object) => object.kind === 'ConfigMap' && object.metadata.name.startsWith('cimd-gateway-'));
  const { server } = Object.fromEntries(optionsIn(config.data['gateway.flags']));
  const [host, port] = server.split(':');
  assert.ok(dnsNames.includes(host));
  assert.ok(find(objects, 'Service', host).spec.ports.some((each) => each.port === Number(port)));
  assert.ok(secrets.includes(secretName));
});

// Shows that the checks above can fail.
test('the checks find what is wrong', () => {
  const server = () => find(objectsOf('overlays/embedded'), 'StatefulSet', 'cimd-server');
  const schemaFaults = [
    [(object) => { object.spec.template.spec.containers[0].livenessProbe.periodSecond = 1; }, /periodSecond is not in the schema/],
    [(object) => { object.spec.replicas = '1'; }, /replicas must be integer/],
    [(object) => { delete object.spec.selector; }, /must have required property selector/],
    [(object) => { object.kind = 'StatefulSets'; }, /there is no schema/],
  ];
  for (const [spoil, expected] of schemaFaults) {
    const object = server();
    spoil(object);
    assert.match(violationsOf(object).join('\n'), expected);
  }
  const podFaults = [
    (spec) => { spec.hostNetwork = true; },
    (spec) => { spec.volumes.push({ name: 'host', hostPath: { path: '/' } }); },
    (spec) => { delete spec.securityContext.runAsNonRoot; },
    (spec) => { delete spec.securityContext.seccompProfile; },
    (spec) => { spec.securityContext.runAsUser = 0; },
    (spec) => { spec.containers[0].securityContext.privileged = true; },
    (spec) => { delete spec.containers[0].securityContext.allowPrivilegeEscalation; },
    (spec) => { spec.containers[0].securityContext.capabilities = { drop: ['NET_RAW'] }; },
    (spec) => { spec.containers[0].securityContext.capabilities.add = ['SYS_ADMIN']; },
    (spec) => { spec.initContainers = [{ name: 'first' }]; },
  ];
  for (const spoil of podFaults) {
    const { spec } = server().spec.template;
    assert.deepEqual(podSecurity.restrictedViolationsOf(spec), []);
    spoil(spec);
    assert.ok(podSecurity.restrictedViolationsOf(spec).length > 0, spoil.toString());
  }
});
